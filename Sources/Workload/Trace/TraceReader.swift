import SimCore

/// Reads a trace row by row, in memory that doesn't grow with the file.
///
/// Empty lines are passed over. Every other row must be right, unless the description says that bad rows are
/// skipped; then they are counted in `report`.
public final class TraceReader {
  /// Times in a trace, before scaling, stay below this.
  public static let longest = SimDuration(seconds: 8_640_000)

  public let description: TraceDescription
  /// What the rows read so far have come to.
  public internal(set) var report: TraceReport

  let lines: LineReader
  var fields = CSVFields()
  /// The meaning of each CSV column.
  var columns: [TraceColumn] = []
  var headerNames: [String] = []
  /// The first line of a JSON trace, seen when the format was found and not yet handed on.
  private var hasPendingLine = false
  private var pendingLine: UnsafeBufferPointer<UInt8>?

  /// The blocks of prompts of rows that were read and not asked for yet, by line; kept only where somebody asks.
  private var heldBlocks: [Int64: [Int]] = [:]
  let keepsBlocks: Bool
  /// Tokens of a block, once a column or key has been seen that names blocks.
  var blockTokens: Int?

  private var origin: Int128?
  private var lastTime: Int64 = .min
  private var lastEmitted: SimTime = .zero
  private var heap = ReorderHeap()
  private var isExhausted = false
  private var sampling: RandomStream
  private var spreading: RandomStream

  /// Opens a trace and finds its format.
  ///
  /// - Parameters:
  ///   - sampling: decides which rows are kept; one draw per good row.
  ///   - spreading: moves rows within their ticks.
  ///   - keepsBlocks: whether ``takeBlocks(of:)`` is asked for every row.
  /// - Throws: when the file can't be read, is empty, or has no format that is known.
  public init(
    _ description: TraceDescription, sampling: RandomStream, spreading: RandomStream, keepsBlocks: Bool = false
  ) throws(WorkloadError) {
    self.keepsBlocks = keepsBlocks
    if let problem = description.problems().first { throw WorkloadError(.badDescription, problem.description) }
    self.description = description
    self.sampling = sampling
    self.spreading = spreading
    report = TraceReport(format: description.format ?? .csv)
    lines = try LineReader(description.path, expecting: "a trace")
    guard let first = try lines.next() else {
      throw WorkloadError(.badContents, file: description.path, "the file is empty; expected a trace")
    }
    try readFirstLine(first)
    if description.origin == .zero, case .date = report.format.timeNotation {
      throw error("times of the format '\(report.format.rawValue)' are dates; its time 0 is the first row")
    }
    let start = description.origin ?? report.format.defaultOrigin
    if start == .zero { origin = 0 }
  }

  /// Whether a row can say what class its request is of: where our own CSV has the column, and in our JSON lines.
  public var mayNameClasses: Bool { report.format == .jsonLines || columns.contains(.requestClass) }

  /// The next row in order of time, nil after the last.
  public func next() throws(WorkloadError) -> TraceRecord? {
    while true {
      if mayEmit, let row = heap.pop() {
        if let emitted = try emit(row) { return emitted }
        continue
      }
      if isExhausted { return nil }
      guard let row = try readRow() else {
        isExhausted = true
        if report.rows == 0 { throw error("the trace has no rows") }
        continue
      }
      if description.sortWindow == 0 && description.spread == .zero {
        if let emitted = try emit(row) { return emitted }
      } else {
        heap.push(row)
      }
    }
  }

  /// What the blocks of a row's prompt are, as the trace numbers them; empty where it does not say. Can be asked once.
  public func takeBlocks(of row: TraceRecord) -> [Int] { heldBlocks.removeValue(forKey: row.line) ?? [] }

  /// Whether the first held-back row can't be preceded by a row not yet read.
  private var mayEmit: Bool {
    if heap.count == 0 { return false }
    if isExhausted { return true }
    if description.sortWindow > 0 { return heap.count > description.sortWindow }
    return heap.first!.arrival.picoseconds <= lastTime
  }

  private func emit(_ row: TraceRecord) throws(WorkloadError) -> TraceRecord? {
    var row = row
    if row.arrival < lastEmitted {
      try reject(
        error(
          "the row's time, \(inWords(row.arrival.seconds)) s, is before \(inWords(lastEmitted.seconds)) s, "
            + "which has been passed; a sort window of \(description.sortWindow) rows is too small", line: row.line))
      heldBlocks[row.line] = nil
      return nil
    }
    lastEmitted = row.arrival
    var time = row.arrival.picoseconds - description.from.picoseconds
    let scale = description.timeScale / description.rateScale
    if scale != 1 {
      let scaled = Double(time) * scale
      guard scaled < WorkloadStream.longest.seconds * 1e12 else { throw tooLate(row) }
      time = Int64(scaled.rounded())
    } else if time > WorkloadStream.longest.picoseconds {
      throw tooLate(row)
    }
    row.arrival = SimTime(picoseconds: time)
    report.kept += 1
    return row
  }

