import Statistics

/// Finds where a figure that gets worse along an axis passes a target, from replications that are noisy.
///
/// Places are whole numbers; the greater, the harder. The last place that meets the target is the answer; around it
/// are the last place of which the replications leave no doubt that it does, and the first of which they leave no doubt
/// that it does not. Replications of all places have their random numbers in common, so that the noise of neighbours is
/// shared and the figure falls along the axis nearly everywhere.
///
/// It first leaps, doubling, until the target is between two places, then halves the span, then looks for the places
/// without doubt from there outwards.
package struct ThresholdSearch {
  /// Where places end.
  let range: ClosedRange<Int>
  let start: Int
  /// From a place, where to look next, harder or easier.
  let leap: @Sendable (_ place: Int, _ isHarder: Bool) -> Int
  /// What the figure must be at least.
  let target: Double
  let confidence: Double

  /// For each place that was tried the figure in each replication.
  package private(set) var tried: [Int: [Double]] = [:]

  package init(
    in range: ClosedRange<Int>, from start: Int, target: Double, confidence: Double = 0.95,
    leap: @escaping @Sendable (_ place: Int, _ isHarder: Bool) -> Int
  ) {
    precondition(range.contains(start))
    self.range = range
    self.start = start
    self.target = target
    self.confidence = confidence
    self.leap = leap
  }

  package mutating func add(_ values: [Double], at place: Int) { tried[place] = values }

  /// The hardest place that meets the target, in the mean; nil when none does.
  package var answer: Int? { meeting }

  /// The hardest place up to the answer of which the whole interval meets the target; nil when there is none.
  package var surelyMeets: Int? { edge(isHarder: false) }
  /// The easiest place behind the answer of which the whole interval misses the target; nil when there is none.
  package var surelyMisses: Int? { edge(isHarder: true) }

  /// The easiest place that is known to miss the target.
  package var tooHard: Int? { tried.keys.filter { !meets($0) }.min() }

  /// In each replication the hardest place that meets the target by itself, short of the first that does not; the
  /// easiest that was tried where none does.
  package var thresholds: [Int] {
    let places = tried.keys.sorted()
    guard let easiest = places.first else { return [] }
    return (0..<(tried.values.map(\.count).min() ?? 0)).map { replication in
      places.prefix { (tried[$0]?[replication] ?? 0) >= target }.last ?? easiest
    }
  }

  /// Where to look next; nil when everything is found.
  package func next() -> Int? {
    if tried.isEmpty { return start }
    guard let meeting else {
      // Nothing tried so far meets it: easier.
      let easiest = tried.keys.min() ?? start
      return easiest == range.lowerBound ? nil : clamped(leap(easiest, false), below: easiest)
    }
    guard let missing else {
      return meeting == range.upperBound ? nextEdge() : clamped(leap(meeting, true), above: meeting)
    }
    if missing - meeting > 1 { return meeting + (missing - meeting) / 2 }
    return nextEdge()
  }

  private func clamped(_ place: Int, below: Int) -> Int { max(range.lowerBound, min(place, below - 1)) }
  private func clamped(_ place: Int, above: Int) -> Int { min(range.upperBound, max(place, above + 1)) }

  // MARK: What was found

  private func meets(_ place: Int) -> Bool { Sample.mean(tried[place] ?? []) >= target }

  private func verdict(_ place: Int) -> Verdict {
    let values = tried[place] ?? []
    return ClaimBounds(above: target, areAllowed: true).verdict(
      on: Sample.mean(values), .ofReplications(values, confidence: confidence))
  }

  /// The easiest place that misses the target and is harder than one that meets it.
  private var missing: Int? {
    guard let easiestMeeting = tried.keys.filter(meets).min() else { return nil }
    return tried.keys.filter { $0 > easiestMeeting && !meets($0) }.min()
  }

  /// The hardest place that meets the target, short of the first that misses it.
  private var meeting: Int? {
    let limit = missing ?? .max
    return tried.keys.filter { $0 < limit && meets($0) }.max()
  }

  // MARK: The places without doubt

  /// The nearest place to the answer, on one side, that is without doubt.
  private func edge(isHarder: Bool) -> Int? {
    guard let from = isHarder ? missing : meeting else { return nil }
    let wanted: Verdict = isHarder ? .broken : .holds
    let sure = tried.keys.filter { (isHarder ? $0 >= from : $0 <= from) && verdict($0) == wanted }
    return isHarder ? sure.min() : sure.max()
  }

  private func nextEdge() -> Int? { nextEdge(isHarder: false) ?? nextEdge(isHarder: true) }

  private func nextEdge(isHarder: Bool) -> Int? {
    guard let from = isHarder ? missing : meeting else { return nil }
    let way = isHarder ? 1 : -1
    if let edge = edge(isHarder: isHarder) {
      // What lies between the edge and the last place in doubt before it.
      let doubtful = tried.keys.filter { isHarder ? $0 >= from && $0 < edge : $0 <= from && $0 > edge }
      guard let nearest = isHarder ? doubtful.max() : doubtful.min() else { return nil }
      let gap = abs(edge - nearest)
      return gap > 1 ? nearest + way * (gap / 2) : nil
    }
    let farthest = (isHarder ? tried.keys.filter { $0 >= from }.max() : tried.keys.filter { $0 <= from }.min()) ?? from
    let bound = isHarder ? range.upperBound : range.lowerBound
    if farthest == bound { return nil }
    let next = from + way * max(1, 2 * abs(farthest - from))
    return isHarder ? min(bound, next) : max(bound, next)
  }
}
