import Foundation

/// How unequal the contexts of sequences that decode together are, from the lengths of the requests.
public struct ContextSpread: Sendable {
  /// Probability that a decoding sequence's context is at most so many steps.
  private let distribution: [Double]
  private let step: Double
  private let mean: Double

  /// - Parameter lengths: prompt and output tokens of each request; a request decodes for as many iterations as it has
  ///   output tokens, its context growing by one in each.
  public init(_ lengths: [(prompt: Int, output: Int)]) {
    let longest = lengths.map { $0.prompt + $0.output }.max() ?? 1
    let steps = 1024
    let step = Double(max(1, longest)) / Double(steps)
    let all = lengths.reduce(0.0) { $0 + Double($1.output) }
    distribution = (0...steps).map { index in
      let context = Double(index) * step
      return lengths.reduce(0.0) { sum, length in
        sum + min(max(context - Double(length.prompt), 0), Double(length.output))
      } / max(1, all)
    }
    self.step = step
    mean = lengths.reduce(0.0) { $0 + Double($1.output) * (Double($1.prompt) + Double($1.output) / 2) } / max(1, all)
  }

  /// The expected longest of `count` contexts drawn independently, over their mean: the integral of 1 - F^count.
  public func longestOverMean(_ count: Int) -> Double {
    guard count > 1, mean > 0 else { return 1 }
    var longest = 0.0
    for (low, high) in zip(distribution, distribution.dropFirst()) {
      longest += step * (1 - (pow(low, Double(count)) + pow(high, Double(count))) / 2)
    }
    return max(1, longest / mean)
  }
}
