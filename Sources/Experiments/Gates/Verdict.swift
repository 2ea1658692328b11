import Scenario
import Statistics

/// What a gate says of a claim about results.
public enum Verdict: String, Sendable, Hashable, CaseIterable {
  /// The whole interval is where the claim wants the value.
  case holds
  /// The whole interval is elsewhere.
  case broken
  /// The interval spans a bound: the replications do not tell.
  case undecided
}

/// Where a value should be.
public struct ClaimBounds: Sendable, Hashable {
  /// The value must be more.
  public var above: Double?
  /// The value must be less.
  public var below: Double?
  /// Whether the bounds themselves are allowed.
  public var areAllowed: Bool

  public init(above: Double? = nil, below: Double? = nil, areAllowed: Bool = false) {
    self.above = above
    self.below = below
    self.areAllowed = areAllowed
  }

  public init(_ expectation: Expectation) { self.init(above: expectation.above, below: expectation.below) }

  /// Whether a value is known to be where it should be; an interval's ends count as inside of it.
  ///
  /// - Parameter interval: of the value; without one, of a single replication, the value itself is judged.
  public func verdict(on value: Double, _ interval: Interval?) -> Verdict {
    let (lower, upper) = (interval?.lower ?? value, interval?.upper ?? value)
    if allows(lower), allows(upper) { return .holds }
    // Above and below together allow a range: what is all on one side of it is broken.
    let isTooLow = above.map { areAllowed ? upper < $0 : upper <= $0 } ?? false
    let isTooHigh = below.map { areAllowed ? lower > $0 : lower >= $0 } ?? false
    return isTooLow || isTooHigh ? .broken : .undecided
  }

  private func allows(_ value: Double) -> Bool {
    if let below, !(areAllowed ? value <= below : value < below) { return false }
    if let above, !(areAllowed ? value >= above : value > above) { return false }
    return true
  }
}
