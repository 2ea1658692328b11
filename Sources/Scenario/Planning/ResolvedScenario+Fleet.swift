import Assembly
import Cluster
import Hardware
import SimCore

extension ResolvedScenario {
  /// The fleet's changes, replica by replica.
  func fleetChanges(_ deployments: [PlannedDeployment]) -> [FleetChange] {
    fleet.flatMap { change in
      let time = SimTime.zero + change.time
      let actions: [FleetChange.Action] =
        switch change.action {
        case .add(let placement, let startUp):
          placement.map { place in
            .add(
              ReplicaPlan(
                gpus: gpuNumbers(of: place), server: place.server, hostBlocks: deployments[change.deployment].hostBlocks
              ),
              startUp: startUp)
          }
        case .drain(let replicas, let handsOver): replicas.map { .drain(replica: $0, handsOver: handsOver) }
        case .remove(let replicas, let handsOver): replicas.map { .remove(replica: $0, handsOver: handsOver) }
        }
      return actions.map { FleetChange(at: time, deployment: change.deployment, $0) }
    }
  }

  /// Where replicas of a deployment run that are added in the course of a run.
  func laterPlacement(ofDeployment index: Int) -> [ReplicaPlacement] {
    fleet.flatMap { change -> [ReplicaPlacement] in
      guard change.deployment == index, case .add(let placement, _) = change.action else { return [] }
      return placement
    }
  }

  /// A replica's GPUs, numbered through all servers.
  private func gpuNumbers(of place: ReplicaPlacement) -> [Int] {
    let offset = servers[..<place.server].reduce(0) { $0 + $1.gpuCount }
    return place.gpus.map { $0 + offset }
  }
}
