import SimCore
import StepTime

/// Published serving measurements against simulations of them.
public enum ValidationSuite {
  /// Reads every data set under a folder, simulates every point and compares.
  ///
  /// - Parameters:
  ///   - folder: laid out in any way; files are known by their columns.
  ///   - jobs: how many points are simulated at once.
  ///   - engines: stand in for the stacks of their names.
  ///   - isCancelled: asked now and then.
  /// - Returns: an outcome for every point, in the order of the files' names and lines, whatever `jobs` is.
  /// - Throws: `UnreadableFile` for a folder that is not there, `SuiteError` for one without known files, faults of
  ///   the simulator, `CancellationError`.
  public static func run(
    folder: String, jobs: Int = 1, engines: [EngineCosts] = [], isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async throws -> SuiteReport {
    let points = try SuiteFolder.points(in: folder).map { $0.served(by: engines) }
    let bindings = SuiteBindings()
    // Points of one configuration follow one another, so the first one binds and the rest find it bound.
    let outcomes = try await ConcurrentMap.results(count: points.count, width: jobs) { index in
      if isCancelled() || Task.isCancelled { throw CancellationError() }
      return try points[index].outcome(bindings) { isCancelled() || Task.isCancelled }
    }
    return SuiteReport(outcomes: outcomes)
  }
}
