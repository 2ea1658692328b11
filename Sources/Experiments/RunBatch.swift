import Assembly
import Cluster
import Metrics
import Observing
import Report
import ResultsStore
import Scenario
import SimCore
import Workload

/// Told how far runs are. It is called from within them, several at once.
public protocol RunProgress: Sendable {
  /// A request has left a run.
  func requestLeft()
  /// A run has finished, with so many requests in all.
  func runFinished(requests: Int)
  /// A run goes on; called every few thousand events.
  func goesOn()
}

/// Why scenarios that read well cannot be run: every problem of every one.
public struct UnplannableScenarios: Error, Sendable, Equatable {
  /// The scenario's file, and what does not fit.
  public var problems: [(path: String, problem: String)]

  public static func == (a: Self, b: Self) -> Bool {
    a.problems.elementsEqual(b.problems) { $0.path == $1.path && $0.problem == $1.problem }
  }
}

/// Runs that were stopped before all of them had finished.
public struct StoppedRuns: Error, Sendable, Equatable {
  /// How many had finished.
  public var finished: Int
  public var total: Int
  /// Whether those that finished are in a store.
  public var areStored: Bool
}

/// The runs of one or several studies, every policy and replication of each scenario, made side by side.
public struct RunBatch: Sendable {
  public let studies: [Study]
  /// The runs, each with its study and its scenario's canonical text.
  public let runs: [(study: Int, scenarioText: String, run: PlannedRun)]

  /// Plans every run.
  ///
  /// - Parameters:
  ///   - replications: for each study the numbers of those that are made; those that it asks for when left out.
  ///   - seriesInterval: how often levels are written down for the results' time series; nil for none.
  ///   - spillwayVersion: what the results say they were made with.
  ///   - plans: those of earlier batches of the same deployments.
  /// - Throws: `UnplannableScenarios`; what else planning throws, for example `WorkloadError`.
  public init(
    _ studies: [Study], replications: [Range<Int>]? = nil, stepping: Stepping = .segment,
    checksInvariants: Bool = false, seriesInterval: SimDuration? = nil, spillwayVersion: String,
    plans: SharedPlans = SharedPlans()
  ) throws {
    self.studies = studies
    let inputs = InputDigests()
    var runs: [(study: Int, scenarioText: String, run: PlannedRun)] = []
    var problems: [(path: String, problem: String)] = []
    for (index, study) in studies.enumerated() {
      for scenario in study.scenarios {
        do {
          let planned = try Planner.runs(
            of: scenario, replications: replications?[index], stepping: stepping, checksInvariants: checksInvariants,
            spillwayVersion: spillwayVersion, inputs: inputs, plans: plans)
          runs += planned.map { (index, scenario.canonicalText, $0) }
        } catch let error as PlanningError {
          let place = scenario.variant.map { " (in variant '\($0.name)')" } ?? ""
          problems += error.problems.map { (scenario.path, $0 + place) }
        }
      }
    }
    if !problems.isEmpty { throw UnplannableScenarios(problems: problems) }
    for index in runs.indices { runs[index].run.plan.seriesInterval = seriesInterval }
    self.runs = runs
  }

  /// How many requests all runs will see; nil where a stream ends by time, or by itself.
  public var expectedRequests: Int? {
    var total = 0
    for stream in runs.flatMap(\.run.plan.streams) {
      guard let limit = stream.stream.requestLimit else { return nil }
      total += limit
    }
    return total
  }

