import Foundation

/// A program that a test runs, in a process group of its own.
///
/// What it prints goes to files: a process that it leaves behind can hold a pipe, and so whoever reads it. Calls block,
/// and every one of them ends.
public final class Child {
  /// How it ended.
  public enum End: Sendable, Equatable {
    case status(Int32)
    case signal(Int32)
  }

  public let number: pid_t
  private let files: [String]
  private var known: End?

  /// Starts a program without input.
  ///
  /// - Parameters:
  ///   - program: its path.
  ///   - environment: this process's own when left out.
  /// - Throws: `TookTooLong` where it cannot be started.
  public init(_ program: String, _ arguments: [String], environment: [String: String]? = nil) throws {
    let place = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-child-\(UUID().uuidString)")
      .path
    files = ["\(place).out", "\(place).err"]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (index, file) in files.enumerated() {
      posix_spawn_file_actions_addopen(&actions, Int32(index + 1), file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    }
    // Connections of other tests stay theirs.
    for descriptor in 3..<512 as Range<Int32> { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    sigfillset(&defaults)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
    let words = ([program] + arguments).map { strdup($0) } + [nil]
    let all = (environment ?? ProcessInfo.processInfo.environment).map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + all { free(text) } }
    var number: pid_t = 0
    let error = posix_spawn(&number, program, &actions, &attributes, words, all)
    guard error == 0 else { throw TookTooLong("\(program) cannot be started: \(String(cString: strerror(error)))") }
    self.number = number
  }

  /// Whether a program is on the `PATH`.
  public static func finds(_ program: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
  }

  deinit {
    if end == nil { kill() }
    for file in files { try? FileManager.default.removeItem(atPath: file) }
  }

  /// What it has printed.
  public var data: Data { (try? Data(contentsOf: URL(fileURLWithPath: files[0]))) ?? Data() }
  public var output: String { String(decoding: data, as: UTF8.self) }
  public var error: String { (try? String(contentsOfFile: files[1], encoding: .utf8)) ?? "" }

  /// How it has ended; nil while it runs.
  public var end: End? {
    if let known { return known }
    var status: Int32 = 0
    guard waitpid(number, &status, WNOHANG) == number else { return nil }
    known = status & 0x7f == 0 ? .status(status >> 8 & 0xff) : .signal(status & 0x7f)
    return known
  }

  public func send(_ signal: Int32) {
    if end == nil { Foundation.kill(number, signal) }
  }

  /// Ends it and every process of its group by force.
  public func kill() {
    Foundation.kill(-number, SIGKILL)
    for _ in 0..<500 where end == nil { Thread.sleep(forTimeInterval: 0.01) }
  }

  /// Waits until it has ended; after so many seconds it is ended by force.
  ///
  /// - Throws: `TookTooLong` then.
  public func wait(seconds: Double) throws -> End {
    try wait(seconds: seconds, for: "its end") { self.end }
  }

  /// Waits until something about it is known; after so many seconds it is ended by force.
  ///
  /// - Throws: `TookTooLong` then.
  public func wait<Fact>(seconds: Double, for what: String, _ fact: () -> Fact?) throws -> Fact {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while true {
      if let fact = fact() { return fact }
      guard Date() < deadline else { break }
      Thread.sleep(forTimeInterval: 0.01)
    }
    kill()
    throw TookTooLong("no \(what) within \(seconds) s; printed: \(output.suffix(500)); errors: \(error.suffix(500))")
  }
}
