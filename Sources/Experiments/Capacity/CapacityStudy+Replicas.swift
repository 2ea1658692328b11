import Metrics
import Scenario

extension CapacityStudy {
  /// A candidate for each policy of each variant: how few replicas of a deployment carry its load.
  ///
  /// - Parameters:
  ///   - deployment: the deployment's name.
  ///   - source: where the scenario with so many replicas comes from. More than fit on its servers are not tried.
  /// - Throws: `ScenarioSource.Unresolvable` when not even one replica can be placed; `UnknownDeployment`.
  public static func replicas(of deployment: String, in source: ScenarioSource) throws -> [Candidate] {
    let study = try source.study()
    return try study.scenarios.flatMap { scenario -> [Candidate] in
      guard let index = scenario.deployments.firstIndex(where: { $0.name == deployment }) else {
        throw UnknownDeployment(name: deployment, known: scenario.deployments.map(\.name))
      }
      let variant = scenario.variant
      let resolve: @Sendable (Int) throws(ScenarioSource.Unresolvable) -> ResolvedScenario = {
        count throws(ScenarioSource.Unresolvable) in
        try source.scenario(variant, with: [("deployments.\(deployment).replicas", "\(count)")])
      }
      let most = try mostReplicas(resolve)
      let start = min(most, max(1, scenario.deployments[index].placement.count))
      let policies: [Int?] = scenario.policies.isEmpty ? [nil] : Array(scenario.policies.indices)
      return zip(policies, scenario.labels).map { policy, label in
        Candidate(
          alternative: Alternative(policy: label, variant: variant), range: -most ... -1, start: -start,
          leap: { $1 ? $0 / 2 : $0 * 2 }, scenario: { try resolve(-$0).only(policy: policy) },
          value: { Double(-$0) })
      }
    }
  }

  /// A deployment that the scenario does not have.
  public struct UnknownDeployment: Error, Sendable, Equatable {
    public var name: String
    public var known: [String]
  }

  /// How many replicas can be placed: doubled until they cannot, then halved in between.
  static func mostReplicas(
    _ resolve: (Int) throws(ScenarioSource.Unresolvable) -> ResolvedScenario
  ) throws(ScenarioSource.Unresolvable) -> Int {
    _ = try resolve(1)
    func fits(_ count: Int) -> Bool { (try? resolve(count)) != nil }
    var fitting = 1
    while fitting < mostTried, fits(2 * fitting) { fitting *= 2 }
    var tooMany = 2 * fitting
    while tooMany - fitting > 1 {
      let middle = (fitting + tooMany) / 2
      if fits(middle) { fitting = middle } else { tooMany = middle }
    }
    return fitting
  }

  private static let mostTried = 65_536
}
