import SimCore
import Statistics
import StepTime

/// How fast the host was in the course of an experiment, from what its log says the host spent by itself.
///
/// That is a state of the machine, like its clock: it has nothing of the latencies in it, nor of the kernels' times.
/// The coefficients that turn it into time are those of the engine's costs, fitted elsewhere.
struct RecordedHost: Sendable {
  private let times: [Double]
  private let speeds: [Double]
  private let costs: EngineCosts
  private let layers: Int
  /// The host's time over its usual time, on average over the steps: 1.2 is a fifth slower.
  let mean: Double

  /// Steps on either side over which the speed is smoothed: the median of eleven, as it was when the costs were fitted.
  private static let reach = 5

  /// - Returns: nil when the log does not say what the host spent, or the engine's usual host is not known.
  init?(_ steps: [MeasuredStep], costs: EngineCosts, layers: Int) {
    guard let host = costs.host, !steps.isEmpty, steps.allSatisfy({ ($0.hostTime ?? 0) > 0 }) else { return nil }
    let ratios = steps.map { step in
      let tokens = step.chunks.reduce(0) { $0 + $1.tokens }
      return (step.hostTime ?? 0)
        / max(
          host.usual(decodes: step.decodes, chunks: step.chunks.count, promptTokens: tokens), .leastNormalMagnitude)
    }
    speeds = ratios.indices.map { index in
      Sample.quantile(Array(ratios[max(0, index - Self.reach)...min(ratios.count - 1, index + Self.reach)]), 0.5) ?? 1
    }
    times = steps.map(\.start)
    self.costs = costs
    self.layers = layers
    mean = Sample.mean(speeds)
  }

  /// The speed of the step under way at a moment: that of the last one that had begun.
  private func speed(at time: Double) -> Double {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return speeds[max(0, low - 1)]
  }

  /// What an iteration that begins at `time` seconds takes, seconds.
  ///
  /// - Parameter usual: with the usual host.
  func seconds(usual: Double, at time: Double, decodes: Int, chunks: Int, promptTokens: Int) -> Double {
    costs.seconds(
      usual: usual, hostSpeed: speed(at: time), decodes: decodes, chunks: chunks, promptTokens: promptTokens,
      layers: layers)
  }
}
