import Metrics
import Network
import Replica
import SimCore

/// What an engine's transitions ask of the run, in order. An engine never reaches out by itself: it notes here what is
/// to be done, and the run does it once the transition is over. When the engine next acts is its `boundary`.
struct EngineActions {
  /// A request that leaves.
  struct Departure {
    var outcome: RequestOutcome
    /// The statistics group it is counted in.
    var group: Int
    /// The user of a closed loop who waits for it; -1 for none.
    var user: Int32
  }

  /// Something for the links.
  enum TransferOrder {
    /// KV to move; what it belongs to is told when it has arrived.
    case ship(ShipmentOrder)
    /// The standing flow that copies new KV of the decode batch to host memory takes so many bytes per second on each
    /// GPU from now on; none at zero.
    case stream(bytesPerSecond: Double)
  }

  var departures: ContiguousArray<Departure> = []
  var latencies: ContiguousArray<InterTokenLatencies> = []
  var transfers: ContiguousArray<TransferOrder> = []
  /// What a member of a lock-step group says to the group.
  var lockStep: LockStep.Message?

  var isEmpty: Bool { departures.isEmpty && latencies.isEmpty && transfers.isEmpty && lockStep == nil }

  mutating func removeAll() {
    departures.removeAll(keepingCapacity: true)
    latencies.removeAll(keepingCapacity: true)
    transfers.removeAll(keepingCapacity: true)
    lockStep = nil
  }

  mutating func record(_ latency: SimDuration, group: Int32) {
    latencies.append(InterTokenLatencies(group: group, first: latency, step: .zero, terms: 1, weight: 1))
  }
}
