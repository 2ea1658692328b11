import Cluster
import Hardware
import Scenario
import SimCore
import StepTime

extension ResolvedScenario {
  /// The GPUs of each replica, numbered through all servers.
  func gpuNumbers(of placement: [ReplicaPlacement]) -> [[Int]] {
    var first: [Int] = []
    var count = 0
    for server in servers {
      first.append(count)
      count += server.gpuCount
    }
    return placement.map { replica in replica.gpus.map { $0 + first[replica.server] } }
  }
}

extension ResolvedScenario {
  /// The fleet's changes, replica by replica.
  func fleetChanges(_ deployments: [PlannedDeployment]) -> [FleetChange] {
    fleet.flatMap { change in
      let time = SimTime.zero + change.time
      let actions: [FleetChange.Action] =
        switch change.action {
        case .add(let placement, let startUp):
          zip(placement, gpuNumbers(of: placement)).map { place, gpus in
            .add(
              ReplicaPlan(
                gpus: gpus, server: place.server, hostBlocks: deployments[change.deployment].hostBlocks),
              startUp: startUp)
          }
        case .drain(let replicas, let handsOver): replicas.map { .drain(replica: $0, handsOver: handsOver) }
        case .remove(let replicas, let handsOver): replicas.map { .remove(replica: $0, handsOver: handsOver) }
        }
      return actions.map { FleetChange(at: time, deployment: change.deployment, $0) }
    }
  }

  /// GPUs of a server that replicas of a deployment have at any time.
  func gpuCount(of deployment: Int, onServer server: Int) -> Int {
    var gpus = Set<Int>()
    for replica in deployments[deployment].placement where replica.server == server { gpus.formUnion(replica.gpus) }
    for change in fleet where change.deployment == deployment {
      guard case .add(let placement, _) = change.action else { continue }
      for replica in placement where replica.server == server { gpus.formUnion(replica.gpus) }
    }
    return gpus.count
  }
}

extension Planner {
  /// Divides what lenders offer among the GPUs that may page there.
  ///
  /// Each borrowing GPU is given one lending GPU of its own server, in turn, as AQUA pairs them; where there is none
  /// and the deployment may page over the network, one of another server. Borrowers of one lender share what it
  /// offers evenly. A deployment that pages to peers under none of its policies borrows nothing.
  static func shareLentMemory(among deployments: inout [PlannedDeployment], in scenario: ResolvedScenario) {
    var borrowers: [Int: Int] = [:]
    var assignments: [(deployment: Int, replica: Int, gpus: [Int])] = []
    var turn: [[Int]: Int] = [:]
    var offered: [Int: Int64] = [:]
    for index in deployments.indices where pagesToPeers(deployments[index].resolved, in: scenario) {
      let borrower = deployments[index].resolved
      var lending: [(server: Int, gpu: Int)] = []
      for lender in borrower.paging.lenders {
        for (replica, gpus) in deployments[lender].replicas.enumerated() {
          for gpu in gpus {
            lending.append((deployments[lender].resolved.placement[replica].server, gpu))
            offered[gpu] = deployments[lender].lentBytesPerGPU
          }
        }
      }
      for (replica, place) in borrower.placement.enumerated() {
        var gpus = lending.filter { $0.server == place.server }.map(\.gpu)
        if gpus.isEmpty, borrower.paging.usesNetwork { gpus = lending.map(\.gpu) }
        guard !gpus.isEmpty else { continue }
        var chosen: [Int] = []
        for _ in place.gpus {
          let next = turn[gpus, default: 0]
          turn[gpus] = next + 1
          let gpu = gpus[next % gpus.count]
          chosen.append(gpu)
          borrowers[gpu, default: 0] += 1
        }
        assignments.append((index, replica, chosen))
      }
    }
    for assignment in assignments {
      let blockBytes = deployments[assignment.deployment].budget.blockBytes
      let blocks = assignment.gpus.map { gpu in
        Int((offered[gpu] ?? 0) / Int64(borrowers[gpu] ?? 1) / blockBytes)
      }
      deployments[assignment.deployment].lenders[assignment.replica] = assignment.gpus
      deployments[assignment.deployment].peerBlocks[assignment.replica] = blocks.min() ?? 0
    }
  }
}
