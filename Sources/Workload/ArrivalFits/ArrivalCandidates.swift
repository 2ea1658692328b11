import SimCore

/// Processes with parameters found from times of arrivals.
struct ArrivalCandidates {
  struct Candidate {
    var name: String
    var process: ArrivalProcess
    var parameters: Int
  }

  private let times: [Double]
  private let seconds: Double
  private let rate: Double

  /// - Parameter times: seconds, in order, the first 0 and the last `seconds`.
  init(_ times: [Double], seconds: Double) {
    self.times = times
    self.seconds = seconds
    rate = Double(times.count - 1) / seconds
  }

  var all: [Candidate] {
    var found = [Candidate(name: "poisson", process: .poisson(rate: rate), parameters: 1)]
    let cv = GapVariation(zip(times.dropFirst(), times).map { $0 - $1 }).variation ?? 0
    if (0.01...100).contains(cv) {
      found.append(Candidate(name: "gamma", process: .gamma(rate: rate, cv: cv, endsAtMean: false), parameters: 2))
      if let shape = ArrivalProcess.weibullShape(cv: cv) {
        found.append(Candidate(name: "weibull", process: .weibull(rate: rate, shape: shape), parameters: 2))
      }
    }
    for bin in [0.2, 1, 5, 20] {
      if let rates = onOff(bin: bin) { found.append(Candidate(name: "on-off", process: .onOff(rates), parameters: 4)) }
    }
    if let steps = piecewise() { found.append(steps) }
    return found.filter { $0.process.problems().isEmpty }
  }

  private func counts(_ window: Double) -> [Int] {
    var counts = [Int](repeating: 0, count: max(1, Int(seconds / window)))
    for time in times where Int(time / window) < counts.count { counts[Int(time / window)] += 1 }
    return counts
  }

  // MARK: Two rates

  /// The two rates and mean durations that make the counts in bins most likely: a hidden Markov chain with Poisson
  /// counts, by expectation and maximisation (Rabiner, *A Tutorial on Hidden Markov Models*, 1989; Baum and Welch).
  private func onOff(bin: Double) -> OnOffRates? {
    let counts = counts(bin)
    guard (50...200_000).contains(counts.count), Double(times.count) / Double(counts.count) >= 0.3 else { return nil }
    let ordered = counts.sorted()
    let middle = ordered.count / 2
    func mean(_ values: ArraySlice<Int>) -> Double { Double(values.reduce(0, +)) / Double(max(1, values.count)) }
    var means = [max(0.01, mean(ordered[..<middle])), mean(ordered[middle...])]
    guard means[1] > means[0] else { return nil }
    // The chance to change from low to high, and from high to low.
    var changes = [0.1, 0.1]
    for _ in 0..<200 {
      let before = means + changes
      step(counts, &means, &changes)
      guard means[1] > means[0], changes.allSatisfy({ $0 > 1e-9 && $0 < 1 }) else { return nil }
      let moved = zip(before, means + changes).map { abs($1 - $0) / max($0, 1e-9) }.max() ?? 0
      if moved < 1e-4 { break }
    }
    // Periods that a stream cannot have are no candidates.
    guard changes.allSatisfy({ bin / $0 <= WorkloadStream.longest.seconds }) else { return nil }
    return OnOffRates(
      onRate: means[1] / bin, offRate: means[0] / bin < ArrivalProcess.lowestRate ? 0 : means[0] / bin,
      onDuration: SimDuration(seconds: bin / changes[1]), offDuration: SimDuration(seconds: bin / changes[0]),
      durations: .exponential)
  }

