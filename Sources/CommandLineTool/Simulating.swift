import Cluster
import Experiments
import Foundation
import Metrics
import Report
import ResultsStore
import Scenario
import SimCore

/// What `run`, `compare` and `check` have in common: scenarios in, results out.
struct Simulating {
  var running: RunningOptions
  var context: CommandContext

  /// Makes every run of the studies.
  ///
  /// - Parameters:
  ///   - replications: for each study the numbers of those that are made; those that it asks for when left out.
  ///   - storePath: where runs are kept; nil keeps none.
  ///   - requestPath: where a row per request goes; nil writes none.
  ///   - series: what of the runs' course over time is asked for.
  ///   - modelError: whether the engines' errors must be known.
  ///   - timelinePath: where the timeline of the only run goes; nil writes none.
  /// - Returns: the results of each study: variants, policies and replications in order.
  func results(
    of studies: [Study], replications: [Range<Int>]? = nil, storePath: String? = nil, requestPath: String? = nil,
    series: SeriesOptions? = nil, modelError: ModelErrorOption? = nil, timelinePath: String? = nil
  ) async throws -> [[RunResult]] {
    try await watched(
      of: studies, replications: replications, storePath: storePath, requestPath: requestPath, series: series,
      modelError: modelError, timelinePath: timelinePath
    ).results
  }

  /// Runs, and what was seen of them as they were made.
  struct Watched {
    /// Of each study.
    var results: [[RunResult]]
    /// Single runs batch by batch; nil where nobody asked.
    var batches: BatchedRuns?
    /// When requests came and how long they waited; nil where no charts are drawn.
    var plotted: PlottedRequests?
  }

  /// The same, watched as the options ask.
  ///
  /// - Parameters:
  ///   - timelineLimit: the most bytes of a timeline, before gzip.
  ///   - inBatches: whether single runs are looked at batch by batch.
  ///   - seriesInterval: how often levels are written down; as `series` has it when left out.
  ///   - plotsRequests: whether it is kept when requests came and how long they waited, though `series` doesn't ask.
  func watched(
    of studies: [Study], replications: [Range<Int>]? = nil, storePath: String? = nil, requestPath: String? = nil,
    series: SeriesOptions? = nil, modelError: ModelErrorOption? = nil, timelinePath: String? = nil,
    timelineLimit: Int? = nil, inBatches: Bool = false, seriesInterval: SimDuration? = nil, plotsRequests: Bool = false
  ) async throws -> Watched {
    let batch = try RunBatch(
      studies, replications: replications, stepping: running.stepping, checksInvariants: running.checkInvariants,
      seriesInterval: seriesInterval ?? series?.interval, spillwayVersion: SpillwayCommand.version)
    try modelError?.check(batch.runs.flatMap { $0.run.plan.deployments.map { (name: $0.name, trust: $0.trust) } })
    // Whatever cannot be written is told before anything is simulated.
    try series?.checkPlaces()
    let timeline = try timelinePath.map {
      try TimelineRequest(path: $0, limit: timelineLimit ?? TimelineWriter.usualLimit, of: batch)
    }
    let rows = try requestPath.map { try Self.requestRows($0, of: batch) }
    let store = try storePath.map { try Self.openStore($0, context) }
    let stop = context.stop()
    let progress = progress(of: batch)
    defer { progress?.clear() }
    let batches = inBatches ? BatchedRuns(of: batch) : nil
    let plotted = plotsRequests || series?.plotsRequests == true ? PlottedRequests(of: batch) : nil
    var outcome: (@Sendable (Int, RequestOutcome) -> Void)?
    if batches != nil || plotted != nil {
      outcome = { run, request in
        batches?.add(request, run: run)
        plotted?.add(request, run: run)
      }
    }
    let results = try await batch.results(
      width: running.width, rows: rows, outcome: outcome, store: store, progress: progress, stop: stop,
      observer: { try timeline?.observer(of: $0) })
    try rows?.finish()
    return Watched(results: results, batches: batches, plotted: plotted)
  }

  /// The studies of scenario files, with every choice of `best_over` made.
  func studies(of paths: [String], overrides: ScenarioOverrides) async throws -> [Study] {
    try await chosen(
      try ScenarioLoading.load(paths, overrides: overrides, context: context, quiet: running.quiet))
  }

  /// The studies with every choice of `best_over` made.
  func chosen(_ studies: [Study]) async throws -> [Study] {
    try await ChosenSettings.chosen(in: studies) { try await results(of: $0) }
  }

  private func progress(of batch: RunBatch) -> Progress? {
    guard context.console.errorIsTerminal, !running.quiet else { return nil }
    return Progress(
      runs: batch.runs.count, expectedRequests: batch.expectedRequests, width: context.console.errorWidth,
      write: context.console.writeError)
  }

  private static func requestRows(_ path: String, of batch: RunBatch) throws -> RequestRowFile {
    try OutputPlace.check(path)
    try OpenFiles.allow(batch.runs.count, for: path)
    guard let format = RowFormat(path: path) else {
      throw Failure(.usage, "'--requests' wants a file that ends in .csv, .jsonl or .ndjson, found '\(path)'")
    }
    return RequestRowFile(
      path: path, format: format, runs: batch.runs.count, namesVariants: batch.runs.contains { $0.run.variant != nil })
  }

  /// Opens a store to write to.
  static func openStore(_ path: String, _ context: CommandContext) throws -> ResultsStore {
    try OutputPlace.makeFolder(of: path)
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw OutputError(path: path, reason: String(cString: strerror(EISDIR)))
    }
    return try ResultsStore(path: path, patience: context.storePatience)
  }
}
