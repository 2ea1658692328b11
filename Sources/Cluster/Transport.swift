import Hardware
import Network
import Replica
import SimCore

/// What a group of flows carries, so that its end can be applied to the right sequences.
enum CargoKind: UInt8, Sendable {
  case pageOut
  case fetch
  case checkpoint
  /// From a peer that wants its memory back to host memory.
  case evacuation
  /// From a replica that takes leave to another.
  case handOver
}

/// One sequence's part in a group of flows.
struct CargoItem: Sendable, BitwiseCopyable {
  var slot: Int32
  /// The request that was in the slot; the slot may have a new tenant by the time the flows end.
  var request: Int64
  /// Local blocks that travel or are awaited.
  var blocks: Int32
  /// Tokens whose copy is complete once the flows end.
  var tokens: Int32
  /// Checkpoints: the tokens before those that travel; the copy is whole only if they are there already.
  var after: Int32 = 0
  /// Checkpoints: how often the sequence had lost its place when they left; another count means another KV.
  var generation: Int32 = 0
}

/// Flows that belong together and end together: one per GPU of a replica.
struct Shipment: Sendable {
  /// The engine that sends it, or for which it moves.
  var replica: Int
  var kind: CargoKind
  /// Those not yet finished.
  var flows: ContiguousArray<FlowID> = []
  /// Of a hand-over, slots are the recipient's.
  var cargo: ContiguousArray<CargoItem>
  /// Of a hand-over, the engine that receives it, and what is in flight where it comes from.
  var recipient = -1
  var tier = MemoryTier.local
  var blocksLeft = 0
}

/// KV that an engine wants moved, an equal part on each of its GPUs.
struct ShipmentOrder: Sendable {
  var kind: CargoKind
  /// The end outside the engine's GPUs.
  var tier: MemoryTier
  var bytesPerGPU: Int64
  var cargo: ContiguousArray<CargoItem>
}

/// The link network of the cluster and the shipments under way on it.
struct Transport: Sendable {
  var network: TransferNetwork
  private var shipments: ContiguousArray<Shipment> = []
  private var vacant: ContiguousArray<Int> = []
  private var completions: ContiguousArray<TransferCompletion> = []
  /// For each engine, the standing flows of its checkpoints, one per GPU.
  private var checkpointStreams: ContiguousArray<ContiguousArray<FlowID>> = []
  /// Whether rates may have changed since the cluster last adjusted the engines' pace.
  var changed = false

  init(servers: [ServerSpec], network: ClusterNetworkSpec) {
    self.network = TransferNetwork(servers, network: network)
  }

  /// Starts the flows of a shipment: one per GPU of the engine.
  mutating func ship(
    _ order: ShipmentOrder, of engine: Int, _ deployment: DeploymentPlan, _ place: ReplicaPlan, at time: SimTime
  ) {
    let tag = open(Shipment(replica: engine, kind: order.kind, cargo: order.cargo))
    for (rank, gpu) in place.gpus.enumerated() {
      let outside: Endpoint =
        order.tier == .peer ? .gpu(place.lenders[rank]) : .hostMemory(server: place.server)
      // A coalesced copy to a lender stays one buffer there, so only this engine's GPU gathers and scatters.
      let (source, destination, mode): (Endpoint, Endpoint, TransferMode) =
        switch order.kind {
        case .pageOut: (.gpu(gpu), outside, deployment.transferMode == .coalesced ? .gathered : deployment.transferMode)
        case .fetch: (outside, .gpu(gpu), deployment.transferMode == .coalesced ? .scattered : deployment.transferMode)
        case .checkpoint: (.gpu(gpu), outside, .gathered)
        case .evacuation: (.gpu(place.lenders[rank]), outside, .coalesced)
        case .handOver: preconditionFailure("a hand-over has two replicas")
        }
      shipments[Int(tag)].flows.append(
        network.start(
          from: source, to: destination, bytes: order.bytesPerGPU, fragmentBytes: deployment.fragmentBytes, mode: mode,
          pulled: order.kind == .fetch, at: time, tag: tag))
    }
    changed = true
  }

