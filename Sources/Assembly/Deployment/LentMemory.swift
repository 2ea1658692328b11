import Hardware
import StepTime

extension [PlannedDeployment] {
  /// Servers whose host memory does not hold what deployments would pin.
  func hostMemoryProblems(_ servers: [ServerSpec]) -> [String] {
    var problems: [String] = []
    for (index, server) in servers.enumerated() {
      var pinned: Int64 = 0
      for deployment in self where deployment.description.server == index {
        let gpus = deployment.replicas.reduce(0) { $0 + $1.count }
        pinned += deployment.description.swapSpace * Int64(gpus)
      }
      if Double(pinned) > server.host.memory.value {
        problems.append(
          "server '\(server.name)': 'swap_space' of all deployments adds up to \(gigabytes(pinned)), more than its "
            + "\(gigabytes(Int64(server.host.memory.value))) of host memory")
      }
    }
    return problems
  }

  /// Divides what lenders offer among the GPUs that may page there.
  ///
  /// Each borrowing GPU is given one lending GPU, in turn, as AQUA pairs them; borrowers of one lender share what it
  /// offers evenly. A deployment that pages to peers under none of its policies borrows nothing.
  mutating func shareLentMemory() {
    var borrowers: [Int: Int] = [:]
    var assignments: [(deployment: Int, replica: Int, gpus: [Int])] = []
    var turn: [[Int]: Int] = [:]
    var offered: [Int: Int64] = [:]
    for index in indices where self[index].description.pagesToPeers {
      let lenderIndices = self[index].description.paging.lenders
      var gpus: [Int] = []
      for lender in lenderIndices {
        for gpu in self[lender].replicas.flatMap({ $0 }) {
          gpus.append(gpu)
          offered[gpu] = self[lender].lentBytesPerGPU
        }
      }
      guard !gpus.isEmpty else { continue }
      for replica in self[index].replicas.indices {
        var chosen: [Int] = []
        for _ in self[index].replicas[replica] {
          let next = turn[lenderIndices, default: 0]
          turn[lenderIndices] = next + 1
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
