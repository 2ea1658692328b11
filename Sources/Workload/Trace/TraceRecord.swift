import SimCore

/// One row of a trace, after windows, sampling and scaling.
public struct TraceRecord: Hashable, Sendable, BitwiseCopyable {
  /// From the start of the window.
  public var arrival: SimTime
  /// The line of the file, from 1.
  public var line: Int64
  public var promptTokens: Int32
  public var outputTokens: Int32
  public var tenant: Int32 = 0
  public var priority: Int32 = 0
  /// From the arrival; scales of the trace's times leave it as it is.
  public var deadline: SimDuration?
  /// Tokens, from the prompt's first, that its prefix group has in common.
  public var prefixTokens: Int32 = 0
  public var prefixGroup: Int32 = 0
  /// The session it is a turn of, -1 when nothing is said.
  public var session: Int32 = -1
  public var turn: Int32 = 0
  var isOffline = false

  /// Online where the trace doesn't say.
  public var requestClass: RequestClass { isOffline ? .offline : .online }
}

/// What the rows of a trace have come to.
public struct TraceReport: Hashable, Sendable {
  public var format: TraceFormat
  /// Rows read, empty lines and the header not counted.
  public var rows = 0
  /// Rows handed on.
  public var kept = 0
  /// Rows with mistakes, left out because the description says so.
  public var badRows = 0
  /// The first ten mistakes, with file and line.
  public var firstProblems: [WorkloadError] = []
  /// Rows that record a failed request.
  public var failedRows = 0
  public var outsideWindow = 0
  public var inOtherShards = 0
  public var notSampled = 0
  /// The column, or key, that says what blocks prompts are made of; nil where none does.
  public var blockColumn: String?
  /// Columns that hold something requests here don't have (prefix ids, adapters, …), in order of appearance.
  public var unmodelledColumns: [String] = []
}
