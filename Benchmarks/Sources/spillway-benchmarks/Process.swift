import Glibc

/// What a process used and printed.
struct Usage {
  /// User and system time, seconds.
  var cpuSeconds: Double
  /// The most memory it had resident, bytes.
  var peakBytes: Int
  var output: String
}

/// Why a measurement could not be made.
struct MeasurementError: Error, CustomStringConvertible {
  var description: String
}

/// Runs a program, by its path or as PATH finds it, to its end and asks the kernel what it used.
///
/// - Throws: `MeasurementError` when it cannot be started or does not exit with 0.
func measure(_ arguments: [String]) throws(MeasurementError) -> Usage {
  let command = arguments.joined(separator: " ")
  var ends: [Int32] = [0, 0]
  guard pipe(&ends) == 0 else { throw MeasurementError(description: "no pipe for: \(command)") }
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
  posix_spawn_file_actions_addclose(&actions, ends[0])
  posix_spawn_file_actions_addclose(&actions, ends[1])
  defer { posix_spawn_file_actions_destroy(&actions) }
  var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  var child: pid_t = 0
  let code = posix_spawnp(&child, arguments[0], &actions, nil, pointers, environ)
  close(ends[1])
  guard code == 0 else {
    close(ends[0])
    throw MeasurementError(description: "cannot start \(arguments[0]): \(String(cString: strerror(code)))")
  }
  var output: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(ends[0], &chunk, chunk.count)
    if count <= 0 { break }
    output += chunk[..<count]
  }
  close(ends[0])
  var status: Int32 = 0
  var usage = rusage()
  guard wait4(child, &status, 0, &usage) == child else {
    throw MeasurementError(description: "lost sight of: \(command)")
  }
  guard status == 0 else { throw MeasurementError(description: "failed with status \(status >> 8): \(command)") }
  func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
  return Usage(
    cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), peakBytes: usage.ru_maxrss * 1024,
    output: String(decoding: output, as: UTF8.self))
}

/// A text file's contents; empty when it cannot be read.
func contents(_ path: String) -> String {
  guard let file = fopen(path, "r") else { return "" }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    if count == 0 { break }
    bytes += chunk[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}
