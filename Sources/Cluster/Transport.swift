import Hardware
import Network
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
  /// Checkpoints: which of the sequence's copies they are; later ones mean that these were given up.
  var generation: Int32 = 0
}

/// Flows that belong together and end together: one per GPU of a replica.
struct Shipment: Sendable {
  var replica: Int
  var kind: CargoKind
  var flows: Int
  var cargo: ContiguousArray<CargoItem>
}

/// The link network of the cluster and the shipments under way on it.
struct Transport: Sendable {
  var network: TransferNetwork
  private var shipments: ContiguousArray<Shipment> = []
  private var vacant: ContiguousArray<Int> = []
  private var completions: ContiguousArray<TransferCompletion> = []
  /// Whether rates may have changed since the cluster last adjusted the engines' pace.
  var changed = false

  init(servers: [ServerSpec]) { network = TransferNetwork(servers) }

  /// Announces a shipment; its flows carry the returned tag.
  mutating func open(replica: Int, kind: CargoKind, cargo: ContiguousArray<CargoItem>) -> Int64 {
    let shipment = Shipment(replica: replica, kind: kind, flows: 0, cargo: cargo)
    if let index = vacant.popLast() {
      shipments[index] = shipment
      return Int64(index)
    }
    shipments.append(shipment)
    return Int64(shipments.count - 1)
  }

  /// Starts one flow of a shipment that nobody waits for; the flow.
  mutating func shipInBackground(
    _ tag: Int64, from source: Endpoint, to destination: Endpoint, bytes: Int64, at time: SimTime
  ) -> FlowID {
    shipments[Int(tag)].flows += 1
    changed = true
    return network.startInBackground(from: source, to: destination, bytes: bytes, at: time, tag: tag)
  }

  /// Starts one flow of a shipment.
  mutating func ship(
    _ tag: Int64, from source: Endpoint, to destination: Endpoint, bytes: Int64, fragmentBytes: Int64,
    mode: TransferMode, pulled: Bool, at time: SimTime
  ) {
    shipments[Int(tag)].flows += 1
    network.start(
      from: source, to: destination, bytes: bytes, fragmentBytes: fragmentBytes, mode: mode, pulled: pulled, at: time,
      tag: tag)
    changed = true
  }

  /// Stops one flow of a shipment; the bytes it has moved, nil when it has ended.
  mutating func stop(_ flow: FlowID, at time: SimTime) -> Int64? {
    changed = true
    return network.stop(flow, at: time)
  }

  /// Forgets a shipment whose flows were all stopped.
  mutating func abandon(_ tag: Int64) {
    shipments[Int(tag)].cargo = []
    vacant.append(Int(tag))
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
