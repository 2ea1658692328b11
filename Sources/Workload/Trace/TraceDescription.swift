import SimCore

/// A recorded stream: which file, how it is read, and what is done to its times.
///
/// Order of operations: a row's time counts from `origin`; rows outside `from ..< to` are dropped, then those of other
/// shards; each row that is left is kept with probability `sampleFraction`; times then count from `from`, and are
/// multiplied by `timeScale` or divided by `rateScale`.
public struct TraceDescription: Hashable, Sendable {
  public var path: String
  /// nil: found from the file's first line.
  public var format: TraceFormat?
  /// Multiplies every time between arrivals: 2 makes the trace twice as slow.
  public var timeScale: Double
  /// Multiplies the arrival rate by compressing time: 2 makes the trace twice as fast.
  public var rateScale: Double
  /// Drops rows before this time of the trace.
  public var from: SimDuration
  /// Drops rows from this time of the trace on.
  public var to: SimDuration?
  /// The part of the trace that is taken. Rows are counted from 0 as they stand in the file, bad rows and those
  /// outside the window included, so that all readers of a file divide it alike.
  public var shard: TraceShard
  /// The share of rows that is kept, each by its own draw.
  public var sampleFraction: Double
  /// Rows with more prompt or output tokens than this are bad rows.
  public var maximumTokens: Int
  /// Bad rows are counted and left out instead of stopping the run.
  public var skipsBadRows: Bool
  /// How many rows are held back to put times in order; 0 makes a time earlier than the one before an error.
  public var sortWindow: Int
  /// Moves each row later by a uniform random time below this, to undo timestamps recorded in coarse ticks.
  public var spread: SimDuration
  /// What time 0 of the trace is; nil takes the format's custom.
  public var origin: Origin?

  /// Tokens that each of `hash_ids` stands for; nil takes what the column's name says, or Mooncake's 512.
  public var blockTokens: Int?

  public enum Origin: String, CaseIterable, Hashable, Sendable {
    /// The first row's time.
    case firstRow = "first-row"
    /// The file's own zero. Not for formats with dates.
    case zero
  }

  public init(
    path: String, format: TraceFormat? = nil, timeScale: Double = 1, rateScale: Double = 1, from: SimDuration = .zero,
    to: SimDuration? = nil, shard: TraceShard = .whole, sampleFraction: Double = 1,
    maximumTokens: Int = LengthDistribution.largest, skipsBadRows: Bool = false, sortWindow: Int = 0,
    spread: SimDuration = .zero, origin: Origin? = nil
  ) {
    self.path = path
    self.format = format
    self.timeScale = timeScale
    self.rateScale = rateScale
    self.from = from
    self.to = to
    self.shard = shard
    self.sampleFraction = sampleFraction
    self.maximumTokens = maximumTokens
    self.skipsBadRows = skipsBadRows
    self.sortWindow = sortWindow
    self.spread = spread
    self.origin = origin
  }
}
