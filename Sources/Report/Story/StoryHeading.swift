import Metrics

/// Which run a story is of, and how its request was chosen.
public struct StoryHeading: Sendable, Hashable {
  public var scenario: String
  public var alternative: Alternative
  public var seed: UInt64
  public var replication: Int
  /// The deployments' names, in order.
  public var deployments: [String]
  /// Why this request, for example `the longest TTFT of 2,041 requests`; nil where it was asked for by its number.
  public var choice: String?

  public init(
    scenario: String, alternative: Alternative, seed: UInt64, replication: Int, deployments: [String], choice: String?
  ) {
    self.scenario = scenario
    self.alternative = alternative
    self.seed = seed
    self.replication = replication
    self.deployments = deployments
    self.choice = choice
  }

  var run: String {
    var text = "\(scenario), \(alternative.policy)"
    if let variant = alternative.variant { text += ", \(variant.name)" }
    if replication > 0 { text += ", replication \(replication)" }
    return text
  }
}
