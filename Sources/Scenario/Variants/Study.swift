import Metrics
import SimCore

/// Scenarios whose results are set side by side, each under each of its policies: the variants of one file, or several
/// files; a single one for a scenario without variants.
public struct Study: Sendable {
  /// At least one.
  public var scenarios: [ResolvedScenario]
  /// Whether they are the points of the file's sweep.
  public var isSweep: Bool

  public init(_ scenarios: [ResolvedScenario], isSweep: Bool = false) {
    precondition(!scenarios.isEmpty, "a study is of at least one scenario")
    self.scenarios = scenarios
    self.isSweep = isSweep
  }

  /// The first file, as the person named it.
  public var path: String { scenarios[0].path }
  /// What the first file expects of these results: of the points of its sweep, or of the scenario itself.
  public var expectations: [Expectation] {
    scenarios[0].expectations.filter { $0.isAboutSweep == isSweep && !$0.isReported }
  }
  /// What the first file only wants to be told of the scenario itself.
  public var reported: [Expectation] { scenarios[0].expectations.filter(\.isReported) }
  /// Whether the file expects anything of the points of its sweep.
  public var expectsOfSweep: Bool { scenarios[0].expectations.contains(where: \.isAboutSweep) }
  /// What is compared, in the order of the runs.
  public var alternatives: Alternatives {
    Alternatives(
      scenarios.flatMap { scenario in
        scenario.labels.map { Alternative(policy: $0, variant: scenario.variant) }
      })
  }

  /// One study of several files: each is a variant of its own, called after its scenario; variants within it keep their
  /// names behind that.
  ///
  /// - Throws: `Mismatch` when two are called the same, or their results cannot be set side by side.
  public static func joined(_ studies: [Study]) throws(Mismatch) -> Study {
    if studies.count == 1 { return studies[0] }
    var scenarios: [ResolvedScenario] = []
    for study in studies {
      for var scenario in study.scenarios {
        let own = scenario.variant
        scenario.variant = VariantLabel(
          name: own.map { "\(scenario.name), \($0.name)" } ?? scenario.name, settings: own?.settings ?? [])
        if scenarios.contains(where: { $0.variant?.name == scenario.variant?.name }) {
          throw Mismatch(
            path: scenario.path,
            reason: "another scenario is called '\(scenario.variant?.name ?? "")' too; give it another 'name'")
        }
        if let same = scenarios.first(where: { $0.digest == scenario.digest }) {
          throw Mismatch(path: scenario.path, reason: "it is the same scenario as \(same.path)")
        }
        scenarios.append(scenario)
      }
    }
    let joined = Study(scenarios)
    try joined.check()
    return joined
  }

  /// Why scenarios cannot be compared.
  public struct Mismatch: Error, Sendable, Equatable, CustomStringConvertible {
    public var path: String
    public var reason: String
    public var description: String { "\(path): error: \(reason)" }
  }

  /// Checks that results can be set side by side.
  func check() throws(Mismatch) {
    for other in scenarios.dropFirst() {
      if let reason = scenarios[0].difference(from: other) { throw Mismatch(path: other.path, reason: reason) }
    }
  }
}

extension ResolvedScenario {
  /// What results call its policies.
  public var labels: [String] { policies.isEmpty ? [Self.withoutPolicies] : policies.map(\.label) }

  /// What results call the policy of a scenario whose deployments all have their own.
  public static let withoutPolicies = "as configured"

  /// Why the results of another scenario cannot be set beside those of this one; nil when they can.
  func difference(from other: ResolvedScenario) -> String? {
    func names(_ scenario: ResolvedScenario) -> String { scenario.servedNames.joined(separator: ", ") }
    let title = other.variant?.name ?? other.name
    let own = variant?.name ?? name
    if names(self) != names(other) {
      return "'\(title)' has the deployments \(names(other)), and '\(own)' \(names(self)); what is compared needs the "
        + "same"
    }
    if requestGroups != other.requestGroups {
      return "'\(title)' sends other classes of requests than '\(own)'; what is compared needs the same"
    }
    if seed != other.seed {
      return "'\(title)' has seed \(other.seed), and '\(own)' \(seed); '--seed' gives both the same random numbers"
    }
    if replications != other.replications {
      return "'\(title)' has \(other.replications) replications, and '\(own)' \(replications); '--replications' gives "
        + "both as many"
    }
    return nil
  }

  /// The deployments and classes that requests are sent to, in the order of the streams: what figures are told of.
  private var requestGroups: [RequestGroup] {
    var groups: [RequestGroup] = []
    for stream in streams {
      for requestClass in stream.requestClasses {
        let group = RequestGroup(deployment: stream.deployment, isOnline: requestClass == .online)
        if !groups.contains(group) { groups.append(group) }
      }
    }
    return groups.sorted { ($0.deployment, $0.isOnline ? 0 : 1) < ($1.deployment, $1.isOnline ? 0 : 1) }
  }

  private struct RequestGroup: Equatable {
    var deployment: Int
    var isOnline: Bool
  }
}
