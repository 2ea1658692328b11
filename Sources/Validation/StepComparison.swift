import Assembly
import Cluster
import Replica
import SimCore
import Statistics
import StepTime

/// Logged iterations against what the step-time model makes of them.
public struct StepComparison: Sendable {
  /// One kind of iteration.
  public struct Figures: Sendable, Hashable {
    public var count: Int
    /// Of the absolute errors, as shares of the measured duration.
    public var median: Double
    public var p95: Double
    /// Of all durations together.
    public var sum: Double
  }

  public var all: Figures
  /// Decode alone, prefill alone, both: those there are.
  public var byKind: [(kind: String, figures: Figures)]
  /// Steps that the model has no cost for, for example with more tokens than the engine's limit.
  public var left: Int

  /// - Parameter iterations: the schedule under measured durations, where sequences attend to the same tokens.
  init(_ experiment: MeasuredExperiment, _ bound: BoundExperiment, iterations: [IterationRecord] = []) {
    var pairs: [(kind: String, measured: Double, predicted: Double)] = []
    left = 0
    var met: Set<Int> = []
    for (index, (logged, period)) in zip(experiment.steps, experiment.steps.periods).enumerated() {
      var step = logged
      if index < iterations.count, iterations[index].decodeContext == Int64(step.decodeContext) {
        step.decodeContext = Int(iterations[index].readContext)
      }
      let pace = bound.engine.description.host.pace(at: SimTime(seconds: step.start))
      let isNew = !step.chunks.isEmpty && met.insert(step.tokens).inserted
      guard let predicted = bound.step.cost.seconds(of: step, isNewSize: isNew, pace: pace), period > 0 else {
        left += 1
        continue
      }
      let kind = step.chunks.isEmpty ? "decode" : step.decodes == 0 ? "prefill" : "mixed"
      pairs.append((kind, period, predicted))
    }
    func figures(_ pairs: [(kind: String, measured: Double, predicted: Double)]) -> Figures {
      let errors = pairs.map { abs($0.predicted / $0.measured - 1) }
      let total = pairs.reduce(0) { $0 + $1.measured }
      return Figures(
        count: pairs.count, median: Sample.quantile(errors, 0.5) ?? 0, p95: Sample.quantile(errors, 0.95) ?? 0,
        sum: total > 0 ? pairs.reduce(0) { $0 + $1.predicted } / total - 1 : 0)
    }
    all = figures(pairs)
    byKind = ["decode", "prefill", "mixed"].compactMap { kind in
      let own = pairs.filter { $0.kind == kind }
      return own.isEmpty ? nil : (kind, figures(own))
    }
  }
}

extension BoundStepCost {
  /// What a logged iteration costs, seconds; nil beyond the tables' limits.
  ///
  /// - Parameters:
  ///   - isNewSize: whether the engine met that many tokens for the first time.
  ///   - pace: the host's time over its usual time.
  public func seconds(of step: MeasuredStep, isNewSize: Bool = false, pace: Double = 1) -> Double? {
    let tokens = step.tokens
    let sequences = step.decodes + step.chunks.count
    guard tokens <= maxBatchedTokens, sequences <= maxSequences, sequences > 0 else { return nil }
    var attention = SimDuration.zero
    for chunk in step.chunks { attention += prefillAttention(chunk: chunk.tokens, context: chunk.cached) }
    return iterationCost(
      decodes: step.decodes, context: Int64(step.decodeContext), chunks: step.chunks.count,
      chunkTokens: tokens - step.decodes, chunkAttention: attention, isNewSize: isNewSize, pace: pace
    ).first.seconds
  }
}

/// The simulated schedule against the logged one, under the measured durations.
public struct ScheduleComparison: Sendable {
  public var measuredSteps: Int
  public var predictedSteps: Int
  /// Iterations, counted from the first, that have the same composition.
  public var equalFromStart: Int
  /// Iterations of the same number with the same composition.
  public var equal: Int
  /// The first that differs, in words; nil when none does.
  public var firstDifference: String?
  /// The mean time to first token, milliseconds, measured and under the measured durations; `nil` where none was
  /// measured.
  public var meanTTFT: (measured: Double, replayed: Double)?
  /// Absolute errors of the latencies under the measured durations, over their means and percentiles: what the
  /// scheduler alone is off by, as shares; `nil` where none was measured.
  public var latencyErrors: (mean: Double, worst: Double)?
  public var measuredPreemptions: Int
  public var replayedPreemptions: Int

  init(_ experiment: MeasuredExperiment, _ run: PredictedRun) {
    let steps = experiment.steps
    measuredSteps = steps.count
    predictedSteps = run.iterations.count
    equalFromStart = 0
    equal = 0
    for (index, (step, iteration)) in zip(steps, run.iterations).enumerated() {
      if step.composition == iteration.composition {
        equal += 1
        if firstDifference == nil { equalFromStart = index + 1 }
      } else if firstDifference == nil {
        firstDifference =
          "step \(index) at \(step.start) s: measured \(step.composition), simulated \(iteration.composition)"
      }
    }
    let requests = zip(experiment.requests, run.requests).map { RequestPair(measured: $0, predicted: $1) }
    let errors = requests.latencies(experiment.name).compactMap(\.error).map(abs)
    if let worst = errors.max() { latencyErrors = (mean: Sample.mean(errors), worst: worst) }
    let pairs = requests.compactMap { $0.both(.ttft) }
    if !pairs.isEmpty {
      meanTTFT = (measured: Sample.mean(pairs.map(\.measured)), replayed: Sample.mean(pairs.map(\.predicted)))
    }
    measuredPreemptions = steps.reduce(0) { $0 + ($1.preempted ?? 0) }
    replayedPreemptions = run.preemptions
  }
}

/// What an iteration is made of.
struct StepComposition: Hashable, CustomStringConvertible {
  var chunks: [MeasuredStep.Chunk]
  var decodes: Int
  var decodeContext: Int
  var running: Int
  var waiting: Int
  var preempted: Int

  var description: String {
    let prompts = chunks.prefix(8).map { "\($0.tokens)@\($0.cached)" }.joined(separator: " ")
    return "\(chunks.count) chunks [\(prompts)\(chunks.count > 8 ? " ..." : "")], \(decodes) decodes over "
      + "\(decodeContext) tokens, \(running) running, \(waiting) waiting, \(preempted) preempted"
  }
}

extension MeasuredStep {
  /// Tokens it processes.
  var tokens: Int { decodes + chunks.reduce(0) { $0 + $1.tokens } }

  var composition: StepComposition {
    StepComposition(
      chunks: chunks.sorted(), decodes: decodes, decodeContext: decodeContext, running: running ?? 0,
      waiting: waiting ?? 0, preempted: preempted ?? 0)
  }
}

extension MeasuredStep.Chunk: Comparable {
  public static func < (a: Self, b: Self) -> Bool { (a.tokens, a.cached) < (b.tokens, b.cached) }
}

extension IterationRecord {
  var composition: StepComposition {
    StepComposition(
      chunks: chunks.map { MeasuredStep.Chunk(tokens: $0.tokens, cached: $0.cached) }.sorted(), decodes: decodes,
      decodeContext: Int(decodeContext), running: running, waiting: waiting, preempted: preempted)
  }
}
