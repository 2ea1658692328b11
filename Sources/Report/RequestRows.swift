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
  private let rows: Mutex<LaneSpool>
  private let format: RowFormat
  private let prefix: String
  private let deployments: [String]

  fileprivate init(
    besides path: String, format: RowFormat, policy: String, variant: String?, replication: Int, deployments: [String]
  ) throws(OutputError) {
    self.format = format
    switch format {
    case .csv:
      prefix =
        ([policy] + (variant.map { [$0] } ?? [])).map(ResultsCSV.field).joined(separator: ",") + ",\(replication),"
      self.deployments = deployments.map(ResultsCSV.field)
    case .jsonLines:
      let named = variant.map { "\"variant\":\(JSONWriter.quoted($0))," } ?? ""
      prefix = "{\"policy\":\(JSONWriter.quoted(policy)),\(named)\"replication\":\(replication),"
      self.deployments = deployments.map(JSONWriter.quoted)
    }
    rows = Mutex(try LaneSpool(beside: path))
  }

  static func csvHeader(namesVariants: Bool) -> String {
    "policy," + (namesVariants ? "variant," : "")
      + "replication,id,stream,deployment,replica,class,tenant,status,rejection,arrival_s,scheduled_s,"
      + "first_token_s,finished_s,prompt_tokens,output_tokens,generated_tokens,preemptions,recomputed_tokens,"
      + "paged_out_bytes,paged_in_bytes,longest_gap_s,waiting_s,running_s,off_gpu_s,due_s,cached_tokens\n"
  }

  /// Adds a row.
  public func write(_ outcome: RequestOutcome) {
    let line = format == .csv ? csv(outcome) : json(outcome)
    rows.withLock { $0.append(line, to: 0) }
  }

  fileprivate func copy(into output: AtomicFile) throws(OutputError) {
    try rows.withLock { (rows) throws(OutputError) in
      try rows.read { (bytes) throws(OutputError) in try output.write(bytes) }
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

  /// The longest gap between tokens, and how the request's time is divided.
  private static func spans(_ o: RequestOutcome) -> [(name: String, seconds: String)] {
    [
      ("longest_gap_s", o.longestTokenGap), ("waiting_s", o.timeSpent.waiting), ("running_s", o.timeSpent.running),
      ("off_gpu_s", o.timeSpent.offGPU),
    ].map { ($0.0, ExactTime.seconds(.zero + $0.1) ?? "") }
  }

  private func csv(_ o: RequestOutcome) -> String {
    let times = [o.arrival, o.scheduled, o.firstToken, o.finished].map { ExactTime.seconds($0) ?? "" }
    return prefix + "\(o.id),\(o.stream),\(deployments[Int(o.deployment)]),\(o.replica),\(o.requestClass.rawValue),"
      + "\(o.tenant),\(Self.name(o.status)),\(o.rejectionReason.map(Self.name) ?? ""),\(times.joined(separator: ",")),"
      + "\(o.promptTokens),\(o.outputTokens),\(o.generatedTokens),\(o.preemptions),\(o.recomputedTokens),"
      + "\(o.pagedOutBytes),\(o.pagedInBytes),\(Self.spans(o).map(\.seconds).joined(separator: ",")),"
      + "\(ExactTime.seconds(o.deadline) ?? ""),\(o.cachedTokens)\n"
  }

  private func json(_ o: RequestOutcome) -> String {
    func time(_ name: String, _ value: SimTime) -> String { "\"\(name)\":\(ExactTime.seconds(value) ?? "null")," }
    let reason = o.rejectionReason.map { "\"\(Self.name($0))\"" } ?? "null"
    return prefix + "\"id\":\(o.id),\"stream\":\(o.stream),\"deployment\":\(deployments[Int(o.deployment)]),"
      + "\"replica\":\(o.replica),\"class\":\"\(o.requestClass.rawValue)\",\"tenant\":\(o.tenant),"
      + "\"status\":\"\(Self.name(o.status))\",\"rejection\":\(reason),"
      + time("arrival_s", o.arrival) + time("scheduled_s", o.scheduled) + time("first_token_s", o.firstToken)
      + time("finished_s", o.finished)
      + "\"prompt_tokens\":\(o.promptTokens),\"output_tokens\":\(o.outputTokens),"
      + "\"generated_tokens\":\(o.generatedTokens),\"preemptions\":\(o.preemptions),"
      + "\"recomputed_tokens\":\(o.recomputedTokens),\"paged_out_bytes\":\(o.pagedOutBytes),"
      + "\"paged_in_bytes\":\(o.pagedInBytes),"
      + Self.spans(o).map { "\"\($0.name)\":\($0.seconds)" }.joined(separator: ",")
      + ",\"due_s\":\(ExactTime.seconds(o.deadline) ?? "null"),\"cached_tokens\":\(o.cachedTokens)}\n"
  }
}
