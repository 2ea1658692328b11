import Assembly
import Cluster
import Metrics
import ResultsStore
import Scenario
import Synchronization

extension Sweep {
  /// Makes jobs and stores what comes out, in any order; results do not depend on it.
  ///
  /// - Parameters:
  ///   - jobs: some of the sweep's.
  ///   - width: how many at once.
  ///   - store: takes every run.
  ///   - stop: when requested, what is under way is finished and stored, and nothing more begun.
  /// - Throws: the first error of a run or of the store, once what was finished is stored.
  public func run(
    _ jobs: [Job], width: Int, store: ResultsStore, progress: (any SweepProgress)? = nil,
    stop: StopRequest = StopRequest()
  ) async throws -> SweepOutcome {
    let work = SweepWork(sweep: self, jobs: jobs, store: store, progress: progress, stop: stop)
    let clock = ContinuousClock()
    let start = clock.now
    let workers = max(1, min(width, jobs.count))
    var failure: (any Error)?
    await withTaskGroup(of: (any Error)?.self) { group in
      for _ in 0..<workers {
        group.addTask {
          do {
            try work.workUntilDone()
            return nil
          } catch {
            work.abandon()
            return error
          }
        }
      }
      for await error in group where failure == nil { failure = error }
    }
    let elapsed = (clock.now - start) / .seconds(1)
    var outcome = try work.finish(workerSeconds: elapsed * Double(workers))
    outcome.wasStopped = stop.isRequested && outcome.finished < jobs.count - work.skipped
    if let failure { throw failure }
    return outcome
  }
}

extension Sweep {
  /// What the engines of some jobs rest on, without running them: every deployment of every point.
  ///
  /// Points that cannot be planned are left out; running them tells why.
  /// - Throws: what reading a scenario's files throws.
  public func trust(of jobs: [Job]) throws -> [(name: String, trust: TrustBasis?)] {
    let shared = SharedPlans()
    var seen: Set<[Int]> = []
    return try jobs.flatMap { job -> [(name: String, trust: TrustBasis?)] in
      guard seen.insert([job.scenario, job.policy ?? -1]).inserted else { return [] }
      do {
        let scenario = scenarios[job.scenario]
        let planned = try Planner.run(
          of: scenario, on: try shared.plan(of: scenario, policy: job.policy), policy: job.policy,
          replication: job.replication, point: job.run.digest, stepping: stepping,
          checksInvariants: checksInvariants, spillwayVersion: spillwayVersion)
        return planned.plan.deployments.map { ($0.name, $0.trust) }
      } catch is PlanningError {
        return []
      }
    }
  }
}

/// What the workers of a sweep share.
private final class SweepWork: Sendable {
  let sweep: Sweep
  let jobs: [Sweep.Job]
  let progress: (any SweepProgress)?
  let stop: StopRequest
  private let shared = SharedPlans()
  private let next = Atomic(0)
  private let isAbandoned = Atomic(false)
  private let skippedJobs = Atomic(0)
  private let writer: SweepWriter
  private let problems = Mutex<[Int: [String]]>([:])

  init(
    sweep: Sweep, jobs: [Sweep.Job], store: ResultsStore, progress: (any SweepProgress)?, stop: StopRequest
  ) {
    self.sweep = sweep
    self.jobs = jobs
    self.progress = progress
    self.stop = stop
    writer = SweepWriter(store)
  }

  /// Jobs whose points cannot be run.
  var skipped: Int { skippedJobs.load(ordering: .relaxed) }

  /// Others shall begin nothing more.
  func abandon() { isAbandoned.store(true, ordering: .relaxed) }

  func workUntilDone() throws {
    while !stop.isRequested, !isAbandoned.load(ordering: .relaxed) {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < jobs.count else { return }
      try make(jobs[index])
    }
  }

  private func make(_ job: Sweep.Job) throws {
    let scenario = sweep.scenarios[job.scenario]
    let planned: PlannedRun
    do {
      planned = try Planner.run(
        of: scenario, on: try shared.plan(of: scenario, policy: job.policy), policy: job.policy,
        replication: job.replication, point: job.run.digest, stepping: sweep.stepping,
        checksInvariants: sweep.checksInvariants, spillwayVersion: sweep.spillwayVersion)
    } catch let error as PlanningError {
      // The others go on; what cannot be run is told at the end.
      problems.withLock { $0[job.scenario] = error.problems }
      skippedJobs.add(1, ordering: .relaxed)
      return
    }
    // A run under way is not stopped: a second Ctrl-C ends the process.
    let progress = progress
    let result = try planned.result {
      progress?.goesOn()
      return false
    }
    try writer.add(result, scenarioText: scenario.canonicalText)
    progress?.runFinished()
  }

  /// Stores what is left, and says what became of the jobs.
  func finish(workerSeconds: Double) throws -> SweepOutcome {
    var outcome = try writer.finish()
    outcome.total = jobs.count
    outcome.workerSeconds = workerSeconds
    outcome.problems = problems.withLock { $0 }.sorted { $0.key < $1.key }.flatMap { index, problems in
      let scenario = sweep.scenarios[index]
      let place = scenario.variant.map { " (at \($0.name))" } ?? ""
      return problems.map { "\(scenario.path): error: \($0)\(place)" }
    }
    return outcome
  }
}

/// Stores finished runs, several in one transaction: each costs the disk as much as one run alone. One worker writes
/// while the others go on, as long as few runs wait: a kill loses what is being written and what waits.
private final class SweepWriter: Sendable {
  private struct State {
    var waiting: [(run: RunResult, scenarioText: String)] = []
    var isBeingWritten = false
    var lastWritten: ContinuousClock.Instant
    var outcome = SweepOutcome()
  }

  private let store: ResultsStore
  private let state: Mutex<State>
  /// Held by the worker that writes.
  private let turn = Mutex(())
  /// After which time, and how many runs, those that wait are written.
  private static let interval = Duration.milliseconds(500)
  private static let most = 64
  /// How many may wait while others are being written.
  private static let mostBeside = 16

  init(_ store: ResultsStore) {
    self.store = store
    state = Mutex(State(lastWritten: .now))
  }

  func add(_ run: RunResult, scenarioText: String) throws {
    let isDue = state.withLock { state in
      state.waiting.append((run, scenarioText))
      state.outcome.simulatingSeconds += run.wallSeconds
      return state.waiting.count >= Self.most || .now - state.lastWritten >= Self.interval
    }
    if isDue { try turn.withLockIfAvailable { _ in try write() } }
    let isBehind = state.withLock { $0.isBeingWritten && $0.waiting.count >= Self.mostBeside }
    if isBehind { turn.withLock { _ in } }
  }

  func finish() throws -> SweepOutcome {
    try turn.withLock { _ in try write() }
    return state.withLock { $0.outcome }
  }

  /// Writes what waits; what cannot be written goes on waiting. Only for the worker whose turn it is.
  private func write() throws {
    let runs = state.withLock { state in
      state.isBeingWritten = true
      defer { state.waiting = [] }
      return state.waiting
    }
    do {
      try store.write(runs)
    } catch {
      state.withLock { state in
        state.waiting = runs + state.waiting
        state.isBeingWritten = false
      }
      throw error
    }
    state.withLock { state in
      state.outcome.finished += runs.count
      state.lastWritten = .now
      state.isBeingWritten = false
    }
  }
}
