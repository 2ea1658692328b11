import Foundation
import TestSupport
import Testing

/// A headless Chromium that a test drives by the browser's own debugging protocol, over pipes: it needs no driver and
/// no port.
///
/// Calls block, so they are made on a thread of their own: `Browser.driving`. A browser is given five minutes in all,
/// after which every call fails.
final class Browser {
  /// A Chromium on the `PATH`.
  static let program: String? = ["chromium", "chromium-browser", "google-chrome"].lazy.compactMap { name in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }.first

  /// What went wrong between test and browser.
  struct Trouble: Error, CustomStringConvertible {
    var description: String
  }

  private let child: Child
  private let lastMoment = Date(timeIntervalSinceNow: 300)
  private let commands: Int32
  private let replies: Int32
  private var buffer: [UInt8] = []
  private var number = 0
  private var session: String?
  /// Errors that the page's scripts threw, and what it was not let do.
  private(set) var complaints: [String] = []

  /// Runs a body with a browser, which is ended after it.
  ///
  /// - Parameter path: a folder for its profile.
  static func driving(_ path: String, _ body: @escaping @Sendable (Browser) throws -> Void) async throws {
    let error = await SocketClient.onThread { () -> (any Error)? in
      do {
        let browser = try Browser(profile: path)
        defer { browser.end() }
        try body(browser)
        return nil
      } catch {
        return error
      }
    }
    if let error { throw error }
  }

  private init(profile: String) throws {
    let pipes = ["commands", "replies"].map { "\(profile)/\($0)" }
    for pipe in pipes where mkfifo(pipe, 0o600) != 0 { throw Trouble(description: "no pipe \(pipe)") }
    // Opened to read and write, so that neither end waits for the other.
    (commands, replies) = (open(pipes[0], O_RDWR | O_NONBLOCK), open(pipes[1], O_RDWR))
    child = try Child(
      "/bin/sh",
      [
        "-c", "exec \"$@\" 3<\"$0/commands\" 4>\"$0/replies\"", profile, Browser.program ?? "", "--headless=new",
        "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--user-data-dir=\(profile)/profile", "about:blank",
      ])
    let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] ?? ""
    session =
      try call("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
    for domain in ["Page", "Runtime", "Log"] { try call("\(domain).enable") }
  }

  private func end() {
    session = nil
    _ = try? call("Browser.close", patience: 10)
    _ = try? child.wait(seconds: 10)
    // A browser has processes of its own.
    child.kill()
    close(commands)
    close(replies)
  }

  // MARK: The protocol

  /// One command and its result.
  @discardableResult
  func call(_ method: String, _ parameters: [String: Any] = [:], patience: Double = 60) throws -> [String: Any] {
    number += 1
    var message: [String: Any] = ["id": number, "method": method, "params": parameters]
    message["sessionId"] = session
    let bytes = [UInt8](try JSONSerialization.data(withJSONObject: message)) + [0]
    // Nothing is written to a browser that has stopped reading: it would block.
    guard child.end == nil, write(commands, bytes, bytes.count) == bytes.count else {
      throw Trouble(description: "\(method) not sent")
    }
    let deadline = min(lastMoment, Date(timeIntervalSinceNow: patience))
    while true {
      let reply = try next(before: deadline, method)
      if reply["id"] as? Int == number {
        if let error = reply["error"] { throw Trouble(description: "\(method): \(error)") }
        return reply["result"] as? [String: Any] ?? [:]
      }
      note(reply)
    }
  }

  private func note(_ event: [String: Any]) {
    let parameters = event["params"] as? [String: Any] ?? [:]
    switch event["method"] as? String {
    case "Runtime.exceptionThrown": complaints.append("\(parameters["exceptionDetails"] ?? "")")
    case "Log.entryAdded":
      let entry = parameters["entry"] as? [String: Any] ?? [:]
      if entry["level"] as? String == "error" { complaints.append("\(entry["text"] ?? "")") }
    default: break
    }
  }

  private func next(before deadline: Date, _ method: String) throws -> [String: Any] {
    while true {
      if let end = buffer.firstIndex(of: 0) {
        let message = Data(buffer[..<end])
        buffer.removeSubrange(...end)
        return try JSONSerialization.jsonObject(with: message) as? [String: Any] ?? [:]
      }
      let left = Int32(max(0, deadline.timeIntervalSinceNow) * 1000)
      var wait = pollfd(fd: replies, events: Int16(POLLIN), revents: 0)
      guard left > 0, poll(&wait, 1, left) > 0 else { throw Trouble(description: "\(method) has no reply") }
      var part = [UInt8](repeating: 0, count: 65_536)
      let count = read(replies, &part, part.count)
      guard count > 0 else { throw Trouble(description: "the browser has ended") }
      buffer += part[..<count]
    }
  }

  // MARK: What a person does

  /// Shows a page on a screen of some width.
  func show(_ address: String, width: Int, height: Int = 1000, isDark: Bool = false) throws {
    try call(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
    try call(
      "Emulation.setEmulatedMedia",
      ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]])
    // Another fragment alone would keep the page.
    try call("Page.navigate", ["url": "about:blank"])
    try call("Page.navigate", ["url": address])
  }

  /// The value of an expression of the page, as text; of a promise what it comes to.
  func value(_ expression: String) throws -> String {
    let result = try call(
      "Runtime.evaluate", ["expression": "Promise.resolve(\(expression)).then(String)", "awaitPromise": true])
    if let trouble = result["exceptionDetails"] { throw Trouble(description: "\(expression): \(trouble)") }
    return (result["result"] as? [String: Any])?["value"] as? String ?? ""
  }

  /// Waits until an expression is true; about a minute at most.
  func wait(for expression: String) throws {
    let deadline = min(lastMoment, Date(timeIntervalSinceNow: 60))
    while Date() < deadline {
      // On the way to another page there is none that could be asked.
      if (try? value(expression)) == "true" { return }
      Thread.sleep(forTimeInterval: 0.05)
    }
    throw Trouble(description: "\(expression) did not come true; \(complaints)")
  }

  /// Lets pages of an origin do what a person would be asked for.
  func grant(_ permissions: [String], to origin: String) throws {
    try call("Browser.grantPermissions", ["origin": origin, "permissions": permissions])
  }

  /// Presses and lets go a key, such as `ArrowRight`.
  func press(_ key: String) throws {
    let codes = ["ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "PageUp": 33, "Enter": 13]
    for kind in ["rawKeyDown", "keyUp"] {
      try call(
        "Input.dispatchKeyEvent",
        ["type": kind, "key": key, "code": key, "windowsVirtualKeyCode": codes[key] ?? 0])
    }
  }

  /// A picture of the page, as far as it is on the screen, in a PNG file.
  func picture(_ path: String) throws {
    let data = try call("Page.captureScreenshot", ["format": "png"])["data"] as? String ?? ""
    try Data(base64Encoded: data)?.write(to: URL(fileURLWithPath: path))
  }
}
