import CUDA
import Catalogue

/// Measurements in order, and how far they are.
public struct MeasurementPlan {
  /// How far a plan is.
  public struct Progress: Sendable {
    /// What is being measured, or was last.
    public var name: String
    public var finished: Int
    public var total: Int
    /// Expected share of the time that has gone, 0 to 1.
    public var fraction: Double
    /// Seconds so far.
    public var elapsed: Double

    /// Seconds that are left, judged by how expectation and reality have compared so far; `nil` at the start.
    public var secondsLeft: Double? { fraction > 0.02 ? elapsed / fraction * (1 - fraction) : nil }
  }

  public let measurements: [Measurement]

  public init(_ measurements: [Measurement]) { self.measurements = measurements }

  public var expectedSeconds: Double { measurements.reduce(0) { $0 + $1.expectedSeconds } }

  /// Makes every measurement; one that fails is recorded and the rest go on.
  ///
  /// - Parameters:
  ///   - isStopped: asked before each whether to go on.
  ///   - progress: called before each and at the end.
  /// - Throws: `CancellationError` when it was stopped.
  public func run(
    on bench: Bench, into findings: Findings, isStopped: () -> Bool = { false },
    progress: (Progress) -> Void = { _ in }
  ) throws {
    let start = bench.clock()
    let all = max(expectedSeconds, .leastNormalMagnitude)
    var gone = 0.0
    for (index, measurement) in measurements.enumerated() {
      if isStopped() { throw CancellationError() }
      progress(
        Progress(
          name: measurement.name, finished: index, total: measurements.count, fraction: gone / all,
          elapsed: bench.clock() - start))
      do { try measurement.measure(bench, findings) } catch {
        findings.fail(measurement.group, measurement.name, error)
      }
      gone += measurement.expectedSeconds
    }
    progress(
      Progress(
        name: measurements.last?.name ?? "", finished: measurements.count, total: measurements.count, fraction: 1,
        elapsed: bench.clock() - start))
  }
}
