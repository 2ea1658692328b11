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
  /// From host memory to a peer that lends again.
  case returning
  /// From a replica that takes leave to another.
  case handOver
  /// The KV of a prefix that is kept off the GPU.
  case storedPrefix
  /// An adapter; as cargo it is the item's `request`.
  case adapter
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
  /// Checkpoints: which of the sequence's copies they are; later ones mean that these were given up.
  var generation: Int32 = 0
}

/// Flows that belong together and end together: one per GPU of a replica.
struct Shipment: Sendable {
  /// In the order of departure, from 0.
  var number: Int64 = 0
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

/// One engine's checkpoints on the links.
private struct CheckpointTraffic: Sendable {
  /// The one under way: its shipment, its flows, the bytes on each.
  var tag: Int64 = -1
  var flows: ContiguousArray<FlowID> = []
  var bytes: Int64 = 0
  /// Bytes of those that have ended.
  var moved: Int64 = 0
  /// When the one under way began.
  var began = SimTime.zero
  /// Time in which one was under way, those that have ended, and the longest of those that arrived.
  var busy = SimDuration.zero
  var longest = SimDuration.zero
}

/// What links have moved for an engine's checkpoints.
struct CheckpointWork: Sendable {
  /// Of all its GPUs together.
  var bytes: Int64
  /// Time in which a checkpoint was under way; they follow each other.
  var time: SimDuration
  /// From its start to its arrival, the longest.
  var longest: SimDuration
}

/// The link network of the cluster and the shipments under way on it.
struct Transport: Sendable {
  var network: TransferNetwork
  private var shipments: ContiguousArray<Shipment> = []
  private var vacant: ContiguousArray<Int> = []
  private var opened: Int64 = 0
  private var completions: ContiguousArray<TransferCompletion> = []
  /// For each engine, its checkpoints.
  private var checkpoints: ContiguousArray<CheckpointTraffic>
  /// Whether rates may have changed since the cluster last adjusted the engines' pace.
  var changed = false

  init(servers: [ServerSpec], network: ClusterNetworkSpec, engines: Int) {
    self.network = TransferNetwork(servers, network: network)
    checkpoints = ContiguousArray(repeating: CheckpointTraffic(), count: engines)
  }

  /// Makes room for the checkpoints of an engine that is added to the fleet.
  mutating func addEngine() { checkpoints.append(CheckpointTraffic()) }