  /// One round of expectation and maximisation.
  private func step(_ counts: [Int], _ means: inout [Double], _ changes: inout [Double]) {
    let stay = [1 - changes[0], 1 - changes[1]]
    // Likelihoods of a count in both states, up to a common factor.
    func likelihood(_ count: Int) -> (Double, Double) {
      let exponent = Double(count) * logarithm(means[1] / means[0]) - (means[1] - means[0])
      return exponent > 0 ? (exponential(-exponent), 1) : (1, exponential(exponent))
    }
    var forward = [(Double, Double)](repeating: (0, 0), count: counts.count)
    var state = (changes[1] / (changes[0] + changes[1]), changes[0] / (changes[0] + changes[1]))
    for index in counts.indices {
      if index > 0 {
        state = (state.0 * stay[0] + state.1 * changes[1], state.0 * changes[0] + state.1 * stay[1])
      }
      let weight = likelihood(counts[index])
      state = (state.0 * weight.0, state.1 * weight.1)
      let sum = state.0 + state.1
      state = (state.0 / sum, state.1 / sum)
      forward[index] = state
    }
    var backward = (1.0, 1.0)
    var (low, high, lowCount, highCount) = (0.0, 0.0, 0.0, 0.0)
    var (up, down, upFrom, downFrom) = (0.0, 0.0, 0.0, 0.0)
    for index in counts.indices.reversed() {
      let both = forward[index].0 * backward.0 + forward[index].1 * backward.1
      let isHigh = forward[index].1 * backward.1 / both
      low += 1 - isHigh
      high += isHigh
      lowCount += (1 - isHigh) * Double(counts[index])
      highCount += isHigh * Double(counts[index])
      guard index > 0 else { break }
      let weight = likelihood(counts[index])
      let ahead = (weight.0 * backward.0, weight.1 * backward.1)
      let previous = forward[index - 1]
      let pairs = (
        previous.0 * stay[0] * ahead.0, previous.0 * changes[0] * ahead.1, previous.1 * changes[1] * ahead.0,
        previous.1 * stay[1] * ahead.1
      )
      let sum = pairs.0 + pairs.1 + pairs.2 + pairs.3
      up += pairs.1 / sum
      down += pairs.2 / sum
      upFrom += (pairs.0 + pairs.1) / sum
      downFrom += (pairs.2 + pairs.3) / sum
      backward = (stay[0] * ahead.0 + changes[0] * ahead.1, changes[1] * ahead.0 + stay[1] * ahead.1)
      let scale = backward.0 + backward.1
      backward = (backward.0 / scale, backward.1 / scale)
    }
    means = [max(1e-6, lowCount / max(low, 1e-9)), highCount / max(high, 1e-9)]
    changes = [up / max(upFrom, 1e-9), down / max(downFrom, 1e-9)]
  }

  // MARK: Rates that change

  /// A rate for each window of one length, and the variation of the gaps once they are measured in these rates. The
  /// length is the one with which every second second foretells the others best.
  private func piecewise() -> Candidate? {
    let counts = counts(1)
    guard counts.count >= 120 else { return nil }
    func score(_ window: Int) -> Double {
      var sum = 0.0
      for start in stride(from: 0, to: counts.count, by: window) {
        let span = Array(counts[start..<min(counts.count, start + window)])
        let known = stride(from: 0, to: span.count, by: 2).map { span[$0] }
        // A small share of the mean rate keeps empty windows possible.
        let mean = (Double(known.reduce(0, +)) + 0.5 * rate) / (Double(known.count) + 0.5)
        for index in stride(from: 1, to: span.count, by: 2) { sum += Double(span[index]) * logarithm(mean) - mean }
      }
      return sum
    }
    let windows = [10, 30, 60, 120, 300, 600].filter { $0 * 2 <= counts.count && counts.count / $0 <= 500 }
    guard let window = windows.max(by: { score($0) < score($1) }) else { return nil }
    let length = Double(window)
    let sums = self.counts(length)
    let steps = sums.indices.map {
      RateStep(from: SimDuration(seconds: Double($0) * length), rate: Double(sums[$0]) / length)
    }
    guard steps.contains(where: { $0.rate > 0 }) else { return nil }
    // Each time in units of expected arrivals; what is after the last full window keeps its rate.
    var past = [0.0]
    for count in sums { past.append((past.last ?? 0) + Double(count)) }
    let rescaled = times.map { time -> Double in
      let index = min(sums.count - 1, Int(time / length))
      return past[index] + steps[index].rate * (time - Double(index) * length)
    }
    let cv = GapVariation(zip(rescaled.dropFirst(), rescaled).map { $0 - $1 }).variation ?? 0
    guard (0.01...100).contains(cv) else { return nil }
    return Candidate(
      name: "piecewise", process: .piecewise(steps: steps, cv: cv), parameters: steps.count + 1)
  }
}
