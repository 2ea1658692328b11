import Metrics
import SimCore
import Synchronization
import TextIO

/// The per-request output of several runs: rows in run order, whichever run finishes first.
///
/// Every run writes a part of its own, streamed; `finish()` joins them and puts the file in its place. Times are in
/// seconds of simulated time, twelve decimals: exact picoseconds.
public final class RequestRowFile: Sendable {
  private let path: String
  private let format: RowFormat
  private let namesVariants: Bool
  private let parts: Mutex<[RequestRowPart?]>

  /// - Parameters:
  ///   - runs: how many runs will write.
  ///   - namesVariants: whether rows say of which variant of the scenario they are.
  public init(path: String, format: RowFormat, runs: Int, namesVariants: Bool = false) {
    self.path = path
    self.namesVariants = namesVariants
    self.format = format
    parts = Mutex(Array(repeating: nil, count: runs))
  }

  /// The part of one run; its `write` can be a run collector's sink.
  ///
  /// - Parameters:
  ///   - run: the run's place in the file, from 0.
  ///   - variant: nil for a scenario without variants.
  ///   - deployments: the deployments' names, in order.
  /// - Throws: `OutputError`.
  public func part(
    run: Int, policy: String, variant: String? = nil, replication: Int, deployments: [String]
  ) throws(OutputError) -> RequestRowPart {
    let part = try RequestRowPart(
      besides: path, format: format, policy: policy, variant: namesVariants ? variant ?? "" : nil,
      replication: replication, deployments: deployments)
    parts.withLock { $0[run] = part }
    return part
  }

  /// Joins the parts and puts the file in its place. Dropping it instead leaves nothing behind.
  ///
  /// - Throws: `OutputError`, also for rows that could not be written earlier.
  public func finish() throws(OutputError) {
    let file = try AtomicFile(path: path)
    if format == .csv { try file.write(RequestRowPart.csvHeader(namesVariants: namesVariants)) }
    for part in parts.withLock({ $0 }) { try part?.copy(into: file) }
    try file.finish()
  }
}

/// One run's rows, kept in an unnamed temporary file beside the output.
public final class RequestRowPart: Sendable {
  /// What is written, and where the next row is made.
  private struct Rows: ~Copyable {
    var written: LaneSpool
    var next = RowBytes()
  }

  private let rows: Mutex<Rows>
  private let format: RowFormat
  private let prefix: [UInt8]
  private let deployments: [[UInt8]]

  fileprivate init(
    besides path: String, format: RowFormat, policy: String, variant: String?, replication: Int, deployments: [String]
  ) throws(OutputError) {
    self.format = format
    switch format {
    case .csv:
      let names = ([policy] + (variant.map { [$0] } ?? [])).map(ResultsCSV.field).joined(separator: ",")
      prefix = Array("\(names),\(replication),".utf8)
      self.deployments = deployments.map { Array(ResultsCSV.field($0).utf8) }
    case .jsonLines:
      let named = variant.map { "\"variant\":\(JSONWriter.quoted($0))," } ?? ""
      prefix = Array("{\"policy\":\(JSONWriter.quoted(policy)),\(named)\"replication\":\(replication),".utf8)
      self.deployments = deployments.map { Array(JSONWriter.quoted($0).utf8) }
    }
    rows = Mutex(Rows(written: try LaneSpool(beside: path)))
  }

  static func csvHeader(namesVariants: Bool) -> String {
    "policy," + (namesVariants ? "variant," : "")
      + "replication,id,stream,deployment,replica,class,tenant,status,rejection,arrival_s,scheduled_s,"
      + "first_token_s,finished_s,prompt_tokens,output_tokens,generated_tokens,preemptions,recomputed_tokens,"
      + "paged_out_bytes,paged_in_bytes,longest_gap_s,waiting_s,running_s,off_gpu_s,due_s,cached_tokens\n"
  }

  /// Adds a row.
  public func write(_ outcome: RequestOutcome) {
    rows.withLock { rows in
      rows.next.removeAll()
      switch format {
      case .csv: csv(outcome, into: &rows.next)
      case .jsonLines: json(outcome, into: &rows.next)
      }
      let row = rows.next.bytes
      rows.written.append(to: 0) { $0.append(contentsOf: row) }
    }
  }

