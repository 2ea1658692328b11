import Metrics
import SimCore
import Statistics

/// Turns figures of all alternatives into a row with one unit, the best marked.
struct RowBuilder {
  let results: ResultSet

  /// - Returns: nil when none has the figure.
  func row(
    _ group: String, _ label: String, _ summaries: [Summary?], preference: MetricKey.Preference,
    wholeNumbers: Bool = false, scale: (Double) -> TableNumber.Scale
  ) -> TextTable.Row? {
    let means = summaries.compactMap { $0?.mean }
    guard let greatest = means.map(abs).max() else { return nil }
    let unit = scale(greatest)
    let cells = summaries.map { summary in
      guard let summary else { return "none" }
      return TableNumber.text(
        summary.mean, halfWidth: summary.interval?.halfWidth, scale: unit, wholeNumbers: wholeNumbers)
    }
    return TextTable.Row(group: group, label: label, cells: cells, best: best(summaries, cells, preference))
  }

  /// Marks the best, all of them on a tie as printed, none when all are alike.
  private func best(_ summaries: [Summary?], _ cells: [String], _ preference: MetricKey.Preference) -> [Bool] {
    let none = summaries.map { _ in false }
    if preference == .none || Set(cells).count < 2 { return none }
    let means = summaries.compactMap { $0?.mean }
    guard let winner = preference == .lower ? means.min() : means.max() else { return none }
    guard let shown = zip(summaries, cells).first(where: { $0.0?.mean == winner })?.1 else { return none }
    return cells.map { $0 == shown }
  }

  func summaries(_ key: MetricKey, group: Int) -> [Summary?] {
    results.columns.indices.map { results.summary(key, of: $0, group: group) }
  }

  func summaries(_ value: (RunResult) -> Double?) -> [Summary?] {
    results.columns.map { Summary($0.runs.map(value), confidence: results.confidence) }
  }
}

/// The rows of one (deployment, request class).
struct GroupRows {
  /// How much of them is wanted.
  enum Extent {
    case whole
    /// What a reader asks first: how long people wait, what they notice of others, how much work is done.
    case short
    /// What tells whether it was disturbed: a tail, a mean, the throughput.
    case beside
  }

  var table: TextTable

  /// Whether a class came at all: requests were counted, or work was done for some that had come during the warm-up.
  static func isPresent(_ group: Int, in results: ResultSet) -> Bool {
    results.columns.indices.contains { column in
      results.columns[column].runs.contains { $0.groups[group].injected > 0 }
        || processed.map { (results.summary($0, of: column, group: group)?.mean ?? 0) > 0 } ?? false
    }
  }

  private static let processed = MetricKey.named("processed_tokens")

