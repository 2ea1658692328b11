import Configuration
import Scenario
import Scheduling

/// Where random scenarios come from, and what they are held against.
public struct FuzzSession: Sendable {
  public let policies: PolicyCatalogue
  let section: Section
  let check: ScenarioCheck

  /// - Parameters:
  ///   - policies: those that scenarios may name.
  ///   - metrics: the keys of results.
  ///   - seconds: of a case at most, all of its runs together.
  public init(policies: PolicyCatalogue, metrics: [String], seconds: Double = 5) {
    self.policies = policies
    section = ScenarioSchema.section(policies: policies, metrics: metrics)
    check = ScenarioCheck(policies: policies, metrics: metrics, seconds: seconds)
  }

  /// Every key that scenarios can have.
  public var keys: Set<String> { ScenarioPlaces.names(in: section) }

  /// The scenario of a seed.
  public func text(of seed: UInt64) -> String { made(seed).text }

  func made(_ seed: UInt64) -> ScenarioCase { ScenarioCase(seed: seed, section: section, accepts: check.accepts) }
}