  fileprivate func copy(into output: AtomicFile) throws(OutputError) {
    try rows.withLock { (rows) throws(OutputError) in
      try rows.written.read { (bytes) throws(OutputError) in try output.write(bytes) }
    }
  }

  static func name(_ status: RequestStatus) -> String {
    switch status {
    case .completed: "completed"
    case .rejected: "rejected"
    case .unfinished: "unfinished"
    }
  }

  static func name(_ reason: RejectionReason) -> String {
    switch reason {
    case .exceedsPool: "exceeds_pool"
    case .exceedsContext: "exceeds_context"
    }
  }

  private func csv(_ o: RequestOutcome, into row: inout RowBytes) {
    func field(_ number: some SignedInteger & FixedWidthInteger) {
      row.append(number)
      row.append(UInt8(ascii: ","))
    }
    func field(_ text: String) {
      row.append(text)
      row.append(UInt8(ascii: ","))
    }
    func field(_ time: SimTime) {
      row.append(seconds: time, orNever: "")
      row.append(UInt8(ascii: ","))
    }
    func field(_ time: SimDuration) {
      row.append(seconds: time)
      row.append(UInt8(ascii: ","))
    }
    row.append(prefix)
    field(o.id)
    field(o.stream)
    row.append(deployments[Int(o.deployment)])
    row.append(UInt8(ascii: ","))
    field(o.replica)
    field(o.requestClass.rawValue)
    field(o.tenant)
    field(Self.name(o.status))
    field(o.rejectionReason.map(Self.name) ?? "")
    field(o.arrival)
    field(o.scheduled)
    field(o.firstToken)
    field(o.finished)
    field(o.promptTokens)
    field(o.outputTokens)
    field(o.generatedTokens)
    field(o.preemptions)
    field(o.recomputedTokens)
    field(o.pagedOutBytes)
    field(o.pagedInBytes)
    field(o.longestTokenGap)
    field(o.timeSpent.waiting)
    field(o.timeSpent.running)
    field(o.timeSpent.offGPU)
    field(o.deadline)
    row.append(o.cachedTokens)
    row.append("\n")
  }

  private func json(_ o: RequestOutcome, into row: inout RowBytes) {
    func key(_ name: StaticString) {
      row.append(UInt8(ascii: "\""))
      row.append(name)
      row.append("\":")
    }
    func field(_ name: StaticString, _ number: some SignedInteger & FixedWidthInteger) {
      key(name)
      row.append(number)
      row.append(UInt8(ascii: ","))
    }
    func field(_ name: StaticString, _ word: String?) {
      key(name)
      if let word {
        row.append(UInt8(ascii: "\""))
        row.append(word)
        row.append("\",")
      } else {
        row.append("null,")
      }
    }
    func field(_ name: StaticString, _ time: SimTime) {
      key(name)
      row.append(seconds: time, orNever: "null")
      row.append(UInt8(ascii: ","))
    }
    func field(_ name: StaticString, _ time: SimDuration) {
      key(name)
      row.append(seconds: time)
      row.append(UInt8(ascii: ","))
    }
    row.append(prefix)
    field("id", o.id)
    field("stream", o.stream)
    key("deployment")
    row.append(deployments[Int(o.deployment)])
    row.append(UInt8(ascii: ","))
    field("replica", o.replica)
    field("class", o.requestClass.rawValue)
    field("tenant", o.tenant)
    field("status", Self.name(o.status))
    field("rejection", o.rejectionReason.map(Self.name))
    field("arrival_s", o.arrival)
    field("scheduled_s", o.scheduled)
    field("first_token_s", o.firstToken)
    field("finished_s", o.finished)
    field("prompt_tokens", o.promptTokens)
    field("output_tokens", o.outputTokens)
    field("generated_tokens", o.generatedTokens)
    field("preemptions", o.preemptions)
    field("recomputed_tokens", o.recomputedTokens)
    field("paged_out_bytes", o.pagedOutBytes)
    field("paged_in_bytes", o.pagedInBytes)
    field("longest_gap_s", o.longestTokenGap)
    field("waiting_s", o.timeSpent.waiting)
    field("running_s", o.timeSpent.running)
    field("off_gpu_s", o.timeSpent.offGPU)
    field("due_s", o.deadline)
    key("cached_tokens")
    row.append(o.cachedTokens)
    row.append("}\n")
  }
}
