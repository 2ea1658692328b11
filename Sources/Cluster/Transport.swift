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
  var replica: Int
  var kind: CargoKind
  var flows: Int
  var cargo: ContiguousArray<CargoItem>
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

  init(servers: [ServerSpec]) { network = TransferNetwork(servers) }

  /// Starts the flows of a shipment: one per GPU of the engine.
  mutating func ship(
    _ order: ShipmentOrder, of engine: Int, _ deployment: DeploymentPlan, _ place: ReplicaPlan, at time: SimTime
  ) {
    let tag = open(replica: engine, kind: order.kind, cargo: order.cargo)
    for transfer in Self.transfers(order.kind, order.tier, bytesPerGPU: order.bytesPerGPU, deployment, place) {
      shipments[Int(tag)].flows += 1
      network.start(
        from: transfer.source, to: transfer.destination, bytes: transfer.bytes, fragmentBytes: transfer.fragmentBytes,
        mode: transfer.mode, pulled: transfer.pulled, at: time, tag: tag)
    }
    changed = true
  }

  /// How long a shipment would take that left at `time`, were nothing else to start; nil when nothing joins its ends.
  func predictedTime(
    _ kind: CargoKind, _ tier: MemoryTier, blocks: Int, of deployment: DeploymentPlan, _ place: ReplicaPlan,
    at time: SimTime
  ) -> SimDuration? {
    if tier == .peer && place.lenders.count < place.gpus.count || tier == .local { return nil }
    return network.predictedDuration(
      of: Self.transfers(kind, tier, bytesPerGPU: Int64(blocks) * deployment.blockBytesPerGPU, deployment, place),
      at: time)
  }

  /// The transfers of a shipment, one for each GPU of the engine.
  private static func transfers(
    _ kind: CargoKind, _ tier: MemoryTier, bytesPerGPU bytes: Int64, _ deployment: DeploymentPlan, _ place: ReplicaPlan
  ) -> [ProposedTransfer] {
    place.gpus.enumerated().map { rank, gpu in
      let outside: Endpoint = tier == .peer ? .gpu(place.lenders[rank]) : .hostMemory(server: place.server)
      // A coalesced copy to a lender stays one buffer there, so only this engine's GPU gathers and scatters.
      let (source, destination, mode): (Endpoint, Endpoint, TransferMode) =
        switch kind {
        case .pageOut: (.gpu(gpu), outside, deployment.transferMode == .coalesced ? .gathered : deployment.transferMode)
        case .fetch: (outside, .gpu(gpu), deployment.transferMode == .coalesced ? .scattered : deployment.transferMode)
        case .checkpoint: (.gpu(gpu), outside, .gathered)
        case .evacuation: (.gpu(place.lenders[rank]), outside, .coalesced)
        }
      return ProposedTransfer(
        from: source, to: destination, bytes: bytes, fragmentBytes: deployment.fragmentBytes, mode: mode,
        pulled: kind == .fetch)
    }
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
  private mutating func open(replica: Int, kind: CargoKind, cargo: ContiguousArray<CargoItem>) -> Int64 {
    let shipment = Shipment(replica: replica, kind: kind, flows: 0, cargo: cargo)
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
      shipments[index].flows -= 1
      if shipments[index].flows == 0 {
        complete.append(shipments[index])
        shipments[index].cargo = []
        vacant.append(index)
      }
    }
  }
}
