import Replica
import SimCore

/// What a router sees of a request.
struct RoutedRequest {
  /// What the full blocks of its prompt are called, as far as they have names.
  var blocks: BlockRun
  /// Full blocks of its prompt.
  var promptBlocks: Int
  /// The session it is a turn of; nil when it is none's. Equal numbers are the same session.
  var session: Int?
}

/// When a router that would send requests to where their prefixes are looks at loads instead: the rule of SGLang's
/// cache-aware router, with its defaults.
///
/// Source: SGLang Model Gateway, `--cache-threshold 0.3 --balance-abs-threshold 64 --balance-rel-threshold 1.5`.
enum LoadGuard {
  /// The part of a prompt that must be known for it to follow its prefix.
  static let cacheThreshold = 0.3
  static let absolute: Int32 = 64
  static let relative = 1.5

  /// Whether loads, in requests, are so unequal that the least loaded replica gets the next request.
  static func isUnbalanced(least: Int32, most: Int32) -> Bool {
    most - least > absolute && Double(most) > relative * Double(least)
  }
}

/// Which replica was sent a prompt with which blocks, as the cache-aware router remembers it.
///
/// Of each block the replica that got it last is kept. What was not asked for while as many blocks came as the memory
/// has room for may be forgotten: two halves, of which the older goes when the younger is full.
struct PrefixIndex {
  private var young: [Int: Int32] = [:]
  private var old: [Int: Int32] = [:]
  private let half: Int

  /// - Parameter blocks: how many it remembers at least half of.
  init(blocks: Int) { half = max(1, blocks / 2) }

  /// The longest beginning of a prompt that is known, and who has its last block.
  func match(_ blocks: BlockRun) -> (count: Int, replica: Int32)? {
    var found: (count: Int, replica: Int32)?
    for block in blocks {
      guard let replica = young[block] ?? old[block] else { break }
      found = ((found?.count ?? 0) + 1, replica)
    }
    return found
  }

  /// A prompt goes to a replica.
  mutating func note(_ blocks: BlockRun, at replica: Int32) {
    for block in blocks {
      young[block] = replica
      if young.count >= half {
        old = young
        young = [:]
      }
    }
  }
}

/// Sessions spread over replicas by consistent hashing: of a change of the fleet only those sessions know whose replica
/// it is (vLLM's production stack, `session` routing).
struct HashRing {
  private var points: ContiguousArray<(hash: UInt64, replica: Int32)> = []
  /// Places of each replica on the ring.
  private static let places = 128

  mutating func add(_ replica: Int32) {
    for place in 0..<Self.places {
      points.append((Self.hash(UInt64(replica) << 8 | UInt64(place)), replica))
    }
    points.sort { ($0.hash, $0.replica) < ($1.hash, $1.replica) }
  }

  mutating func remove(_ replica: Int32) { points.removeAll { $0.replica == replica } }

  /// The replica of a session.
  ///
  /// - Precondition: there is one.
  subscript(session: Int) -> Int32 {
    let hash = Self.hash(UInt64(bitPattern: Int64(session)) ^ 0x5e55_1017)
    var low = 0
    var high = points.count
    while low < high {
      let middle = (low + high) / 2
      if points[middle].hash < hash { low = middle + 1 } else { high = middle }
    }
    return points[low == points.count ? 0 : low].replica
  }

  /// SplitMix64's finaliser.
  private static func hash(_ number: UInt64) -> UInt64 {
    var z = number &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
