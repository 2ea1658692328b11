import Assembly
import Cluster
import Metrics
import Report
import ResultsStore
import Scenario
import SimCore

/// The runs of one or several scenarios, made side by side.
struct RunBatch {
  var scenarios: [ResolvedScenario]
  /// The runs, with the scenario of each.
  var runs: [(scenario: Int, run: PlannedRun)]

  /// Plans every run.
  ///
  /// - Throws: `Failure` with every problem of every scenario.
  init(_ scenarios: [ResolvedScenario], _ options: RunningOptions) throws {
    self.scenarios = scenarios
    runs = []
    var problems: [String] = []
    for (index, scenario) in scenarios.enumerated() {
      do {
        let planned = try Planner.runs(
          of: scenario, stepping: options.stepping, checksInvariants: options.checkInvariants,
          spillwayVersion: Spillway.version)
        runs += planned.map { (index, $0) }
      } catch let error as PlanningError {
        problems += error.problems.map { "\(scenario.path): error: \($0)" }
      }
    }
    if !problems.isEmpty { throw Failure(.badInput, problems) }
  }

  /// Makes the runs.
  ///
  /// - Parameters:
  ///   - width: how many at once.
  ///   - rows: takes every request.
  ///   - store: takes every run when it is finished, in order.
  /// - Returns: the results in the order of `runs`, whatever the width.
  /// - Throws: the first error; runs that were finished by then are in the store.
  func execute(
    width: Int, rows: RequestRowFile? = nil, store: ResultsStore? = nil, progress: Progress? = nil,
    interruption: Interruption
  ) async throws -> [RunResult] {
    var results = FinishedRuns(batch: self, store: store)
    return try await withThrowingTaskGroup(of: (Int, RunResult).self) { group in
      var next = 0
      func start() {
        let index = next
        let planned = runs[index].run
        next += 1
        group.addTask {
          let result = try Self.make(planned, index, rows, progress, interruption)
          progress?.finishRun(requests: Int(result.injected))
          return (index, result)
        }
      }
      do {
        while next < min(width, runs.count) { start() }
        while let (index, result) = try await group.next() {
          try results.add(result, at: index)
          if next < runs.count { start() }
        }
      } catch {
        group.cancelAll()
        while let outcome = await group.nextResult() {
          if case .success(let (index, result)) = outcome { results.keep(result, at: index) }
        }
        progress?.clear()
        let kept = try results.storeRest()
        if error is CancellationError { throw Failure(.interrupted, [interrupted(kept, store)]) }
        throw error
      }
      progress?.clear()
      return results.all
    }
  }

  private func interrupted(_ kept: Int, _ store: ResultsStore?) -> String {
    let total = "\(runs.count) run\(runs.count == 1 ? "" : "s")"
    return store == nil ? "interrupted" : "interrupted: \(kept) of \(total) finished and kept in the store"
  }

  /// Makes one run, here and now.
  private static func make(
    _ run: PlannedRun, _ index: Int, _ rows: RequestRowFile?, _ progress: Progress?, _ interruption: Interruption
  ) throws -> RunResult {
    let part = try rows?.part(
      run: index, policy: run.label, replication: run.replication, deployments: run.plan.deployments.map(\.name))
    let sink: (@Sendable (RequestOutcome) -> Void)? =
      switch (part, progress) {
      case (nil, nil): nil
      case (let part?, nil): { part.write($0) }
      case (nil, let progress?): { _ in progress.count() }
      case (let part?, let progress?):
        { outcome in
          part.write(outcome)
          progress.count()
        }
      }
    var result: RunResult?
    let elapsed = try ContinuousClock().measure {
      result = try Simulation.run(
        run.plan, provenance: run.provenance, policy: run.label, warnings: run.warnings, sink: sink,
        isCancelled: {
          progress?.tick()
          return interruption.isRequested || Task.isCancelled
        })
    }
    guard var result else { throw CancellationError() }
    result.wallSeconds = elapsed / .seconds(1)
    return result
  }
}

/// The results so far, stored in order as far as there is no gap.
private struct FinishedRuns {
  let batch: RunBatch
  let store: ResultsStore?
  private var results: [RunResult?]
  private var stored = 0

  init(batch: RunBatch, store: ResultsStore?) {
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
    let planned = batch.runs[index]
    try store?.write(result, scenarioText: batch.scenarios[planned.scenario].canonicalText)
  }
}