  /// Starts the flows of a shipment: one per GPU of the engine.
  ///
  /// - Returns: the shipment's number in the run.
  @discardableResult
  mutating func ship(
    _ order: ShipmentOrder, of engine: Int, _ deployment: DeploymentPlan, _ place: ReplicaPlan, at time: SimTime
  ) -> Int64 {
    let tag = open(Shipment(replica: engine, kind: order.kind, cargo: order.cargo))
    changed = true
    if order.kind == .checkpoint {
      checkpoint(order, tag, of: engine, place, at: time)
      return shipments[Int(tag)].number
    }
    for transfer in Self.transfers(order.kind, order.tier, bytesPerGPU: order.bytesPerGPU, deployment, place) {
      shipments[Int(tag)].flows.append(
        network.start(
          from: transfer.source, to: transfer.destination, bytes: transfer.bytes,
          fragmentBytes: transfer.fragmentBytes, mode: transfer.mode, pulled: transfer.pulled, at: time, tag: tag))
    }
    return shipments[Int(tag)].number
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
        case .fetch, .storedPrefix:
          (outside, .gpu(gpu), deployment.transferMode == .coalesced ? .scattered : deployment.transferMode)
        // One buffer at both ends.
        case .adapter: (outside, .gpu(gpu), .fragmented)
        case .checkpoint: preconditionFailure("a checkpoint goes in the background")
        case .evacuation: (.gpu(place.lenders[rank]), outside, .coalesced)
        case .returning: (.hostMemory(server: place.server), outside, .gathered)
        case .handOver: preconditionFailure("a hand-over has two replicas")
        }
      return ProposedTransfer(
        from: source, to: destination, bytes: bytes,
        fragmentBytes: kind == .adapter ? adapterPiece(deployment, bytes) : deployment.pieceBytes(mode), mode: mode,
        pulled: kind == .fetch || kind == .storedPrefix || kind == .adapter)
    }
  }

  /// An adapter is copied matrix by matrix where KV is copied fragment by fragment; else as a whole.
  private static func adapterPiece(_ deployment: DeploymentPlan, _ bytes: Int64) -> Int64 {
    let piece = deployment.transferMode == .fragmented ? deployment.entrance.adapters?.pieceBytes : nil
    return max(1, piece ?? bytes)
  }

  /// Sends KV from a replica, or from a tier where it has paged it, to another of the same deployment: each GPU's
  /// part to the GPU of the same rank.
  ///
  /// - Parameters:
  ///   - blocks: how many travel.
  ///   - blocksLeft: blocks that are in flight where they come from.
  /// - Returns: the bytes of all GPUs together, and the shipment's number in the run.
  mutating func handOver(
    from source: Engine, to target: Engine, _ tier: MemoryTier, blocks: Int, blocksLeft: Int,
    _ cargo: ContiguousArray<CargoItem>, at time: SimTime
  ) -> (bytes: Int64, number: Int64) {
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
      // What a tier holds is one buffer already. No kernel writes over a network, and blocks are parked one by one with
      // a lender or the host only.
      var mode = plan.transferMode
      if mode == .kernel, source.place.server != target.place.server { mode = .coalesced }
      if mode == .blockwise { mode = .coalesced }
      if mode == .coalesced, tier != .local { mode = .scattered }
      shipments[Int(tag)].flows.append(
        network.start(
          from: end, to: .gpu(gpu), bytes: bytes, fragmentBytes: plan.fragmentBytes, mode: mode, at: time, tag: tag))
    }
    changed = true
    return (bytes * Int64(target.place.gpus.count), shipments[Int(tag)].number)
  }

  /// Ends all shipments that an engine sends, receives or has under way for itself, and takes them.
  mutating func abandon(of engine: Int, at time: SimTime) -> [Shipment] {
    var abandoned: [Shipment] = []
    for index in shipments.indices
    where !shipments[index].flows.isEmpty
      && (shipments[index].replica == engine || shipments[index].recipient == engine)
    {
      abandoned.append(shipments[index])
      if shipments[index].kind == .checkpoint {
        stopCheckpoint(of: shipments[index].replica, at: time)
      } else {
        for flow in shipments[index].flows { network.stop(flow, at: time) }
        close(index)
      }
    }
    if !abandoned.isEmpty { changed = true }
    return abandoned
  }

  // MARK: Checkpoints

  /// Starts the flows of an engine's next checkpoint, in the background.
  private mutating func checkpoint(
    _ order: ShipmentOrder, _ tag: Int64, of engine: Int, _ place: ReplicaPlan, at time: SimTime
  ) {
    checkpoints[engine].tag = tag
    checkpoints[engine].began = time
    checkpoints[engine].bytes = order.bytesPerGPU
    for gpu in place.gpus {
      let flow = network.startInBackground(
        from: .gpu(gpu), to: .hostMemory(server: place.server), bytes: order.bytesPerGPU, at: time, tag: tag)
      shipments[Int(tag)].flows.append(flow)
      checkpoints[engine].flows.append(flow)
    }
  }

  private mutating func endCheckpoint(of engine: Int, at time: SimTime) {
    let duration = time - checkpoints[engine].began
    checkpoints[engine].busy += duration
    checkpoints[engine].longest = max(checkpoints[engine].longest, duration)
    checkpoints[engine].moved += checkpoints[engine].bytes * Int64(checkpoints[engine].flows.count)
    checkpoints[engine].flows.removeAll(keepingCapacity: true)
  }

  /// Stops an engine's checkpoint that is under way.
  ///
  /// - Returns: the shipment's number in the run.
  @discardableResult
  mutating func stopCheckpoint(of engine: Int, at time: SimTime) -> Int64 {
    changed = true
    checkpoints[engine].busy += time - checkpoints[engine].began
    for flow in checkpoints[engine].flows {
      checkpoints[engine].moved += network.stop(flow, at: time) ?? checkpoints[engine].bytes
    }
    checkpoints[engine].flows.removeAll(keepingCapacity: true)
    let index = Int(checkpoints[engine].tag)
    close(index)
    return shipments[index].number
  }

  /// What links have moved for an engine's checkpoints by `time`.
  func checkpointWork(of engine: Int, at time: SimTime) -> CheckpointWork {
    let traffic = checkpoints[engine]
    return CheckpointWork(
      bytes: traffic.flows.reduce(traffic.moved) { $0 + (network.bytesMoved(by: $1, at: time) ?? traffic.bytes) },
      time: traffic.flows.isEmpty ? traffic.busy : traffic.busy + (time - traffic.began), longest: traffic.longest)
  }

  /// Announces a shipment; its flows carry the returned tag.
  private mutating func open(_ shipment: Shipment) -> Int64 {
    var shipment = shipment
    shipment.number = opened
    opened += 1
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
        if shipments[index].kind == .checkpoint {
          endCheckpoint(of: shipments[index].replica, at: completion.time)
        }
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

extension DeploymentPlan {
  /// The bytes on each GPU of what a transfer moves as one piece.
  fileprivate func pieceBytes(_ mode: TransferMode) -> Int64 {
    mode == .blockwise ? blockBytesPerGPU : fragmentBytes
  }
}
