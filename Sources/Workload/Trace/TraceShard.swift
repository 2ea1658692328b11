/// One of several parts of a trace that share no row and together are the whole: row i, counted from 0 in the order of
/// the file, is in part i mod `count`.
public struct TraceShard: Hashable, Sendable {
  /// Which part, from 0.
  public var index: Int
  /// How many parts there are.
  public var count: Int

  /// The trace undivided.
  public static let whole = TraceShard(index: 0, count: 1)

  /// What a key or an option for a shard wants, for messages.
  public static let expectation = "wants one of several parts, counted from 0, such as '0/2' or '1/2'"

  /// The most parts.
  public static let largestCount = 1_000_000

  public init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// Reads `1/4`: part 1 of 4, counted from 0; `nil` for anything else, a part that there is not included.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Self.number(parts[0]), let count = Self.number(parts[1]),
      (1...Self.largestCount).contains(count), index < count
    else { return nil }
    self.init(index: index, count: count)
  }

  private static func number(_ text: some StringProtocol) -> Int? {
    text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
  }

  public func contains(row: Int) -> Bool { count == 1 || row % count == index }

  /// Whether any row can be in both.
  public func overlaps(_ other: TraceShard) -> Bool {
    var (a, b) = (count, other.count)
    while b != 0 { (a, b) = (b, a % b) }
    return index % a == other.index % a
  }
}
