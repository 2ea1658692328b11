import Report
import Scenario
import Statistics

/// Whether a figure only rises, or only falls, along an axis of a sweep.
///
/// Each step from one point to the next is a claim of its own, judged by the replications with the same number, which
/// have random numbers in common. The error is shared among the steps: all of them together have the confidence that is
/// asked for, by Bonferroni's inequality. Equal neighbours are allowed.
public struct Monotony: Sendable, Hashable {
  public typealias Direction = Expectation.Trend.Direction

  public var direction: Direction
  /// A step the wrong way by no more than this share of the first of its two points is allowed.
  public var tolerance: Double

  public init(_ direction: Direction, tolerance: Double = 0) {
    self.direction = direction
    self.tolerance = tolerance
  }

  /// What the steps are found to do.
  public struct Finding: Sendable, Hashable {
    public var verdict: Verdict
    /// The verdict on each step, from point i to point i + 1.
    public var steps: [Verdict]
    /// The mean change of each step, with its interval where there are several replications.
    public var changes: [Change]
  }

  public struct Change: Sendable, Hashable {
    public var mean: Double
    public var interval: Interval?
  }

  /// - Parameter points: the replications of each point in the order of the axis; of each pair of neighbours the
  ///   replications that both have are compared, by their place.
  /// - Returns: nil with fewer than two points, or one without replications.
  public func finding(_ points: [[Double]], confidence: Double = 0.95) -> Finding? {
    guard points.count > 1, points.allSatisfy({ !$0.isEmpty }) else { return nil }
    let confidencePerStep = 1 - (1 - confidence) / Double(points.count - 1)
    var steps: [Verdict] = []
    var changes: [Change] = []
    for (first, second) in zip(points, points.dropFirst()) {
      let differences = zip(first, second).map { $1 - $0 }
      let change = Change(
        mean: Sample.mean(differences), interval: .ofReplications(differences, confidence: confidencePerStep))
      let slack = tolerance * abs(Sample.mean(first))
      let bounds =
        direction == .rises ? ClaimBounds(above: -slack, areAllowed: true) : ClaimBounds(below: slack, areAllowed: true)
      steps.append(bounds.verdict(on: change.mean, change.interval))
      changes.append(change)
    }
    let verdict: Verdict =
      steps.contains(.broken) ? .broken : steps.contains(.undecided) ? .undecided : .holds
    return Finding(verdict: verdict, steps: steps, changes: changes)
  }
}
