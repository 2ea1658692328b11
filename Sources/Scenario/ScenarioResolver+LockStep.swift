import Configuration
import Models
import Scheduling

extension ScenarioResolver {
  /// Replicas that share experts iterate together: what would hold one of them up is refused.
  func checkLockStep(policies: [ResolvedPolicy]) {
    for (index, value) in map.list("deployments").enumerated() {
      guard let map = value.map, index < deployments.count, let deployment = deployments[index],
        deployment.engine.sharesExperts
      else { continue }
      let position = map.map("engine")?.position(of: "enable_expert_parallel") ?? value.position
      func refuse(_ why: String) { error(position, "'enable_expert_parallel' of '\(deployment.name)': \(why)") }
      if deployment.model.experts == nil { refuse("\(deployment.model.name) is no mixture of experts") }
      if deployment.placement.count < 2 { refuse("experts are shared by 'replicas', and there is one") }
      if deployment.lending != nil { refuse("replicas in lock step lend no memory") }
      if map.map("paging")?.text("destination") == "peer" { refuse("replicas in lock step page to no peers") }
      if deployment.engine.adapters != nil || map.map("paging")?.boolean("stored_prefixes") == true {
        refuse("replicas in lock step fetch neither adapters nor prefixes")
      }
      for policy in deployment.policy.map({ [$0] }) ?? policies {
        let traits = policy.type.descriptor.traits
        let canOffload = policy.type.descriptor.parameters.contains { $0.name == "kv_offloading" }
        if canOffload, policy.parameters.boolean("kv_offloading") {
          refuse("'kv_offloading' of '\(policy.label)' pages KV, which lock step does not allow")
        } else if !traits.isDisjoint(with: [.pages, .checkpoints, .abortsIterations]) {
          refuse("under '\(policy.label)' a replica may page KV or give up iterations, which lock step does not allow")
        }
      }
    }
  }
}
