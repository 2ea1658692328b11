import Replica
import SimCore

/// What policies that serve online and offline requests on one engine differ in.
struct CoServingRules: Sendable {
  /// Who gives way first when online requests need an offline sequence's blocks.
  enum VictimOrder: String, CaseIterable, Sendable {
    /// The last admitted.
    case newest
    /// The one of which the fewest tokens have to be processed again; of equals, the last admitted.
    case leastLost = "least-lost"
    /// The one that holds the most blocks; of equals, the last admitted.
    case largest
  }

  /// Whether offline sequences give up blocks, places and tokens to online ones.
  var offlineYields = true
  var victims = VictimOrder.newest
  /// Whether what gives way is paged out, and not dropped to be recomputed, where its prompt is done.
  var swaps = false
  /// Whether offline KV is copied to host memory as it is produced.
  var checkpointsOffline = false
  /// KV blocks that offline admission leaves free.
  var reserve = 0

  /// The predicted time that an iteration with online work may take; `.max` for no bound.
  var timeLimit = SimDuration.max
  /// Whether online prompts are cut to keep it.
  var boundsOnline = false
  /// Whether it holds without online work too.
  var boundsAlways = false
  /// The most tokens of an iteration with online work.
  var mixedTokens = Int.max
  /// Whether times are predicted by a fitted polynomial.
  var fitsLatency = false
  /// By what share predictions are too high; below 0, too low. `timeLimit` has it in it.
  var predictionError = 0.0

  /// Preemption checks in an iteration that can be given up; 0 for none.
  var safepoints = 0
  /// What these checks take together.
  var safepointOverhead = SimDuration.zero
  /// Online time to first token that an iteration is given up for.
  var ttftTarget = SimDuration.max
  /// Whether iterations with online members can be given up.
  var mixedSafepoints = false
  var kept: KeptWork = []
}

extension CoServingRules {
  /// Parameters that several of the policies have.
  static let predictionParameters = [
    ParameterDescriptor(
      "latency_model", .choice(["exact", "fitted"]), default: .choice("exact"),
      "what predicts an iteration's time: the simulator's own step time, or a polynomial in (tokens, context) that was "
        + "fitted to it"),
    ParameterDescriptor(
      "prediction_error", .number(-0.9...9), default: .number(0),
      "by what share every prediction is too high; below 0, too low"),
  ]

  static func victimParameter(_ standard: VictimOrder = .newest) -> ParameterDescriptor {
    ParameterDescriptor(
      "victims", .choice(VictimOrder.allCases.map(\.rawValue)), default: .choice(standard.rawValue),
      "which offline sequence gives way first: the last admitted, the one with the fewest tokens to process again, or "
        + "the one with the most blocks (assumption)")
  }

  /// Takes over those parameters.
  mutating func readPrediction(_ parameters: PolicyParameters) {
    fitsLatency = parameters.choice("latency_model") == "fitted"
    predictionError = parameters.number("prediction_error")
  }

  /// A time as it would have to be predicted rightly for a wrong prediction to be within `duration`.
  func limit(_ duration: SimDuration) -> SimDuration {
    predictionError == 0 ? duration : .seconds(duration.seconds / (1 + predictionError))
  }

  /// A time as it is predicted.
  func predicted(_ duration: SimDuration) -> SimDuration {
    predictionError == 0 ? duration : .seconds(duration.seconds * (1 + predictionError))
  }
}
