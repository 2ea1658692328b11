/// A published result that a scenario tests, as its file tells of it.
public struct PublishedClaim: Hashable, Sendable {
  /// What a page calls it, for example `T9`.
  public var id: String
  /// What was published.
  public var published: String
  /// Where; may be empty, as the next four.
  public var source: String
  /// What is asked of the simulation, in words: how near it must come to what was published, or what stands for it.
  public var target: String
  /// What the scenario assumes because it was not published.
  public var assumed: String
  /// What decides the result.
  public var decides: String
  /// What was found about the result, such as why the claim does not hold.
  public var found: String
  /// Why the claim cannot be tried; nil when it can.
  public var notExpressible: String?
  /// What the scenario needs that is not in the repository.
  public var data: [DataSet]
  /// What the page's charts show.
  public var charts: Charts
  /// The most replications by which its bounds are judged; nil for whatever the page allows.
  public var maxReplications: Int?

  /// A data set that is not in the repository.
  public struct DataSet: Hashable, Sendable {
    /// The path of the scenario's key that names its file.
    public var key: String
    /// The file, below a folder of data sets.
    public var file: String
    /// Where it can be had.
    public var origin: String
  }

  public struct Charts: Hashable, Sendable {
    /// Whose requests, by name; nil for the first deployment.
    public var deployment: String?
    /// Which policies, by label; nil for all.
    public var policies: [String]?
    /// Which variant; nil for the first.
    public var variant: String?
    /// Figures told of every policy, by title, that are drawn policy after policy.
    public var ladder: [String] = []
  }
}

/// The bounds of a claim's scenario at other values of the keys that decide the result.
public struct ClaimStudy: Sendable {
  public var title: String
  /// What should be known about its values; may be empty.
  public var text: String
  /// The points, each a scenario with the expectations that are judged at it.
  public var points: Study
}

/// A scenario that tests a published claim.
public struct ClaimScenario: Sendable {
  /// The file, as the person named it.
  public var path: String
  /// What results call the scenario.
  public var name: String
  /// The question it asks; may be empty.
  public var question: String
  public var claim: PublishedClaim
  public var content: Content

  public enum Content: Sendable {
    /// The scenario with its bounds; the points of its sweep, where bounds are about them; and the studies of what
    /// decides them.
    case ready(Study, sweep: Study?, studies: [ClaimStudy])
    /// The data sets that are not there.
    case lacks([PublishedClaim.DataSet])
  }
}