  init(_ results: ResultSet, group: Int, _ extent: Extent = .whole) {
    table = TextTable(columns: results.columns.map(\.label))
    let build = RowBuilder(results: results)
    func add(_ heading: String, _ label: String, _ name: String, _ scale: @escaping (Double) -> TableNumber.Scale) {
      guard let key = MetricKey.named(name) else { return }
      let row = build.row(
        heading, label, build.summaries(key, group: group), preference: key.preference,
        wholeNumbers: key.isInteger, scale: scale)
      if let row { table.rows.append(row) }
    }
    func isZeroEverywhere(_ name: String) -> Bool {
      guard let key = MetricKey.named(name) else { return true }
      return build.summaries(key, group: group).allSatisfy { $0?.mean == 0 }
    }
    // Where all do the same work but for a hundredth, its row would tell of chance.
    func tellsApart(_ name: String) -> Bool {
      let means = MetricKey.named(name).map { build.summaries($0, group: group).compactMap { $0?.mean } } ?? []
      return means.count < 2 || (means.min() ?? 0) < 0.99 * (means.max() ?? 0)
    }
    let times = TableNumber.time(greatestMilliseconds:)
    let isCounted = results.columns.contains { $0.runs.contains { $0.groups[group].injected > 0 } }
    if !isCounted {
      // All came during the warm-up; the work done for them afterwards is what there is to tell.
      add("throughput", "tokens processed", "processed_token_throughput") { _ in TableNumber.perSecond }
      return
    }
    if extent == .short {
      if results.sample.groups[group].requestClass == .online {
        add("TTFT", "mean", MetricKey.latency(.ttft, .mean).name, times)
        add("TTFT", "p99", MetricKey.latency(.ttft, .p99).name, times)
        add("token gap", "p99", MetricKey.latency(.itl, .p99).name, times)
        add("token gap", "longest", MetricKey.latency(.itl, .max).name, times)
        add("goodput", "of all requests", "good_fraction") { _ in TableNumber.percent }
      }
      if results.sample.groups[group].requestClass == .offline || tellsApart("processed_token_throughput") {
        add("throughput", "tokens processed", "processed_token_throughput") { _ in TableNumber.perSecond }
      }
      return
    }
    if extent == .beside {
      add("TTFT", "p99", MetricKey.latency(.ttft, .p99).name, times)
      add("TPOT", "mean", MetricKey.latency(.tpot, .mean).name, times)
      add("throughput", "output tokens", "output_throughput") { _ in TableNumber.perSecond }
      add("engine", "iterating", "gpu_busy_fraction") { _ in TableNumber.percent }
      return
    }
    add("requests", "completed", "completed") { _ in TableNumber.plain }
    for name in ["rejected", "unfinished"] where !isZeroEverywhere(name) {
      add("requests", name, name) { _ in TableNumber.plain }
    }
    for (heading, latency) in [("TTFT", LatencyKind.ttft), ("TPOT", .tpot), ("end to end", .e2el)] {
      for (label, statistic) in [("mean", MetricKey.Statistic.mean), ("p50", .median), ("p90", .p90), ("p99", .p99)] {
        add(heading, label, MetricKey.latency(latency, statistic).name, times)
      }
    }
    add("throughput", "requests", "request_throughput") { _ in TableNumber.perSecond }
    add("throughput", "output tokens", "output_throughput") { _ in TableNumber.perSecond }
    add("throughput", "tokens processed", "processed_token_throughput") { _ in TableNumber.perSecond }
    if results.sample.groups[group].requestClass == .offline {
      add("progress", "of those that came", "finished_fraction") { _ in TableNumber.percent }
      add("progress", "all done at", "expected_end_seconds") { _ in
        TableNumber.Scale(divisor: 1, suffix: " s")
      }
    }
    add("goodput", "within SLO", "request_goodput") { _ in TableNumber.perSecond }
    add("goodput", "of all requests", "good_fraction") { _ in TableNumber.percent }
    add("preempted", "times", "preemptions") { _ in TableNumber.plain }
    if !isZeroEverywhere("recomputed_tokens") {
      add("preempted", "tokens recomputed", "recomputed_tokens") { _ in TableNumber.plain }
    }
  }
}

/// The rows of one deployment's engines: paging, GPU and KV use.
struct EngineRows {
  var table: TextTable

  /// What a million tokens of all classes take of the GPUs, where offline work is there to bring that down; else nil.
  static func cost(_ results: ResultSet, deployment: Int32, group: Int) -> TextTable.Row? {
    let isShared = results.sample.groups.indices.contains {
      results.sample.groups[$0].deployment == deployment && results.sample.groups[$0].requestClass == .offline
        && GroupRows.isPresent($0, in: results)
    }
    guard isShared, let key = MetricKey.named("gpu_hours_per_million_tokens") else { return nil }
    let build = RowBuilder(results: results)
    return build.row(
      "cost", "GPU-hours per million tokens", build.summaries(key, group: group), preference: key.preference
    ) { _ in TableNumber.plain }
  }

