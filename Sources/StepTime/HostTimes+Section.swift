import Catalogue

/// What the host does, as columns of a profile's section `@engine`.
extension EngineCosts {
  /// Columns that an engine may have besides: ``HostTimes``, in microseconds; empty where the host was not measured.
  static let hostColumns = [
    "host_per_step", "host_per_decode", "host_per_chunk", "host_per_prompt_token", "host_slowdown",
  ]

  /// What of that may be left out where it was not measured: then it takes no time.
  static let launchColumns = ["host_launch_per_layer", "host_launch_per_broken_layer", "host_launch_of_new_size"]

  /// ``HostTimes/aheadSlowdown``, a factor; 1 where it is left out or empty.
  static let aheadColumn = "host_ahead_slowdown"

  /// ``HostTimes/aheadPerSequence``, in microseconds; none where it is left out or empty.
  static let aheadSequenceColumn = "host_ahead_per_sequence"

  /// ``WorkerTimes``, in microseconds; left out or empty where engines of several GPUs were not measured.
  static let workerColumns = [
    "worker_per_step", "worker_per_sequence", "worker_collective_gap", "worker_launch_per_layer",
    "worker_launch_per_broken_layer",
  ]

  static func hostFields(_ host: HostTimes?) -> [String] {
    guard let host else { return (hostColumns + launchColumns + [aheadColumn, aheadSequenceColumn]).map { _ in "" } }
    return [
      host.perStep, host.perDecode, host.perChunk, host.perPromptToken, host.slowdown, host.launchPerLayer,
      host.launchPerBrokenLayer, host.launchOfNewSize,
    ].map { number($0 * 1e6) } + [number(host.aheadSlowdown), number(host.aheadPerSequence * 1e6)]
  }

  static func workerFields(_ workers: WorkerTimes?) -> [String] {
    guard let workers else { return workerColumns.map { _ in "" } }
    return [
      workers.perStep, workers.perSequence, workers.collectiveGap, workers.launchPerLayer, workers.launchPerBrokenLayer,
    ].map { number($0 * 1e6) }
  }
}

extension HostTimes {
  /// Nil when the row has none of them.
  init?(_ row: ProfileTable.Row, _ columns: [String]) throws(ProfileTextError) {
    let there = EngineCosts.hostColumns.filter(columns.contains)
    if there.allSatisfy({ row.text($0).isEmpty }) { return nil }
    if let missing = EngineCosts.hostColumns.first(where: { !there.contains($0) }) {
      throw row.error("the column '\(missing)' is missing")
    }
    let host = try there.map { column throws(ProfileTextError) in try row.seconds(column) }
    let launch = try row.optionalSeconds(EngineCosts.launchColumns, among: columns)
    let worker = try row.optionalSeconds(EngineCosts.workerColumns, among: columns)
    self.init(
      perStep: host[0], perDecode: host[1], perChunk: host[2], perPromptToken: host[3], slowdown: host[4],
      launchPerLayer: launch[0] ?? 0, launchPerBrokenLayer: launch[1] ?? 0, launchOfNewSize: launch[2] ?? 0)
    if columns.contains(EngineCosts.aheadColumn), !row.text(EngineCosts.aheadColumn).isEmpty {
      aheadSlowdown = try row.number(EngineCosts.aheadColumn, 0.1...10)
    }
    aheadPerSequence = try row.optionalSeconds([EngineCosts.aheadSequenceColumn], among: columns)[0] ?? 0
    guard worker.contains(where: { $0 != nil }) else { return }
    workers = WorkerTimes(
      perStep: worker[0] ?? 0, perSequence: worker[1] ?? 0, collectiveGap: worker[2] ?? 0,
      launchPerLayer: worker[3] ?? 0, launchPerBrokenLayer: worker[4] ?? 0)
  }
}

extension ProfileTable.Row {
  /// Seconds from columns of microseconds; nil where one is left out or empty.
  fileprivate func optionalSeconds(
    _ wanted: [String], among columns: [String]
  ) throws(ProfileTextError) -> [Double?] {
    try wanted.map { column throws(ProfileTextError) in
      columns.contains(column) && !text(column).isEmpty ? try seconds(column) : nil
    }
  }
}
