import Metrics
import Network
import Observing
import Replica
import SimCore

/// A request on its way from one replica to another.
struct Migration {
  var sequence: SequenceState
  /// What its full blocks are called, where they are looked for.
  var blockNames: BlockNames
  /// Tokens whose KV goes with it; 0 when it is to be recomputed.
  var tokens: Int32
  /// Where that KV is, and how many blocks of it are in flight there until it has arrived.
  var tier: MemoryTier
  var blocks: Int
}

/// What an engine's transitions ask of the run, in order. An engine never reaches out by itself: it notes here what is
/// to be done, and the run does it once the transition is over. When the engine next acts is its `boundary`.
struct EngineActions: ~Copyable {
  /// A request that leaves.
  struct Departure: BitwiseCopyable {
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
    /// Nobody needs the checkpoint under way any more.
    case stopCheckpoint
  }

  var departures = ReusedList<Departure>()
  var latencies = ReusedList<InterTokenLatencies>()
  var transfers: ContiguousArray<TransferOrder> = []
  /// What an observer is shown.
  var events: ContiguousArray<RunEvent> = []
  /// Requests that leave for other replicas.
  var migrations: ContiguousArray<Migration> = []
  /// The last iteration of a replica that hands its requests over has ended: they are to leave.
  var releasesRequests = false
  /// What a member of a lock-step group says to the group.
  var lockStep: LockStep.Message?

  var isEmpty: Bool {
    departures.isEmpty && latencies.isEmpty && transfers.isEmpty && events.isEmpty && migrations.isEmpty
      && !releasesRequests && lockStep == nil
  }

  mutating func removeAll() {
    departures.removeAll()
    latencies.removeAll()
    // These are empty most of the time, and looking costs less than emptying.
    if !transfers.isEmpty { transfers.removeAll(keepingCapacity: true) }
    if !events.isEmpty { events.removeAll(keepingCapacity: true) }
    if !migrations.isEmpty { migrations.removeAll(keepingCapacity: true) }
    releasesRequests = false
    lockStep = nil
  }

  mutating func record(_ latency: SimDuration, group: Int32) {
    latencies.append(InterTokenLatencies(group: group, first: latency, step: .zero, terms: 1, weight: 1))
  }
}
