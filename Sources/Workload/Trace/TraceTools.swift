import SimCore

/// What `spillway trace` does, as functions.
public enum TraceTools {
  /// Reads a trace and says what it is like.
  ///
  /// - Parameter seed: for a description that samples or spreads rows.
  public static func inspect(_ description: TraceDescription, seed: UInt64 = 0) throws(WorkloadError) -> TraceSummary {
    let reader = try open(description, seed: seed)
    var builder = TraceSummaryBuilder()
    while let row = try reader.next() { builder.add(row) }
    return builder.summary(reader.report)
  }

  /// Rewrites a trace, after windows, sampling and scaling, in our own CSV format.
  ///
  /// Columns in `unmodelledColumns` of the report are lost.
  ///
  /// - Throws: when the input is bad or the output can't be written; then there is no output file.
  @discardableResult
  public static func convert(
    _ description: TraceDescription, to path: String, gzip: Bool = false, limit: Int? = nil, seed: UInt64 = 0
  ) throws(WorkloadError) -> TraceReport {
    let reader = try open(description, seed: seed, keepsBlocks: true)
    var next = limit == 0 ? nil : try reader.next()
    let writer = try TraceWriter(
      path, gzip: gzip, deadlines: reader.mayHaveDeadlines, prefixes: reader.mayNamePrefixes,
      blockTokens: reader.blockTokens)
    let namesBlocks = reader.blockTokens != nil
    while let row = next {
      try writer.write(
        arrival: row.arrival, promptTokens: row.promptTokens, outputTokens: row.outputTokens,
        requestClass: row.requestClass, tenant: row.tenant, priority: row.priority, deadline: row.deadline,
        prefix: TraceWriter.PrefixColumns(
          tokens: row.prefixTokens, group: row.prefixGroup, session: row.session, turn: row.turn),
        blocks: reader.takeBlocks(of: row))
      next = writer.rows < limit ?? .max ? try reader.next() : nil
      if !namesBlocks, let column = reader.report.blockColumn {
        throw reader.error("'\(column)' is there, and was not in the first row: blocks are in all rows or in none")
      }
    }
    try writer.finish()
    return reader.report
  }

  /// Writes what some streams offer, merged in order of time, in our own CSV format.
  ///
  /// - Returns: how many rows were written.
  /// - Throws: for a closed loop, whose arrivals depend on answers; for a stream without an end; and as `convert`.
  @discardableResult
  public static func generate(
    _ streams: [WorkloadStream], seed: UInt64, replication: Int = 0, to path: String, gzip: Bool = false
  ) throws(WorkloadError) -> Int {
    var sources: [RequestSource] = []
    for (index, stream) in streams.enumerated() {
      if case .closedLoop = stream.arrivals {
        throw WorkloadError(
          .badDescription,
          "stream '\(stream.name)': a closed loop can't be written as a trace, its arrivals depend on the answers")
      }
      if stream.conversations != nil {
        throw WorkloadError(
          .badDescription,
          "stream '\(stream.name)': sessions can't be written as a trace, when their turns come depends on the answers")
      }
      if stream.adapters != nil {
        throw WorkloadError(
          .badDescription, "stream '\(stream.name)': a trace has no column for the adapters that requests name")
      }
      if !stream.endsByItself, stream.requestLimit == nil, stream.durationLimit == nil {
        throw WorkloadError(
          .badDescription, "stream '\(stream.name)' has no end; give a number of requests or a duration")
      }
      sources.append(
        try RequestSource(stream, number: Int32(index), seed: seed, replication: replication, keepsBlocks: true))
    }
    let writer = try TraceWriter(
      path, gzip: gzip, deadlines: sources.contains { $0.mayHaveDeadlines },
      prefixes: sources.contains { $0.mayNamePrefixes }, blockTokens: try commonBlockTokens(streams, sources))
    while let next = sources.min(by: { ($0.nextTime, $0.stream) < ($1.nextTime, $1.stream) }), next.nextTime < .never {
      let request = try next.take()
      try writer.write(
        arrival: request.arrival, promptTokens: request.promptTokens, outputTokens: request.outputTokens,
        requestClass: request.requestClass, tenant: request.tenant, priority: request.priority,
        deadline: request.deadline, prefix: request.prefixColumns(of: sources.count), blocks: next.takenBlocks)
    }
    try writer.finish()
    return writer.rows
  }

  /// Tokens of the blocks that traces among the streams name; nil where none does.
  ///
  /// - Throws: for blocks of several files, of which equal numbers would be taken for equal tokens.
  private static func commonBlockTokens(
    _ streams: [WorkloadStream], _ sources: [RequestSource]
  ) throws(WorkloadError) -> Int? {
    var named: (path: String, tokens: Int, stream: String)?
    for (stream, source) in zip(streams, sources) {
      guard let tokens = source.blockTokens, case .trace(let trace) = stream.arrivals else { continue }
      if let named, named.path != trace.path || named.tokens != tokens {
        throw WorkloadError(
          .badDescription,
          "streams '\(named.stream)' and '\(stream.name)' number the blocks of their prompts each in its own way, "
            + "which one trace cannot hold")
      }
      named = (trace.path, tokens, stream.name)
    }
    return named?.tokens
  }

  static func open(
    _ description: TraceDescription, seed: UInt64, keepsBlocks: Bool = false
  ) throws(WorkloadError) -> TraceReader {
    try TraceReader(
      description, sampling: RandomStream(seed: seed, replication: 0, purpose: "sampling/\(description.path)"),
      spreading: RandomStream(seed: seed, replication: 0, purpose: "spread/\(description.path)"),
      keepsBlocks: keepsBlocks)
  }
}

extension WorkloadStream {
  /// Whether the arrivals end without a limit.
  public var endsByItself: Bool {
    switch arrivals {
    case .trace, .clients, .batch, .listed: true
    default: false
    }
  }
}

extension Request {
  /// What its row says of how its prompt begins, in a trace of several streams: each has numbers of its own.
  fileprivate func prefixColumns(of streams: Int) -> TraceWriter.PrefixColumns {
    func own(_ number: Int32) -> Int32 { Int32(clamping: Int(number) * streams + Int(stream)) }
    return TraceWriter.PrefixColumns(
      tokens: prefixTokens, group: prefixTokens == 0 ? 0 : own(prefixGroup), session: session < 0 ? -1 : own(session),
      turn: turn)
  }
}
