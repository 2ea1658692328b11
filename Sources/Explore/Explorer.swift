import Configuration
import Experiments
import Metrics
import Report
import Scenario
import Scheduling
import SimCore
import Statistics
import Synchronization

/// Simulates a scenario again and again, each time with some of its keys moved.
public final class Explorer: Sendable {
  /// How runs are made.
  public struct Running: Sendable {
    /// Runs at once.
    public var width: Int
    /// How often levels are written down for charts over time.
    public var seriesInterval: SimDuration
    /// What results say they were made with.
    public var spillwayVersion: String

    public init(width: Int, seriesInterval: SimDuration, spillwayVersion: String) {
      self.width = width
      self.seriesInterval = seriesInterval
      self.spillwayVersion = spillwayVersion
    }
  }

  /// A state of the page simulated.
  struct Simulated: Sendable {
    var movement: Movement
    /// Every choice of `best_over` made.
    var study: Study
    var runs: [RunResult]
  }

  /// The scenario as it was read: before anything is moved.
  public let start: Study
  /// What the command line changed in it.
  public let base: ScenarioOverrides
  /// Where it was read, as the person named it.
  public let path: String
  let source: ScenarioSource
  let policies: PolicyCatalogue
  private let running: Running
  private let plans = SharedPlans()
  private let known = Mutex<[Simulated]>([])
  private let executor = SimulationExecutor()

  /// The most states that are kept: the present one, those pinned, and one to go back to.
  private static let mostKept = 4

  /// - Parameters:
  ///   - path: the scenario; `-` for standard input, which is read once.
  ///   - base: what the command line changes in it.
  ///   - metrics: the results that an expectation can name.
  /// - Throws: as `ScenarioSource`.
  public init(
    path: String, base: ScenarioOverrides, policies: PolicyCatalogue, metrics: [String], running: Running
  ) throws {
    source = try ScenarioSource(path: path, overrides: base, policies: policies, metrics: metrics)
    self.path = path
    self.base = base
    self.policies = policies
    self.running = running
    start = try source.study(Movement().overrides(on: base))
  }

  /// Plans every run of the scenario as it was read.
  ///
  /// - Throws: why it cannot be run, as `RunBatch`.
  public func check() throws {
    _ = try RunBatch([start], spillwayVersion: running.spillwayVersion, plans: plans)
  }

  /// What can be moved.
  public var controls: [ControlGroup] {
    let scenario = start.scenarios[0]
    guard let keys = source.keys(of: scenario) else { return [] }
    let taken = Set(start.scenarios.flatMap { $0.variant?.settings.map(\.key) ?? [] })
    return ControlReader(keys: keys, taken: taken).groups(of: scenario, choosesPolicies: base.policies.isEmpty)
  }

  /// The JSON of `run --format json` with the same overrides.
  ///
  /// - Throws: what is wrong with them, and what else simulating throws.
  public func json(of movement: Movement) async throws -> String {
    var runs = try await simulated(movement).runs
    // `run` writes levels over time only where they are asked for.
    for index in runs.indices { runs[index].timeSeries = nil }
    return ResultsJSON.text(try ResultSet(runs))
  }

  /// What the page shows of a question.
  ///
  /// - Throws: as `json(of:)`; `ResultSet.Mismatch` where a pinned state cannot be set beside the present one.
  public func answer(to question: Question) async throws -> ExploreAnswer {
    let now = try await simulated(question.now)
    var pinned: [(name: String, simulated: Simulated)] = []
    for pin in question.pins { pinned.append((pin.name, try await simulated(pin.movement))) }
    return try ExploreAnswer(self, now: now, pinned: pinned, shown: question.shown)
  }

  /// The results of a state: those known, or new ones.
  private func simulated(_ movement: Movement) async throws -> Simulated {
    if let found = known.withLock({ $0.first { $0.movement == movement } }) {
      keep(found)
      return found
    }
    // Runs would hold every thread that connections are served by.
    let made = try await withTaskExecutorPreference(executor) {
      let study = try source.study(movement.overrides(on: base))
      let chosen = try await ChosenSettings.chosen(in: [study]) { try await results(of: $0, levels: false) }
      return Simulated(
        movement: movement, study: chosen[0], runs: try await results(of: chosen, levels: true).flatMap { $0 })
    }
    keep(made)
    return made
  }

  private func results(of studies: [Study], levels: Bool) async throws -> [[RunResult]] {
    let batch = try RunBatch(
      studies, seriesInterval: levels ? running.seriesInterval : nil, spillwayVersion: running.spillwayVersion,
      plans: plans)
    return try await batch.results(width: running.width)
  }

  private func keep(_ simulated: Simulated) {
    known.withLock { known in
      known.removeAll { $0.movement == simulated.movement }
      known.append(simulated)
      if known.count > Self.mostKept { known.removeFirst() }
    }
  }
}
