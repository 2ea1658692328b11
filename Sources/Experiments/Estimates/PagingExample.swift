import Assembly
import Cluster
import Hardware
import Network
import SimCore
import StepTime

/// What it takes to move a typical sequence off a replica and back, with the links to itself.
package struct PagingExample {
  /// For example `host, PCIe`.
  package var place: String
  /// Memory that a peer lends; else the host's.
  package var isPeer: Bool
  package var blocks: Int
  /// On all GPUs of the replica together.
  package var bytes: Int64
  package var out: SimDuration
  package var back: SimDuration

  /// One for every tier that the first replica can page to.
  ///
  /// - Parameter tokens: held by the sequence.
  package static func all(
    for deployment: PlannedDeployment, servers: [ServerSpec], joinedBy network: ClusterNetworkSpec, tokens: Double
  ) -> [PagingExample] {
    guard let gpus = deployment.replicas.first else { return [] }
    let blocks = max(1, Int((tokens / Double(deployment.budget.blockSize)).rounded(.up)))
    var examples: [PagingExample] = []
    let network = TransferNetwork(servers, network: network)
    func example(_ place: String, isPeer: Bool, _ outside: (Int) -> Endpoint) -> PagingExample {
      func time(_ inbound: Bool) -> SimDuration {
        var network = network
        for (rank, gpu) in gpus.enumerated() {
          var mode = TransferMode(deployment.description.paging.transfer)
          // As in a run: a lender or the host keeps one buffer, so only the owner gathers and scatters.
          if mode == .coalesced { mode = inbound ? .scattered : .gathered }
          network.start(
            from: inbound ? outside(rank) : .gpu(gpu), to: inbound ? .gpu(gpu) : outside(rank),
            bytes: Int64(blocks) * deployment.budget.blockBytes,
            fragmentBytes: mode == .blockwise ? deployment.budget.blockBytes : deployment.engine.fragmentBytes,
            mode: mode, pulled: inbound, at: .zero)
        }
        var completions: ContiguousArray<TransferCompletion> = []
        while network.nextChange != .never { network.advance(to: network.nextChange, into: &completions) }
        return (completions.last?.time ?? .zero) - .zero
      }
      return PagingExample(
        place: place, isPeer: isPeer, blocks: blocks,
        bytes: Int64(blocks) * deployment.budget.blockBytes * Int64(gpus.count),
        out: time(false), back: time(true))
    }
    if let lenders = deployment.lenders.first, lenders.count == gpus.count {
      let link = network.medium(from: gpus[0], to: lenders[0])?.inWords ?? "PCIe"
      examples.append(example("peer GPU, \(link)", isPeer: true) { .gpu(lenders[$0]) })
    }
    if deployment.hostBlocks > 0 {
      examples.append(example("host, PCIe", isPeer: false) { _ in .hostMemory(server: deployment.description.server) })
    }
    return examples
  }
}
