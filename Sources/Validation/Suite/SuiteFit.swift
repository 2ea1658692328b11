import Foundation
import StepTime

/// Constants of a serving stack fitted on a stated part of the published points, and how far off the rest then are.
public struct SuiteFit: Sendable {
  /// The stack's name, for example `vllm-v1-async`.
  public let engine: String
  /// Which points the constants were fitted on, in words.
  public let subset: String
  /// The constants' names and values in their units.
  public let constants: [(name: String, value: Double, unit: String)]
  public let fitted: EngineCosts
  /// The points that were fitted on, as they then come out.
  public let inSample: [SuiteOutcome]

  /// One constant that may be fitted.
  struct Constant: Sendable {
    let name: String
    let unit: String
    /// What a value in `unit` is in the engine's own.
    let scale: Double
    let range: ClosedRange<Double>
    let path: any WritableKeyPath<EngineCosts, Double> & Sendable

    /// Its value in `unit`.
    func value(in engine: EngineCosts) -> Double { engine[keyPath: path] / scale }

    /// The stack with another value, kept within the range.
    func set(_ value: Double, in engine: EngineCosts) -> EngineCosts {
      var engine = engine
      engine[keyPath: path] = min(max(value, range.lowerBound), range.upperBound) * scale
      return engine
    }

    static let perStep = Constant(
      name: "per step", unit: "ms", scale: 1e-3, range: 0...20, path: \.perStep)
    static let perLayer = Constant(
      name: "per layer", unit: "us", scale: 1e-6, range: -20...100, path: \.perLayer)
    static let perSequence = Constant(
      name: "per sequence", unit: "us", scale: 1e-6, range: 0...500, path: \.perSequence)
    static let collectiveWait = Constant(
      name: "per collective and doubling of GPUs", unit: "us", scale: 1e-6, range: -5...50, path: \.collectiveWait
    )
    static let matrixStretch = Constant(
      name: "compute-bound products", unit: "times", scale: 1, range: 0.7...2.5, path: \.matrixStretch)
    static let decodeStretch = Constant(
      name: "decode attention", unit: "times", scale: 1, range: 0.5...8, path: \.decodeAttentionStretch)
    static let elementwise = Constant(
      name: "share of memory bandwidth of small kernels", unit: "", scale: 1, range: 0.2...0.95,
      path: \.elementwiseEfficiency)
    static let hostPerStep = Constant(
      name: "host per step, overlapped", unit: "ms", scale: 1e-3, range: 0...50, path: \.overlap.perStep)
    static let hostPerSequence = Constant(
      name: "host per sequence, overlapped", unit: "us", scale: 1e-6, range: 0...500, path: \.overlap.perSequence)
    static let frontEnd = Constant(
      name: "front end", unit: "ms", scale: 1e-3, range: 0...200, path: \.frontEnd)
  }

  /// One step of a damped least-squares fit.
  private enum LeastSquares {
    static func sum(_ residuals: [Double]) -> Double { residuals.reduce(0) { $0 + $1 * $1 } }

    /// Solves (JᵀJ + damping · diag(JᵀJ)) step = −Jᵀr by Gaussian elimination; `slopes` are J's columns.
    static func step(slopes: [[Double]], residuals: [Double], damping: Double) -> [Double] {
      func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      let count = slopes.count
      var rows = slopes.indices.map { row in
        slopes.indices.map { product(slopes[row], slopes[$0]) } + [-product(slopes[row], residuals)]
      }
      for index in 0..<count { rows[index][index] = rows[index][index] * (1 + damping) + 1e-12 }
      for pivot in 0..<count {
        for row in 0..<count where row != pivot {
          let factor = rows[row][pivot] / rows[pivot][pivot]
          for column in pivot...count { rows[row][column] -= factor * rows[pivot][column] }
        }
      }
      return (0..<count).map { rows[$0][count] / rows[$0][$0] }
    }
  }

