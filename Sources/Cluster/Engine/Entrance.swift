import DequeModule
import Replica

/// What an engine fetches for requests before its policy hears of them, and where it is kept meanwhile.
public struct EntrancePlan: Sendable {
  /// Adapters; nil where every request uses the base model.
  public var adapters: Adapters?
  /// Whether prefixes that groups of prompts share are kept off the GPU, and their KV is fetched instead of computed.
  public var keepsPrefixes = false
  /// Where both are kept: in memory that lenders have lent for the whole run, or in the host's.
  public var tier = MemoryTier.host

  public init() {}

  public struct Adapters: Sendable, Hashable {
    /// Adapters that fit into the memory set aside for them on the GPUs.
    public var places: Int
    /// Of one adapter, on each GPU.
    public var bytesPerGPU: Int64
    /// The contiguous pieces of it that a fragmented copy moves.
    public var pieceBytes: Int64

    public init(places: Int, bytesPerGPU: Int64, pieceBytes: Int64) {
      self.places = places
      self.bytesPerGPU = bytesPerGPU
      self.pieceBytes = pieceBytes
    }
  }

  /// Whether nothing is fetched: the policy hears of requests as they arrive.
  public var isOpen: Bool { adapters == nil && !keepsPrefixes }
}

/// Requests that have arrived at an engine and that its policy has not heard of.
///
/// Each first needs its adapter. Those whose adapter is neither here nor on its way wait for a place in the cache,
/// adapters in the order in which they were first wanted; others pass by them, as in vLLM. Then each needs the KV of
/// its prefix. A request that finds no room for it stands in line with all who came after it, as the head of a queue
/// would.
struct Entrance {
  var cache: AdapterCache?
  /// By adapter, the requests that wait for it.
  var awaiting: [Int64: ContiguousArray<Int32>] = [:]
  /// Adapters without a place yet.
  private var wanted = Deque<Int64>()
  /// Requests in line, the first of which finds no room.
  var line = Deque<Int32>()
  /// Requests that wait with the KV of their prefix, which the policy has not scheduled yet.
  var holders: ContiguousArray<Int32> = []
  /// Requests in here.
  var count = 0
  /// Adapters on their way.
  var loads = 0

  /// A request waits for an adapter that has no place.
  mutating func want(_ adapter: Int64, for slot: Int32) {
    if awaiting[adapter] == nil { wanted.append(adapter) }
    awaiting[adapter, default: []].append(slot)
  }

  /// The adapter that gets the next place.
  var nextWanted: Int64? { wanted.first }

  mutating func removeNextWanted() { wanted.removeFirst() }
}
