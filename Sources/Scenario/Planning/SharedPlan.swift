import Assembly
import Catalogue
import Hardware
import SimCore
import StepTime

/// What the runs of a scenario under policies on the same engines have in common, whatever their load:
/// deployments with their step times and memory, and what results say of those.
public struct SharedPlan: Sendable {
  public let deployments: [PlannedDeployment]
  public let services: [PlannedService]
  /// The names of the profiles that step times come from, joined.
  let profileName: String
  /// SHA-256 of their texts.
  let profileDigest: String
  /// Estimates that rest on no measurement of the shape at hand.
  let warnings: [String]

  /// - Parameter policy: index into the scenario's policies; nil where every deployment has its own.
  /// - Throws: `PlanningError` with everything that does not fit.
  public init(of scenario: ResolvedScenario, policy: Int?) throws(PlanningError) {
    deployments = try Planner.deployments(of: scenario, under: policy.map { scenario.policies[$0] })
    services = scenario.plannedServices
    var names: [String] = []
    // What is measured on the machine, or else a file of the catalogue, or else nothing but the GPU.
    var texts: [(measured: String?, path: String, gpu: String)] = []
    for deployment in deployments {
      let gpu = deployment.server.gpu.name
      let profile = deployment.server.profile?.path ?? deployment.description.engine.kernels.name ?? "roofline"
      if names.contains(profile) { continue }
      names.append(profile)
      texts.append((deployment.server.profile?.text, "profiles/\(profile).csv", gpu))
    }
    profileName = names.joined(separator: "+")
    if texts.count == 1, texts[0].measured == nil, let digest = Catalogue.digest(of: texts[0].path) {
      profileDigest = digest
    } else {
      let text = texts.map { $0.measured ?? Catalogue.text($0.path) ?? $0.gpu }.joined()
      profileDigest = SHA256.hexadecimal(of: text.utf8)
    }
    warnings = Planner.warnings(about: deployments)
  }
}

/// The plans of scenarios of one study, as their reader made them: those that differ only in their load share one.
public final class SharedPlans: Sendable {
  private struct Key: Hashable {
    var deployments: String
    var engines: [EngineUse]
  }

  private let known = Memo<Key, SharedPlan>(limit: 64)

  public init() {}

  /// - Throws: `PlanningError`.
  public func plan(of scenario: ResolvedScenario, policy: Int?) throws(PlanningError) -> SharedPlan {
    // With kernel times of one's own, lengths of the scenario's requests may go into step times.
    let ownKernels = scenario.deployments.contains { $0.engine.kernels != nil }
    let text = ownKernels ? "seed: \(scenario.seed)\n" + scenario.pointText : scenario.deploymentText
    let key = Key(deployments: text, engines: scenario.engines(under: policy))
    return try known.value(for: key) { () throws(PlanningError) in try SharedPlan(of: scenario, policy: policy) }
  }
}

/// What a deployment's step times depend on under a policy.
struct EngineUse: Hashable {
  var settings: EngineSettings
  /// Whether it plans ahead, which is the policy's and changes what the host costs.
  var plansAhead: Bool
}

extension ResolvedScenario {
  /// The engine of each deployment when a policy is compared.
  func engines(under policy: Int?) -> [EngineUse] {
    let compared = policy.map { policies[$0] }
    return deployments.map { deployment in
      let own = deployment.policy ?? compared
      let settings = deployment.engine(under: own)
      return EngineUse(settings: settings, plansAhead: own?.plansAhead(on: settings) ?? false)
    }
  }
}
