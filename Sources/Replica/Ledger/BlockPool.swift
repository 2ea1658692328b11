/// A pool of KV blocks in one place: an engine's own HBM, memory lent by a peer GPU, or pinned host memory.
///
/// Every block is in exactly one state: free, owned by a sequence, or in flight (its bytes are being copied, so it
/// can neither be used nor given away). `capacity` is their sum at all times; `check()` says so.
public struct BlockPool: Sendable, Equatable {
  /// All blocks of the pool.
  public private(set) var capacity: Int
  public private(set) var free: Int
  public private(set) var owned: Int
  public private(set) var inFlight: Int
  /// The most blocks that were ever owned or in flight at once.
  public private(set) var peakUsed: Int

  public init(capacity: Int) {
    precondition(capacity >= 0, "a pool cannot have \(capacity) blocks")
    self.capacity = capacity
    free = capacity
    owned = 0
    inFlight = 0
    peakUsed = 0
  }

  /// Blocks not free.
  public var used: Int { owned + inFlight }

  /// Takes free blocks for a sequence; false, and nothing changes, when there are not enough.
  @discardableResult
  public mutating func allocate(_ blocks: Int) -> Bool {
    precondition(blocks >= 0, "cannot allocate \(blocks) blocks")
    guard blocks <= free else { return false }
    free -= blocks
    owned += blocks
    if used > peakUsed { peakUsed = used }
    return true
  }

  /// Gives a sequence's blocks back.
  public mutating func release(_ blocks: Int) {
    precondition(blocks >= 0 && blocks <= owned, "released \(blocks) blocks of \(owned) owned")
    owned -= blocks
    free += blocks
  }

  /// Marks a sequence's blocks as being copied away.
  public mutating func depart(_ blocks: Int) {
    precondition(blocks >= 0 && blocks <= owned, "\(blocks) blocks depart of \(owned) owned")
    owned -= blocks
    inFlight += blocks
  }

  /// Frees blocks whose copy away has ended.
  public mutating func departed(_ blocks: Int) {
    precondition(blocks >= 0 && blocks <= inFlight, "\(blocks) blocks departed of \(inFlight) in flight")
    inFlight -= blocks
    free += blocks
  }

  /// Takes free blocks as the target of a copy; false, and nothing changes, when there are not enough.
  public mutating func expect(_ blocks: Int) -> Bool {
    guard blocks >= 0, blocks <= free else { return false }
    free -= blocks
    inFlight += blocks
    if used > peakUsed { peakUsed = used }
    return true
  }

  /// Hands blocks to their sequence once the copy has ended.
  public mutating func arrived(_ blocks: Int) {
    precondition(blocks >= 0 && blocks <= inFlight, "\(blocks) blocks arrived of \(inFlight) in flight")
    inFlight -= blocks
    owned += blocks
  }

  /// Adds free blocks.
  public mutating func grow(by blocks: Int) {
    precondition(blocks >= 0, "cannot grow by \(blocks) blocks")
    capacity += blocks
    free += blocks
  }

  /// Takes free blocks away for good; false, and nothing changes, when there are not enough.
  public mutating func shrink(by blocks: Int) -> Bool {
    precondition(blocks >= 0, "cannot shrink by \(blocks) blocks")
    guard blocks <= free else { return false }
    capacity -= blocks
    free -= blocks
    return true
  }

  /// The broken law in words, `nil` when the pool conserves its blocks.
  public func check() -> String? {
    if free < 0 || owned < 0 || inFlight < 0 {
      return "negative block count: \(free) free, \(owned) owned, \(inFlight) in flight"
    }
    if free + owned + inFlight != capacity {
      return "\(free) free + \(owned) owned + \(inFlight) in flight is not the capacity of \(capacity) blocks"
    }
    return nil
  }
}

/// Where KV blocks can be.
public enum MemoryTier: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// The engine's own HBM.
  case local
  /// HBM lent by another GPU of the same NVLink domain.
  case peer
  /// Pinned host DRAM.
  case host
}
