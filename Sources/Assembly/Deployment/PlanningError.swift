/// Why a scenario that reads well still cannot be run: what its pieces add up to is impossible.
///
/// A user's mistake, told in words; every one that was found.
public struct PlanningError: Error, Sendable, Equatable, CustomStringConvertible {
  public var problems: [String]

  public init(_ problems: [String]) { self.problems = problems }

  public var description: String { problems.joined(separator: "\n") }
}