  init(_ results: ResultSet, deployment: Int32, group: Int) {
    table = TextTable(columns: results.columns.map(\.label))
    let build = RowBuilder(results: results)
    func add(_ heading: String, _ label: String, _ summaries: [Summary?], _ scale: (Double) -> TableNumber.Scale) {
      let row = build.row(heading, label, summaries, preference: .none, wholeNumbers: false, scale: scale)
      if let row { table.rows.append(row) }
    }
    let routes = Self.routes(results, deployment: deployment)
    for (heading, bytes) in [("paged out", \PagingTotals.pagedOutBytes), ("paged in", \.pagedInBytes)] {
      for route in routes {
        let label = (route.tier == .host ? "to host" : "to peer GPU") + ", " + route.link
        let summaries = build.summaries { run in
          let own = run.paging.filter { $0.deployment == deployment && $0.tier == route.tier && $0.link == route.link }
          return Double(own.reduce(0) { $0 + $1[keyPath: bytes] })
        }
        add(heading, heading == "paged in" ? label.replacingTo() : label, summaries, TableNumber.bytes(greatest:))
      }
    }
    let checkpointed = build.summaries { run in
      Double(run.engines.filter { $0.deployment == deployment }.reduce(0) { $0 + $1.checkpointedBytes })
    }
    if checkpointed.contains(where: { ($0?.mean ?? 0) > 0 }) {
      add("checkpointed", "to host, PCIe", checkpointed, TableNumber.bytes(greatest:))
    }
    func sum(_ figure: KeyPath<EngineTotals, Int64>) -> [Summary?]? {
      let summaries = build.summaries { run in
        Double(run.engines.filter { $0.deployment == deployment }.reduce(0) { $0 + $1[keyPath: figure] })
      }
      return summaries.contains { ($0?.mean ?? 0) > 0 } ? summaries : nil
    }
    if let bytes = sum(\.handedOverBytes) { add("handed over", "KV", bytes, TableNumber.bytes(greatest:)) }
    if let requests = sum(\.handedOver) { add("handed over", "requests with KV", requests) { _ in TableNumber.plain } }
    if let requests = sum(\.requeued) { add("handed over", "requests without", requests) { _ in TableNumber.plain } }
    if routes.isEmpty {
      let zero = build.summaries { _ in 0 }
      add("paging", "bytes", zero, TableNumber.bytes(greatest:))
    }
    if sum(\.safepointResponses) != nil {
      for (label, name) in [("mean", "mean_safepoint_response_ms"), ("longest", "max_safepoint_response_ms")] {
        guard let key = MetricKey.named(name) else { continue }
        add("preemption answered", label, build.summaries(key, group: group), TableNumber.time(greatestMilliseconds:))
      }
    }
    for (heading, label, name) in [
      ("engine", "iterating", "gpu_busy_fraction"), ("engine", "beside copies", "beside_copies_fraction"),
      ("engine", "without requests", "idle_fraction"),
      ("engine", "waiting for transfers", "transfer_blocked_fraction"), ("KV cache", "in use", "kv_utilization"),
    ] {
      guard let key = MetricKey.named(name) else { continue }
      let summaries = build.summaries(key, group: group)
      if name == "beside_copies_fraction", summaries.allSatisfy({ ($0?.mean ?? 0) < 0.0005 }) { continue }
      add(heading, label, summaries) { _ in TableNumber.percent }
    }
    if let saved = sum(\.prefixHitTokens), let key = MetricKey.named("prefix_cache_hit_rate") {
      add("prefix cache", "hit rate", build.summaries(key, group: group)) { _ in TableNumber.percent }
      add("prefix cache", "prompt tokens saved", saved) { _ in TableNumber.plain }
    }
    for (heading, label, name) in [
      ("adapters", "found on the GPU", "adapter_hit_rate"), ("adapters", "fetched", "adapter_loads"),
      ("adapters", "wait, mean", "mean_adapter_wait_ms"), ("stored prefixes", "fetched", "stored_prefix_loads"),
      ("stored prefixes", "wait, mean", "mean_stored_prefix_wait_ms"),
    ] {
      guard let key = MetricKey.named(name) else { continue }
      let summaries = build.summaries(key, group: group)
      guard summaries.contains(where: { $0 != nil }) else { continue }
      if name.hasSuffix("_ms") {
        add(heading, label, summaries, TableNumber.time(greatestMilliseconds:))
      } else {
        add(heading, label, summaries) { _ in name.hasSuffix("_rate") ? TableNumber.percent : TableNumber.plain }
      }
    }
    // An engine iterates as much for one sequence as for hundreds; what it gets done each time tells them apart.
    let tokens = build.summaries { run in
      let sums = run.totals(ofDeployment: deployment).sums
      return sums.iterations > 0 ? Double(sums.decodeTokens) / Double(sums.iterations) : nil
    }
    add("iteration", "output tokens, mean", tokens) { _ in TableNumber.plain }
    if let cost = Self.cost(results, deployment: deployment, group: group) { table.rows.append(cost) }
  }

  /// Every (tier, link) that carried pages in any run, in order of first appearance.
  private static func routes(_ results: ResultSet, deployment: Int32) -> [(tier: PagingTier, link: String)] {
    var routes: [(tier: PagingTier, link: String)] = []
    for column in results.columns {
      for run in column.runs {
        for paging in run.paging where paging.deployment == deployment {
          if paging.pagedOutBytes == 0 && paging.pagedInBytes == 0 { continue }
          let known = routes.contains { $0.tier == paging.tier && $0.link == paging.link }
          if !known { routes.append((paging.tier, paging.link)) }
        }
      }
    }
    return routes
  }
}

extension String {
  /// `to host, PCIe` read from the other side: `from host, PCIe`.
  fileprivate func replacingTo() -> String { hasPrefix("to ") ? "from " + dropFirst(3) : self }
}
