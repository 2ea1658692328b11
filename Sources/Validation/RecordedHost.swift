import SimCore
import Statistics
import StepTime

extension HostPace {
  /// Steps on either side over which the pace is smoothed: the median of eleven, as it was when the costs were fitted.
  private static let reach = 5

  /// How fast the host was in the course of an experiment, from what its log says the host spent by itself.
  ///
  /// That is a state of the machine, like its clock: it has nothing of the latencies in it, nor of the kernels' times.
  /// The coefficients that turn it into time are those of the engine's costs, fitted elsewhere.
  ///
  /// - Parameters:
  ///   - usual: what the engine's host usually spends.
  ///   - plansAhead: whether it works while the GPU does, and takes longer for that.
  /// - Returns: the pace, and its mean over the steps; nil when the log does not say what the host spent.
  static func recorded(_ steps: [MeasuredStep], usual: HostTimes, plansAhead: Bool) -> (pace: HostPace, mean: Double)? {
    guard !steps.isEmpty, steps.allSatisfy({ ($0.hostTime ?? 0) > 0 }) else { return nil }
    let beside = plansAhead ? usual.aheadSlowdown : 1
    let ratios = steps.map { step in
      let tokens = step.chunks.reduce(0) { $0 + $1.tokens }
      return (step.hostTime ?? 0)
        / max(
          beside * usual.usual(decodes: step.decodes, chunks: step.chunks.count, promptTokens: tokens),
          .leastNormalMagnitude)
    }
    let paces = ratios.indices.map { index in
      Sample.quantile(Array(ratios[max(0, index - reach)...min(ratios.count - 1, index + reach)]), 0.5) ?? 1
    }
    let changes = zip(steps, paces).map { Change(time: SimTime(seconds: $0.start), pace: $1) }
    return (HostPace(changes), Sample.mean(paces))
  }
}
