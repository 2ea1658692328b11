/// A running 64-bit hash of what happened in a run; equal runs have equal fingerprints.
///
/// Order matters: the engine feeds outcomes in simulated order, which is part of what must not change.
/// The mixing step is that of wyhash (Wang Yi, public domain): a 64 x 64 -> 128-bit multiply, folded.
public struct Fingerprint: Sendable, Hashable {
  public private(set) var value: UInt64 = 0x9e37_79b9_7f4a_7c15

  public init() {}

  @inline(__always) public mutating func combine(_ word: Int64) {
    let product = (value ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(
      by: UInt64(bitPattern: word) ^ 0xe703_7ed1_a0b4_28db)
    value = (product.high ^ product.low) &+ 0x9e37_79b9_7f4a_7c15
  }

  /// Sixteen lower-case hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