  /// Sends KV from a replica, or from a tier where it has paged it, to another of the same deployment: each GPU's
  /// part to the GPU of the same rank.
  ///
  /// - Parameters:
  ///   - blocks: how many travel.
  ///   - blocksLeft: blocks that are in flight where they come from.
  /// - Returns: the bytes of all GPUs together.
  mutating func handOver(
    from source: Engine, to target: Engine, _ tier: MemoryTier, blocks: Int, blocksLeft: Int,
    _ cargo: ContiguousArray<CargoItem>, at time: SimTime
  ) -> Int64 {
    let tag = open(
      Shipment(
        replica: source.index, kind: .handOver, cargo: cargo, recipient: target.index, tier: tier,
        blocksLeft: blocksLeft))
    let plan = source.plan
    let bytes = Int64(blocks) * plan.blockBytesPerGPU
    for (rank, gpu) in target.place.gpus.enumerated() {
      let end: Endpoint =
        switch tier {
        case .local: .gpu(source.place.gpus[rank])
        case .peer: .gpu(source.place.lenders[rank])
        case .host: .hostMemory(server: source.place.server)
        }
      // What a tier holds is one buffer already. No kernel writes over a network.
      var mode = plan.transferMode
      if mode == .kernel, source.place.server != target.place.server { mode = .coalesced }
      if mode == .coalesced, tier != .local { mode = .scattered }
      shipments[Int(tag)].flows.append(
        network.start(
          from: end, to: .gpu(gpu), bytes: bytes, fragmentBytes: plan.fragmentBytes, mode: mode, at: time, tag: tag))
    }
    changed = true
    return bytes * Int64(target.place.gpus.count)
  }

  /// Ends all shipments that an engine sends, receives or has under way for itself, and takes them.
  mutating func abandon(of engine: Int, at time: SimTime) -> [Shipment] {
    var abandoned: [Shipment] = []
    for index in shipments.indices
    where !shipments[index].flows.isEmpty
      && (shipments[index].replica == engine || shipments[index].recipient == engine)
    {
      for flow in shipments[index].flows { network.stop(flow, at: time) }
      abandoned.append(shipments[index])
      close(index)
    }
    if !abandoned.isEmpty { changed = true }
    return abandoned
  }

  /// Sets the standing flow of an engine's checkpoints, on each of its GPUs; none at zero bytes per second.
  mutating func stream(bytesPerSecond rate: Double, of engine: Int, _ place: ReplicaPlan, at time: SimTime) {
    while checkpointStreams.count <= engine { checkpointStreams.append([]) }
    changed = true
    if rate == 0 {
      for flow in checkpointStreams[engine] { network.stop(flow, at: time) }
      checkpointStreams[engine].removeAll(keepingCapacity: true)
    } else if checkpointStreams[engine].isEmpty {
      for gpu in place.gpus {
        checkpointStreams[engine].append(
          network.startStream(
            from: .gpu(gpu), to: .hostMemory(server: place.server), bytesPerSecond: rate, mode: .gathered, at: time))
      }
    } else {
      for flow in checkpointStreams[engine] { network.updateStream(flow, bytesPerSecond: rate, at: time) }
    }
  }

  /// Announces a shipment; its flows carry the returned tag.
  private mutating func open(_ shipment: Shipment) -> Int64 {
    if let index = vacant.popLast() {
      shipments[index] = shipment
      return Int64(index)
    }
    shipments.append(shipment)
    return Int64(shipments.count - 1)
  }

  /// Carries the network to `time` and takes the shipments that are complete by then, in order of completion.
  mutating func advance(to time: SimTime, complete: inout ContiguousArray<Shipment>) {
    completions.removeAll(keepingCapacity: true)
    network.advance(to: time, into: &completions)
    changed = true
    for completion in completions {
      let index = Int(completion.tag)
      shipments[index].flows.removeAll { $0 == completion.flow }
      if shipments[index].flows.isEmpty {
        complete.append(shipments[index])
        close(index)
      }
    }
  }

  private mutating func close(_ index: Int) {
    shipments[index].flows = []
    shipments[index].cargo = []
    vacant.append(index)
  }
}
