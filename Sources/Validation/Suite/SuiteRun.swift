import Assembly
import Cluster
import Metrics
import SimCore
import StepTime

/// A point with what was predicted for it.
public struct SuiteOutcome: Sendable {
  public var point: SuitePoint
  /// In the order of the point's measurements; `nil` where nothing was predicted.
  public var predicted: [Double?]
  /// Why nothing was.
  public var obstacle: String?
  /// Kernels whose times rest on no measurement of the shape at hand, one word each.
  public var unmeasured: [String]

  /// Predicted over measured, less one; `nil` where nothing was predicted.
  public func error(_ index: Int) -> Double? {
    predicted[index].map { $0 / point.measured[index].value - 1 }
  }
}

extension SuitePoint {
  /// Simulates the point.
  ///
  /// - Throws: `CancellationError`; what cannot be simulated is an outcome.
  func outcome(
    _ bindings: SuiteBindings, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> SuiteOutcome {
    let none = [Double?](repeating: nil, count: measured.count)
    func failed(_ reason: String) -> SuiteOutcome {
      SuiteOutcome(point: self, predicted: none, obstacle: reason, unmeasured: [])
    }
    let experiment: SuiteExperiment
    switch set {
    case .notModelled(let reason): return failed(reason)
    case .simulated(let given): experiment = given
    }
    if let reason = experiment.impossibility(of: measured) { return failed(reason) }
    let plan: ClusterPlan
    do {
      plan = try experiment.plan(bindings)
    } catch let obstacle as SuiteObstacle {
      return failed(obstacle.reason)
    } catch {
      return failed("\(error)")
    }
    let provenance = RunProvenance(
      scenarioName: source, scenarioPath: place, scenarioDigest: "",
      profileName: experiment.serving.kernels ?? "roofline",
      profileDigest: "", spillwayVersion: "")
    let result: RunResult
    do {
      result = try Simulation.run(
        plan, provenance: provenance, policy: experiment.serving.policy, isCancelled: isCancelled)
    } catch let error where !(error is CancellationError) {
      // One point that cannot be simulated must not cost the others.
      return failed("the simulation stopped: \(error)")
    }
    guard let group = result.groups.first, group.completed > 0 else {
      return failed("every request was refused: longer than the KV pool or the model's context")
    }
    let figures = SuiteFigures(
      group, seconds: result.simulatedEnd.seconds, replicas: Double(experiment.replicas),
      frontEnd: experiment.serving.engine.frontEnd)
    let unmeasured = try bindings.engine(of: experiment).bound.step.unmeasured
    return SuiteOutcome(
      point: self, predicted: measured.map { figures.value(of: $0.metric) }, obstacle: nil,
      unmeasured: unmeasured.map(\.name))
  }
}

/// The figures of one simulated run in the units of the metrics, as a client sees them.
private struct SuiteFigures {
  let group: GroupCollector
  let seconds: Double
  let replicas: Double
  let frontEnd: Double

  init(_ group: GroupCollector, seconds: Double, replicas: Double, frontEnd: Double) {
    self.group = group
    self.seconds = seconds
    self.replicas = replicas
    self.frontEnd = frontEnd
  }

  func value(of metric: SuiteMetric) -> Double? {
    switch metric {
    case .ttftMean, .ttftMedian, .ttftP99:
      milliseconds(group.ttft, metric).map { $0 + frontEnd * 1e3 }
    case .latencyMean, .latencyMedian, .latencyP99:
      milliseconds(group.e2el, metric).map { $0 + frontEnd * 1e3 }
    case .tpotMean, .tpotMedian, .tpotP99: milliseconds(group.tpot, metric)
    case .makespan: seconds
    case .outputThroughput: seconds > 0 ? Double(group.outputTokens) * replicas / seconds : nil
    case .requestThroughput: seconds > 0 ? Double(group.completed) * replicas / seconds : nil
    }
  }

  private func milliseconds(_ histogram: LatencyHistogram, _ metric: SuiteMetric) -> Double? {
    let picoseconds =
      switch metric {
      case .ttftMean, .tpotMean, .latencyMean: histogram.mean
      case .ttftMedian, .tpotMedian, .latencyMedian: histogram.percentile(50)
      default: histogram.percentile(99)
      }
    return picoseconds.map { $0 / 1e9 }
  }
}
