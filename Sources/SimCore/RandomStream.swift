/// A deterministic stream of random bits for one purpose of one run.
///
/// Streams are derived from (seed, replication, purpose), so two policies compared under one seed see the same
/// requests, and adding a stream never disturbs another. The generator is xoshiro256++ (Blackman and Vigna,
/// "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021), seeded through SplitMix64.
public struct RandomStream: RandomNumberGenerator, Sendable, BitwiseCopyable {
  /// The four words of the generator, never all zero.
  public var words: (UInt64, UInt64, UInt64, UInt64)

  /// - Parameters:
  ///   - seed: the run's seed.
  ///   - replication: the replication's number, from 0.
  ///   - purpose: what the stream is for, for example `arrivals/chat`.
  public init(seed: UInt64, replication: Int, purpose: String) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a over the purpose
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    var state = seed
    var mixed = Self.splitMix(&state)
    state = mixed ^ UInt64(bitPattern: Int64(replication)) &* 0x9e37_79b9_7f4a_7c15
    mixed = Self.splitMix(&state)
    state = mixed ^ hash
    let a = Self.splitMix(&state)
    let b = Self.splitMix(&state)
    let c = Self.splitMix(&state)
    let d = Self.splitMix(&state)
    words = (a, b, c, d | 1)
  }

  private static func splitMix(_ state: inout UInt64) -> UInt64 {
    state = state &+ 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  @inlinable public mutating func next() -> UInt64 {
    let (a, b, c, d) = words
    let sum = a &+ d
    let result = ((sum << 23) | (sum >> 41)) &+ a
    let t = b << 17
    var n = (a, b, c ^ a, d ^ b)
    n.1 = b ^ n.2
    n.0 = a ^ n.3
    n.2 ^= t
    n.3 = (n.3 << 45) | (n.3 >> 19)
    words = n
    return result
  }

  /// A uniform number in [0, 1) with 53 random bits.
  @inlinable public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A uniform whole number in 0 ..< `bound`, without bias (Lemire's multiply-and-reject).
  @inlinable public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "a random bound must be positive")
    return Int(truncatingIfNeeded: next(upperBound: UInt64(bound)))
  }
}
