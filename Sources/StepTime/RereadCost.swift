/// What it costs that several decoding sequences attend to the same tokens, as those of a prompt that begins alike.
///
/// A kernel reads the KV of a shared token once for each sequence. Sequences that run side by side read it at nearly
/// the same time, so that memory is read once and the GPU's second-level cache gives it to the others.
public struct RereadCost: Hashable, Sendable {
  /// Shares are counted in parts of this, so that step costs stay whole numbers.
  public static let parts: Int64 = 1024

  /// What reading a token again costs, in 1024ths of what reading it from memory costs.
  public let share: Int64
  /// Tokens whose KV of one layer the cache holds.
  public let cachedTokens: Int64

  /// Every sequence pays for all it attends to.
  public static let full = RereadCost(share: parts, cachedTokens: .max)

  /// - Parameters:
  ///   - share: what reading a token again costs, in 1024ths of what reading it from memory costs.
  ///   - cachedTokens: tokens whose KV of one layer the cache holds, at least one.
  public init(share: Int64, cachedTokens: Int64) {
    precondition(
      (0...Self.parts).contains(share) && cachedTokens > 0, "a token read again costs no more than the first")
    self.share = share
    self.cachedTokens = cachedTokens
  }

  /// The tokens that an iteration is spared by the cache, as if it had not read them.
  ///
  /// Of shared context beyond what the cache holds the same part is found there as the cache is of it (assumption).
  ///
  /// - Parameters:
  ///   - again: tokens read again, counted once for each reader but the first.
  ///   - together: tokens that more than one sequence reads.
  public func spared(_ again: Int64, together: Int64) -> Int64 {
    let spared = again * (Self.parts - share) / Self.parts
    guard together > cachedTokens else { return spared }
    return Int64(Int128(spared) * Int128(cachedTokens) / Int128(together))
  }
}
