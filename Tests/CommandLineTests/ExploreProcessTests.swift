import Foundation
import TestSupport
import Testing

/// The program as it is built with the tests.
enum BuiltProgram {
  static let path: String? = {
    let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return [folder, Bundle.main.bundleURL].map { $0.appendingPathComponent("spillway").path }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()
}

/// `spillway explore` as a process of its own: what it starts, and what ends it.
@Suite(.serialized, .enabled(if: BuiltProgram.path != nil, "the program is not beside the tests"))
struct ExploreProcessTests {
  /// Starts it, and waits for its address.
  private static func start(_ arguments: [String], path: String? = nil) throws -> (child: Child, address: URL) {
    var environment = ProcessInfo.processInfo.environment
    if let path { environment["PATH"] = path + ":/usr/bin:/bin" }
    let child = try Child(try #require(BuiltProgram.path), ["explore"] + arguments, environment: environment)
    let address = try child.wait(seconds: 60, for: "address") {
      child.output.hasSuffix("\n") ? URL(string: child.output.trimmingCharacters(in: .newlines)) : nil
    }
    return (child, address)
  }

  @Test(
    "'--open' shows the address by xdg-open, and a failure of that is told",
    arguments: [(0, ""), (3, "warning: 'xdg-open' could not open the page\n")])
  func opensThePage(status: Int32, told: String) async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let note = folder["note"]
    let opener = try folder.file("xdg-open", "#!/bin/sh\necho \"$#\" \"$@\" > '\(note)'\nexit \(status)\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: opener)
    let place = folder.path
    try await Self.onThread {
      let (child, address) = try Self.start([path, "--quiet", "--open"], path: place)
      let noted = try child.wait(seconds: 60, for: "call of xdg-open") {
        (try? String(contentsOfFile: note, encoding: .utf8)).flatMap { $0.hasSuffix("\n") ? $0 : nil }
      }
      #expect(noted == "1 \(address.absoluteString)\n")
      _ = try child.wait(seconds: 60, for: "warning") { child.error == told ? true : nil }
      child.send(SIGINT)
      #expect(try child.wait(seconds: 60) == .status(0))
      #expect(child.error == told)
    }
  }

  @Test("without '--open' nothing is opened, and who reads is told how to end it")
  func opensNothing() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let note = folder["note"]
    let opener = try folder.file("xdg-open", "#!/bin/sh\necho > '\(note)'\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: opener)
    let place = folder.path
    try await Self.onThread {
      let (child, _) = try Self.start([path], path: place)
      _ = try child.wait(seconds: 60, for: "word of how to end it") { child.error == "Ctrl-C ends it.\n" ? true : nil }
      child.send(SIGINT)
      #expect(try child.wait(seconds: 60) == .status(0))
      #expect(!FileManager.default.fileExists(atPath: note))
    }
  }

  @Test(
    "a signal ends it while it simulates", arguments: [(SIGINT, Child.End.status(0)), (SIGTERM, .signal(SIGTERM))])
  func signalEndsIt(signal: Int32, expected: Child.End) async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    try await Self.onThread {
      let cores = ProcessInfo.processInfo.activeProcessorCount
      let (child, address) = try Self.start([path, "--quiet", "--jobs", "\(cores)"])
      let port = UInt16(try #require(address.port))
      // Simulated, this takes minutes.
      let long = "/answer?set=workload.requests%3D10000000&set=workload.rate%3D300/s&replications=\(cores)"
      let client = try #require(SocketClient(port: port))
      defer { client.close() }
      client.send("GET \(address.path)\(long) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
      let before = try #require(Self.processorTime(of: child))
      // It has taken a second of processor time: what it does now is to simulate.
      _ = try child.wait(seconds: 60, for: "work") {
        Self.processorTime(of: child).flatMap { $0 > before + 1 ? true : nil }
      }
      child.send(signal)
      #expect(try child.wait(seconds: 60) == expected)
      #expect(child.error == "")
    }
  }

  /// The processor time that it has taken so far, in seconds.
  private static func processorTime(of child: Child) -> Double? {
    // After the name in brackets, the 12th and 13th field: ticks, 100 a second.
    let fields = (try? String(contentsOfFile: "/proc/\(child.number)/stat", encoding: .utf8))?
      .components(separatedBy: ") ").last?.split(separator: " ")
    guard let fields, fields.count > 12, let own = Double(fields[11]), let system = Double(fields[12]) else {
      return nil
    }
    return (own + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await SocketClient.onThread { Result { try body() } }.get()
  }
}
