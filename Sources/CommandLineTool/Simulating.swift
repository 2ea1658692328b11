import Assembly
import Cluster
import Foundation
import Metrics
import Report
import ResultsStore
import Scenario
import Workload

/// What `run`, `compare` and `check` have in common: scenarios in, results out.
struct Simulating {
  var running: RunningOptions
  var context: CommandContext

  /// Makes every run of the scenarios.
  ///
  /// - Parameters:
  ///   - storePath: where runs are kept; nil keeps none.
  ///   - requestPath: where a row per request goes; nil writes none.
  /// - Returns: the results of each scenario, policies and replications in order.
  func results(
    of scenarios: [ResolvedScenario], storePath: String? = nil, requestPath: String? = nil
  ) async throws -> [[RunResult]] {
    let batch = try RunBatch(scenarios, running)
    // Whatever cannot be written is told before anything is simulated.
    let rows = try requestPath.map { try Self.requestRows($0, runs: batch.runs.count) }
    let store = try storePath.map { try openStore($0) }
    let interruption = context.interruption()
    let results = try await batch.execute(
      width: running.width, rows: rows, store: store, progress: progress(of: batch), interruption: interruption)
    try rows?.finish()
    var byScenario = Array(repeating: [RunResult](), count: scenarios.count)
    for (planned, result) in zip(batch.runs, results) { byScenario[planned.scenario].append(result) }
    return byScenario
  }

  private func progress(of batch: RunBatch) -> Progress? {
    guard context.console.errorIsTerminal, !running.quiet else { return nil }
    var total: Int? = 0
    for planned in batch.runs {
      for stream in planned.run.plan.streams {
        guard let limit = stream.stream.requestLimit else {
          total = nil
          continue
        }
        total? += limit
      }
    }
    return Progress(
      runs: batch.runs.count, expectedRequests: total, width: context.console.errorWidth,
      write: context.console.writeError)
  }

  private static func requestRows(_ path: String, runs: Int) throws -> RequestRowFile {
    try OutputPlace.check(path)
    try OpenFiles.allow(runs, for: path)
    guard let format = RequestRowFormat(path: path) else {
      throw Failure(.usage, "'--requests' wants a file that ends in .csv, .jsonl or .ndjson, found '\(path)'")
    }
    return RequestRowFile(path: path, format: format, runs: runs)
  }

  private func openStore(_ path: String) throws -> ResultsStore {
    try OutputPlace.makeFolder(of: path)
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw OutputError(path: path, reason: String(cString: strerror(EISDIR)))
    }
    return try ResultsStore(path: path, patience: context.storePatience)
  }
}

/// Looks whether a file could be written, before work is spent on its content.
enum OutputPlace {
  /// - Throws: `OutputError` when the path is a folder or its folder is missing or closed to us.
  static func check(_ path: String) throws(OutputError) {
    var status = stat()
    if stat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR { throw failure(path, EISDIR) }
      if status.st_mode & S_IFMT != S_IFREG { return }
    }
    let folder = folder(of: path)
    if stat(folder, &status) != 0 { throw failure(path, errno) }
    if status.st_mode & S_IFMT != S_IFDIR { throw failure(path, ENOTDIR) }
    if access(folder, W_OK | X_OK) != 0 { throw failure(path, errno) }
  }

  /// Makes the folder that a file goes to, and those above it.
  ///
  /// - Throws: `OutputError`.
  static func makeFolder(of path: String) throws(OutputError) {
    let folder = folder(of: path)
    var prefix = folder.hasPrefix("/") ? "/" : ""
    for part in folder.split(separator: "/") {
      prefix += part
      if mkdir(prefix, 0o777) != 0 {
        let code = errno
        var status = stat()
        let exists = stat(prefix, &status) == 0
        if !exists { throw failure(path, code) }
        if status.st_mode & S_IFMT != S_IFDIR { throw failure(path, ENOTDIR) }
      }
      prefix += "/"
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func failure(_ path: String, _ code: Int32) -> OutputError {
    OutputError(path: path, reason: String(cString: strerror(code)))
  }
}
