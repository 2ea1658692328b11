import SimCore

/// When consecutive iterations of an unchanged batch end: the first at `firstEnd`, each later one a gap after the
/// one before, gaps in arithmetic progression.
public struct IterationTimes: Sendable, Hashable, BitwiseCopyable {
  /// When the first iteration ends.
  public var firstEnd: SimTime
  /// How long the second iteration takes.
  public var gap: SimDuration
  /// What each later iteration takes more than the one before.
  public var growth: SimDuration

  public init(firstEnd: SimTime, gap: SimDuration, growth: SimDuration) {
    self.firstEnd = firstEnd
    self.gap = gap
    self.growth = growth
  }

  /// When iteration number `index` ends, counted from 1.
  @inlinable public func end(of index: Int) -> SimTime {
    let after = Int64(index - 1)
    return firstEnd
      + SimDuration(picoseconds: after * gap.picoseconds + growth.picoseconds * (after * (after - 1) / 2))
  }
}

/// Inter-token latencies in arithmetic progression: `terms` values, each shared by `weight` tokens.
public struct InterTokenLatencies: Sendable, BitwiseCopyable {
  /// Whose statistics they belong to: an index chosen by the cluster, one per (deployment, request class).
  public var group: Int32
  public var first: SimDuration
  public var step: SimDuration
  public var terms: Int64
  public var weight: Int64

  public init(group: Int32, first: SimDuration, step: SimDuration, terms: Int64, weight: Int64) {
    self.group = group
    self.first = first
    self.step = step
    self.terms = terms
    self.weight = weight
  }
}
