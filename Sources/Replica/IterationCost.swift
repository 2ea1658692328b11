import SimCore
import StepTime

/// What consecutive iterations of a batch cost: the first, and how much each later one costs more.
///
/// For n decoding sequences with C context tokens, iteration j (from 0) costs `first + j * growth`, where
/// `growth = n * perToken`, because every member's context grows by one. All are whole ticks.
public struct IterationCost: Sendable, BitwiseCopyable {
  public var first: SimDuration
  public var growth: SimDuration
  /// How many iterations the line holds for, before decode attention changes its slope.
  public var iterations: Int
  /// Of the first, how long the host was late; then the line holds for it alone.
  public var wait: SimDuration

  public init(first: SimDuration, growth: SimDuration, iterations: Int, wait: SimDuration = .zero) {
    self.first = first
    self.growth = growth
    self.iterations = iterations
    self.wait = wait
  }

  /// What the first `count` iterations cost together, exactly.
  @inlinable public func total(_ count: Int) -> SimDuration {
    let k = Int64(count)
    return SimDuration(picoseconds: k * first.picoseconds + growth.picoseconds * (k * (k - 1) / 2))
  }

  /// As many iterations, one at least and at most `limit`, as together take less than 2^56 ps, 20 hours: sums of longer
  /// ones, and what stretches them, would leave 64 bits.
  @inlinable public func iterations(withinClockRange limit: Int) -> Int {
    let longest = Double(first.picoseconds) + Double(growth.picoseconds) * Double(limit)
    return longest * Double(limit) < 0x1p56 ? limit : max(1, min(limit, Int(0x1p56 / longest)))
  }

  /// The fewest iterations, at most `limit`, that together take at least `duration`: the quadratic inverted, then
  /// corrected in integers.
  public func iterations(covering duration: SimDuration, limit: Int) -> Int {
    if duration <= .zero { return 0 }
    if total(limit) < duration { return limit }
    let a = Double(growth.picoseconds) / 2
    let b = Double(first.picoseconds) - a
    let x = Double(duration.picoseconds)
    var guess = a == 0 ? x / max(b, 1) : 2 * x / (b + (b * b + 4 * a * x).squareRoot())
    if !(guess < Double(limit)) { guess = Double(limit) }
    var k = max(0, min(limit, Int(guess)))
    while k > 0, total(k - 1) >= duration { k -= 1 }
    while k < limit, total(k) < duration { k += 1 }
    return k
  }
}

extension BoundStepCost {
  /// The cost of iterations that decode `decodes` sequences with `context` attended tokens in all, plus `chunks`
  /// prefill chunks of `chunkTokens` tokens together whose attention costs `chunkAttention`.
  ///
  /// - Parameters:
  ///   - isNewSize: whether the engine meets that many tokens for the first time.
  ///   - pace: the host's time over its usual time.
  ///   - start: how long the host has had for the first of them; nil for as long as it takes: ``BoundHost``.
  public func iterationCost(
    decodes: Int, context: Int64, chunks: Int = 0, chunkTokens: Int = 0, chunkAttention: SimDuration = .zero,
    isNewSize: Bool = false, pace: Double = 1, start: SimDuration? = nil
  ) -> IterationCost {
    var line = IterationCost(
      first: linear(tokens: decodes + chunkTokens, graph: chunks == 0) + sequences(decodes + chunks) + chunkAttention,
      growth: .zero, iterations: .max)
    if decodes > 0 {
      let piece =
        chunkTokens == 0
        ? decodeAttention(sequences: decodes, contextTokens: context)
        : mixedDecodeAttention(sequences: decodes, contextTokens: context, chunkTokens: chunkTokens)
      line.first += piece.cost(contextTokens: context)
      line.growth = SimDuration(picoseconds: piece.perToken.picoseconds * Int64(decodes))
      let room = piece.contextLimit == .max ? Int64.max : (piece.contextLimit - context) / Int64(decodes) + 1
      line.iterations = Int(room)
    }
    guard let host, host.plansAhead || pace != 1 || chunks > 0 else { return line }
    let kernels = line.first
    let iteration = BoundHost.Iteration(
      decodes: decodes, chunks: chunks, chunkTokens: chunkTokens, isNewSize: isNewSize)
    let duration = self.iteration(kernels: kernels, pace: pace, iteration, start: start)
    line.first = duration.time
    line.wait = duration.wait
    if let floor = duration.floor {
      // Until the kernels take longer than the host.
      if line.growth > .zero {
        let until = (floor - kernels).picoseconds / line.growth.picoseconds + 1
        line.iterations = min(line.iterations, Int(until))
      }
      line.growth = .zero
    } else if !duration.isShifted {
      line.iterations = 1
    }
    return line
  }
}
