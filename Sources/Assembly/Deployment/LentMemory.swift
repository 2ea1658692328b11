import Hardware
import StepTime
import TextIO

extension [PlannedDeployment] {
  /// Servers whose host memory does not hold what deployments would pin.
  func hostMemoryProblems(_ servers: [ServerSpec]) -> [String] {
    var problems: [String] = []
    for (index, server) in servers.enumerated() {
      var pinned: Int64 = 0
      for deployment in self {
        let gpus = Set(
          (deployment.description.placement + deployment.description.laterPlacement)
            .filter { $0.server == index }.flatMap(\.gpus)
        ).count
        pinned += deployment.description.swapSpace * Int64(gpus)
      }
      if Double(pinned) > server.host.memory.value {
        problems.append(
          "server '\(server.name)': 'swap_space' of all deployments adds up to \(Printable.gigabytes(pinned)), "
            + "more than its \(Printable.gigabytes(Int64(server.host.memory.value))) of host memory")
      }
    }
    return problems
  }

  /// Divides what lenders offer among the GPUs that may page there.
  ///
  /// Each borrowing GPU is given one lending GPU of its own server, in turn, as AQUA pairs them; where there is none
  /// and the deployment may page over the network, one of another server. Borrowers of one lender share what it offers
  /// evenly. A deployment that pages to peers under none of its policies borrows nothing.
  mutating func shareLentMemory() {
    var borrowers: [Int: Int] = [:]
    var assignments: [(deployment: Int, replica: Int, gpus: [Int])] = []
    var turn: [[Int]: Int] = [:]
    var offered: [Int: Int64] = [:]
    for index in indices where self[index].description.pagesToPeers {
      let borrower = self[index].description
      var lending: [(server: Int, gpu: Int)] = []
      for lender in borrower.paging.lenders {
        for (replica, gpus) in self[lender].replicas.enumerated() {
          for gpu in gpus {
            lending.append((self[lender].description.placement[replica].server, gpu))
            offered[gpu] = self[lender].lentBytesPerGPU
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
      let blockBytes = self[assignment.deployment].budget.blockBytes
      let blocks = assignment.gpus.map { gpu in
        Int((offered[gpu] ?? 0) / Int64(borrowers[gpu] ?? 1) / blockBytes)
      }
      self[assignment.deployment].lenders[assignment.replica] = assignment.gpus
      self[assignment.deployment].peerBlocks[assignment.replica] = blocks.min() ?? 0
    }
  }
}