  /// Makes the runs; a single one in the caller's thread.
  ///
  /// - Parameters:
  ///   - width: how many at once.
  ///   - rows: takes every request.
  ///   - outcome: told of every request with the number of its run, as it leaves; called from several runs at once.
  ///   - store: takes every run when it is finished, in order.
  ///   - observer: makes the observer of a run, in the task that makes the run; nil for runs that nobody observes.
  ///   - stop: asked for by the runs under way.
  /// - Returns: the results of each study in the order of its runs, whatever the width.
  /// - Throws: `StoppedRuns`, or the first error; runs that were finished by then are in the store.
  public func results(
    width: Int, rows: RequestRowFile? = nil, outcome: (@Sendable (Int, RequestOutcome) -> Void)? = nil,
    store: ResultsStore? = nil, progress: (any RunProgress)? = nil,
    stop: StopRequest = StopRequest(), observer: (@Sendable (PlannedRun) throws -> (any RunObserver)?)? = nil
  ) async throws -> [[RunResult]] {
    let make: @Sendable (Int) throws -> RunResult = { [runs] index in
      let planned = runs[index].run
      let part = try rows.map { try Self.part(of: $0, planned, index) }
      let sink = Self.sink(part: part, run: index, outcome: outcome, progress: progress)
      let result = try Self.make(planned, sink, try observer?(planned), progress, stop)
      progress?.runFinished(requests: Int(result.injected))
      return result
    }
    var finished = FinishedRuns(of: self, store: store)
    do {
      if runs.count == 1 {
        // Here and now: another thread would only cost time.
        try finished.add(make(0), at: 0)
      } else {
        try await makeSideBySide(make, width: width, &finished)
      }
    } catch {
      let count = try finished.storeRest()
      if error is CancellationError {
        throw StoppedRuns(finished: count, total: runs.count, areStored: store != nil)
      }
      throw error
    }
    var byStudy = Array(repeating: [RunResult](), count: studies.count)
    for (planned, result) in zip(runs, finished.all) { byStudy[planned.study].append(result) }
    return byStudy
  }

  /// - Throws: the first error; runs that were finished by then are kept.
  private func makeSideBySide(
    _ make: @escaping @Sendable (Int) throws -> RunResult, width: Int, _ finished: inout FinishedRuns
  ) async throws {
    try await withThrowingTaskGroup(of: (Int, RunResult).self) { group in
      var next = 0
      func start() {
        let index = next
        next += 1
        group.addTask { (index, try make(index)) }
      }
      do {
        while next < min(width, runs.count) { start() }
        while let (index, result) = try await group.next() {
          try finished.add(result, at: index)
          if next < runs.count { start() }
        }
      } catch {
        group.cancelAll()
        while let outcome = await group.nextResult() {
          if case .success(let (index, result)) = outcome { finished.keep(result, at: index) }
        }
        throw error
      }
    }
  }

  private static func part(
    of rows: RequestRowFile, _ run: PlannedRun, _ index: Int
  ) throws -> RequestRowPart {
    try rows.part(
      run: index, policy: run.label, variant: run.variant?.name, replication: run.replication,
      deployments: run.plan.deployments.map(\.name))
  }

  /// What a run does with every request that leaves it; nil where nobody wants to know.
  private static func sink(
    part: RequestRowPart?, run: Int, outcome: (@Sendable (Int, RequestOutcome) -> Void)?,
    progress: (any RunProgress)?
  ) -> (@Sendable (RequestOutcome) -> Void)? {
    if part == nil, outcome == nil, progress == nil { return nil }
    return { request in
      part?.write(request)
      outcome?(run, request)
      progress?.requestLeft()
    }
  }

  private static func make(
    _ run: PlannedRun, _ sink: (@Sendable (RequestOutcome) -> Void)?, _ observer: (any RunObserver)?,
    _ progress: (any RunProgress)?, _ stop: StopRequest
  ) throws -> RunResult {
    return try run.result(sink: sink, observer: observer) {
      progress?.goesOn()
      return stop.isRequested || Task.isCancelled
    }
  }
}

/// The results so far, stored in order as far as there is no gap.
private struct FinishedRuns {
  let batch: RunBatch
  let store: ResultsStore?
  private var results: [RunResult?]
  private var stored = 0

  init(of batch: RunBatch, store: ResultsStore?) {
    self.batch = batch
    self.store = store
    results = Array(repeating: nil, count: batch.runs.count)
  }

  var all: [RunResult] { results.compactMap { $0 } }

  mutating func keep(_ result: RunResult, at index: Int) { results[index] = result }

  mutating func add(_ result: RunResult, at index: Int) throws {
    keep(result, at: index)
    while stored < results.count, let next = results[stored] {
      try write(next, at: stored)
      stored += 1
    }
  }

  /// Stores what lies behind a gap; how many runs are stored then.
  mutating func storeRest() throws -> Int {
    var count = stored
    for index in stored..<results.count {
      guard let result = results[index] else { continue }
      try write(result, at: index)
      count += 1
    }
    return count
  }

  private func write(_ result: RunResult, at index: Int) throws {
    try store?.write(result, scenarioText: batch.runs[index].scenarioText)
  }
}
