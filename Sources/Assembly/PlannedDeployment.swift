import Hardware
import Models
import Scenario
import StepTime

/// A deployment with its memory divided and its step times bound: what every policy's run of it shares.
public struct PlannedDeployment: Sendable {
  public var name: String
  public var resolved: ResolvedDeployment
  public var server: ServerSpec
  /// GPUs of each replica, numbered through all servers.
  public var replicas: [[Int]]
  /// Memory of each GPU, before anything is lent.
  public var budget: MemoryBudget
  /// KV memory lent to peers, bytes per GPU.
  public var lentBytesPerGPU: Int64
  /// Blocks of each replica's own KV pool.
  public var keyValueBlocks: Int
  /// Step times and where they come from.
  public var step: BoundStep
  public var engineCosts: EngineCosts
  /// For each replica, the GPU that each of its GPUs can page to; empty where nobody lends.
  public var lenders: [[Int]]
  /// For each replica, how many blocks fit into what its lenders give it.
  public var peerBlocks: [Int]
  /// Blocks that the pinned host memory of a replica holds.
  public var hostBlocks: Int

  /// The contiguous piece of KV in paged memory: one block of one layer, K or V, on one GPU.
  public var fragmentBytes: Int64 {
    var pieces = Int64(resolved.model.layerCount)
    if case .latent = resolved.model.attention {} else { pieces *= 2 }
    return max(1, budget.blockBytes / pieces)
  }
}
