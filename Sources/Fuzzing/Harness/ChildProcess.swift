import Foundation

/// A program started with its standard output on a pipe, and its standard error in a file.
final class ChildProcess {
  let pid: pid_t
  /// The end of the pipe that is read; does not block.
  let output: Int32

  /// - Parameters:
  ///   - errors: the file of its standard error.
  ///   - outputFile: the file of its standard output, in place of the pipe.
  ///   - surroundings: variables of its environment, in place of this process's or besides.
  /// - Throws: `POSIXError` when the program cannot be started.
  init(
    _ program: String, _ arguments: [String], errors: String, outputFile: String? = nil,
    surroundings: [String: String] = [:]
  ) throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let outputFile {
      posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, outputFile, O_WRONLY, 0)
    } else {
      posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    }
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    defer { words.forEach { free($0) } }
    var variables = ProcessInfo.processInfo.environment.merging(surroundings) { $1 }
    // A trap is told by its signal; unwinding the stack takes seconds.
    variables["SWIFT_BACKTRACE"] = "enable=no"
    var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") }
    environment.append(nil)
    defer { environment.forEach { free($0) } }
    var started: pid_t = 0
    let code = posix_spawn(&started, program, &actions, nil, words, environment)
    close(ends[1])
    guard code == 0 else {
      close(ends[0])
      throw POSIXError(POSIXErrorCode(rawValue: code) ?? .ENOENT)
    }
    pid = started
    output = ends[0]
    _ = fcntl(output, F_SETFL, O_NONBLOCK)
  }

  deinit { if !isClosed { close(output) } }

  private var isClosed = false

  /// Reads no more: the program writes into a closed pipe from now on.
  func closeOutput() {
    if !isClosed { close(output) }
    isClosed = true
  }

  /// Reads until its end, or until there are so many bytes, then closes the pipe, and waits.
  ///
  /// - Parameters:
  ///   - limit: the most bytes that are read.
  ///   - seconds: after these it is killed.
  /// - Returns: what it wrote, and its exit status as `wait` gives it.
  func finish(upTo limit: Int = .max, seconds: Double) -> (output: [UInt8], status: Int32) {
    var output: [UInt8] = []
    let end = ContinuousClock().now + .seconds(seconds)
    reading: while output.count < limit {
      var polled = pollfd(fd: self.output, events: Int16(POLLIN), revents: 0)
      poll(&polled, 1, 50)
      guard let bytes = read() else { break reading }
      output += bytes
      if ContinuousClock().now > end {
        kill()
        break reading
      }
    }
    closeOutput()
    return (output, wait())
  }

  /// What there is to be read now; nil at the end.
  func read() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = Foundation.read(output, &buffer, buffer.count)
    if count < 0 { return errno == EAGAIN || errno == EINTR ? [] : nil }
    return count == 0 ? nil : Array(buffer[..<count])
  }

  func kill(_ signal: Int32 = SIGKILL) { _ = Foundation.kill(pid, signal) }

  /// Waits for its end.
  ///
  /// - Returns: the exit status; a signal's number with a minus where one ended it.
  func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7f
    return signal == 0 ? status >> 8 & 0xff : -signal
  }
}