  private func tooLate(_ row: TraceRecord) -> WorkloadError {
    error(
      "the row comes more than 50 days after the start, past what a run can hold; use a window or a scale",
      line: row.line)
  }

  /// The next good row inside the window and the sample, its time from the trace's origin; nil at the end.
  private func readRow() throws(WorkloadError) -> TraceRecord? {
    while let line = try nextLine() {
      if line.isEmpty { continue }
      report.rows += 1
      var row: RawRow
      do throws(RowProblem) {
        row = report.format.isJSON ? try readJSON(line) : try readCSV(line)
      } catch {
        try reject(self.error(error.message))
        continue
      }
      if origin == nil { origin = row.time }
      let relative = row.time - origin!
      if relative < 0, lastTime == .min || description.sortWindow > 0 {
        try reject(error("the time is before the trace's time 0"))
        continue
      }
      guard relative <= Int128(Self.longest.picoseconds) else {
        try reject(error("the time is more than 100 days after the trace's time 0"))
        continue
      }
      let time = Int64(max(relative, -Int128(Self.longest.picoseconds)))
      if description.sortWindow == 0 {
        if time < lastTime {
          try reject(
            error(
              "the time is \(inWords(Double(Int128(lastTime) - relative) / 1e12)) s before the row above; "
                + "rows come in order of time (or use a sort window)"))
          continue
        }
        lastTime = time
      } else {
        lastTime = max(lastTime, time)
      }
      if row.isFailed {
        report.failedRows += 1
        continue
      }
      let isSampled = description.sampleFraction >= 1 || sampling.uniform() < description.sampleFraction
      if let to = description.to, time >= to.picoseconds {
        report.outsideWindow += 1
        if description.sortWindow == 0 { return nil }
        continue
      }
      if time < description.from.picoseconds {
        report.outsideWindow += 1
        continue
      }
      if !description.shard.contains(row: report.rows - 1) {
        report.inOtherShards += 1
        continue
      }
      if !isSampled {
        report.notSampled += 1
        continue
      }
      row.record.line = Int64(lines.line)
      row.record.arrival = SimTime(picoseconds: time)
      if !row.blocks.isEmpty { heldBlocks[row.record.line] = row.blocks }
      if description.spread > .zero {
        row.record.arrival += SimDuration(picoseconds: Int64(spreading.below(Int(description.spread.picoseconds))))
      }
      return row.record
    }
    return nil
  }

  /// Whether rows may say what their prompts begin with: the header has a column for it, or each row names its own.
  public var mayNamePrefixes: Bool {
    columns.contains(.prefixTokens) || columns.contains(.session) || report.format == .jsonLines
  }

  /// Whether rows may have deadlines: the header has a column for them, or each row names its own.
  public var mayHaveDeadlines: Bool { columns.contains(.deadline) || report.format == .jsonLines }

  private func nextLine() throws(WorkloadError) -> UnsafeBufferPointer<UInt8>? {
    if hasPendingLine {
      hasPendingLine = false
      return pendingLine
    }
    return try lines.next()
  }

  /// Keeps a line that was only looked at; it is still in the reader's buffer.
  func putBack(_ line: UnsafeBufferPointer<UInt8>) {
    hasPendingLine = true
    pendingLine = line
  }

  /// Throws the error, or counts it where bad rows are skipped.
  private func reject(_ error: WorkloadError) throws(WorkloadError) {
    guard description.skipsBadRows else { throw error }
    report.badRows += 1
    if report.firstProblems.count < 10 { report.firstProblems.append(error) }
  }

  func error(_ message: String, line: Int64? = nil) -> WorkloadError {
    WorkloadError(
      .badContents, file: description.path, line: line.map(Int.init) ?? lines.line, message)
  }
}

/// A row as it stands in the file.
struct RawRow {
  /// Picoseconds since the format's own zero.
  var time: Int128 = 0
  var isFailed = false
  /// What the prompt's blocks are; empty unless somebody asks.
  var blocks: [Int] = []
  var record = TraceRecord(arrival: .zero, line: 0, promptTokens: 0, outputTokens: 0)

  /// A prefix is a part of its prompt.
  func checkPrefix() throws(RowProblem) {
    guard record.prefixTokens > record.promptTokens, record.promptTokens > 0 else { return }
    throw RowProblem(
      message: "'prefix_tokens' wants at most the prompt's \(record.promptTokens) tokens, found \(record.prefixTokens)")
  }
}

/// What is wrong with one row.
struct RowProblem: Error {
  var message: String
}