  /// What is fitted for a stack: constants, and the points they are fitted on.
  struct Task: Sendable {
    /// The stack's name.
    let engine: String
    let subset: String
    let constants: [Constant]
    /// Weight of TTFT errors against those of other metrics: they hold queueing and start-up too.
    var firstTokenWeight = 0.25
    let includes: @Sendable (SuitePoint) -> Bool
  }

  /// Fits one stack by damped least squares (Levenberg-Marquardt) over the logarithms of predicted over measured.
  ///
  /// - Throws: what simulating throws; `SuiteError` when the folder has no point of the subset.
  static func fit(_ task: Task, points: [SuitePoint]) throws -> SuiteFit {
    let chosen = points.filter(task.includes)
    guard !chosen.isEmpty else {
      throw SuiteError("no point of the subset that '\(task.engine)' is fitted on: \(task.subset)")
    }
    var best = try EngineLibrary.costs(named: task.engine)
    var residuals = try residuals(of: best, task, chosen)
    var damping = 1e-3
    for _ in 0..<12 {
      let slopes = try task.constants.map { constant in
        let step = 0.01 * (constant.range.upperBound - constant.range.lowerBound)
        let value = constant.value(in: best)
        let signed = value + step <= constant.range.upperBound ? step : -step
        let moved = try Self.residuals(of: constant.set(value + signed, in: best), task, chosen)
        return zip(moved, residuals).map { ($0 - $1) / signed }
      }
      var gained = false
      while damping < 1e6, !gained {
        let steps = LeastSquares.step(slopes: slopes, residuals: residuals, damping: damping)
        var trial = best
        for (constant, step) in zip(task.constants, steps) {
          trial = constant.set(constant.value(in: best) + step, in: trial)
        }
        let after = trial == best ? residuals : try Self.residuals(of: trial, task, chosen)
        let (old, new) = (LeastSquares.sum(residuals), LeastSquares.sum(after))
        if new < old * (1 - 1e-4) {
          (best, residuals, gained) = (trial, after, true)
          damping = max(damping / 10, 1e-6)
        } else {
          damping *= 10
        }
      }
      if !gained { break }
    }
    return SuiteFit(
      engine: task.engine, subset: task.subset,
      constants: task.constants.map { ($0.name, $0.value(in: best), $0.unit) }, fitted: best,
      inSample: try outcomes(of: best, chosen))
  }

  /// Logarithms of predicted over measured, weighted.
  private static func residuals(of engine: EngineCosts, _ task: Task, _ points: [SuitePoint]) throws -> [Double] {
    try outcomes(of: engine, points).flatMap { outcome in
      zip(outcome.point.measured, outcome.predicted).map { measurement, predicted in
        guard let predicted, predicted > 0 else { return 0 }
        let weight = measurement.metric.rawValue.hasPrefix("ttft") ? task.firstTokenWeight : 1
        // A few points that queue or were disturbed must not decide: Huber's bound at 15 %.
        let distance = log(predicted / measurement.value)
        let bound = 0.15
        let bounded = abs(distance) <= bound ? distance : (2 * bound * abs(distance) - bound * bound).squareRoot()
        return weight.squareRoot() * (distance < 0 ? -bounded : bounded)
      }
    }
  }

  private static func outcomes(of engine: EngineCosts, _ points: [SuitePoint]) throws -> [SuiteOutcome] {
    let bindings = SuiteBindings()
    return try points.map { point in
      try point.served(by: [engine]).outcome(bindings)
    }
  }
}

extension SuitePoint {
  /// The same point with the stack of a name replaced by another of that name.
  func served(by engines: [EngineCosts]) -> SuitePoint {
    guard case .simulated(var experiment) = set else { return self }
    let name = experiment.serving.engine.name
    guard let other = engines.first(where: { $0.name == name }) else { return self }
    experiment.serving.engine = other
    var point = self
    point.set = .simulated(experiment)
    return point
  }

  /// The serving stack that simulates it; `nil` when nothing does.
  public var stack: String? {
    if case .simulated(let experiment) = set { experiment.serving.engine.name } else { nil }
  }
}
