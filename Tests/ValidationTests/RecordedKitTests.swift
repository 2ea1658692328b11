import TestSupport
import Testing
import Validation

/// Our own recording of vLLM 0.20.2 on an H200.
@Suite struct RecordedKitTests {
  private func compare(_ letter: String, _ name: String, replay: Bool = false) throws -> ExperimentComparison {
    try comparison(RecordedData.kit(letter), name, replay: replay)
  }

  @Test(
    "under the measured durations the scheduler does what vLLM's did, step by step",
    arguments: [
      ("B", "B_saturation"), ("C", "C_queue"),
    ])
  func sameSchedule(letter: String, name: String) throws {
    let schedule = try #require(try compare(letter, name, replay: true).schedule)
    #expect(schedule.equal == schedule.measuredSteps, "\(schedule.firstDifference ?? "")")
    #expect(schedule.predictedSteps == schedule.measuredSteps)
    #expect(schedule.replayedPreemptions == schedule.measuredPreemptions)
    let firstTokens = try #require(schedule.meanTTFT)
    #expect(abs(firstTokens.replayed / firstTokens.measured - 1) < 1e-3)
  }

  @Test("with arrivals between steps all but a few microseconds' races are the same")
  func nearlySameSchedule() throws {
    try expectNearlySameSchedule(try compare("B", "B_poisson_60", replay: true), share: 0.95)
  }

  /// Step times are fitted to grids of steps; these files were not looked at.
  @Test(
    "with the host known, latencies and all else of what was not fitted are within the bounds",
    arguments: [("B", "B_saturation"), ("B", "B_poisson_60"), ("C", "C_queue")])
  func predicted(letter: String, name: String) throws { try expectPredicted(try compare(letter, name)) }

  /// The machine's host was up to a fifth slower or faster in these runs than in the grid's.
  @Test(
    "with the usual host, the default, mean latencies are within 8 %",
    arguments: [("B", "B_poisson_60"), ("C", "C_queue")])
  func usualHost(letter: String, name: String) throws {
    let kit = try KitReader.read(path: RecordedData.kit(letter))
    let experiment = try #require(kit.experiments.first { $0.name == name })
    let comparison = try ExperimentComparison(experiment)
    #expect(!comparison.notes.contains { $0.contains("host took") })
    for figure in comparison.figures where figure.statistic == .mean {
      #expect(abs(figure.error ?? 1) < 0.08, "\(figure)")
    }
  }

  @Test("the grid of steps is read, and every step has a cost")
  func grid() throws {
    let kit = try KitReader.read(path: RecordedData.kit("A"))
    #expect(kit.experiments.count == 7 && kit.experiments.allSatisfy { $0.kind == .stepGrid })
    var count = 0
    for experiment in kit.experiments {
      let comparison = try ExperimentComparison(experiment)
      #expect(comparison.figures.isEmpty && comparison.run == nil)
      let steps = try #require(comparison.steps)
      #expect(steps.left == 0 && steps.all.median < 0.1)
      count += steps.all.count
    }
    #expect(count == 1643)
  }
}

/// The same of a run with bursts, which is not committed.
@Suite(has(burstsFile))
struct RecordedKitDataTests {
  @Test("the schedule of a run with bursts is vLLM's but for a few microseconds' races")
  func nearlySameSchedule() throws {
    let path = try #require(RecordedData.published(burstsFile))
    try expectNearlySameSchedule(try comparison(path, "D_online_only", replay: true), share: 0.9)
  }

  @Test("its figures are within the bounds")
  func predicted() throws {
    try expectPredicted(try comparison(try #require(RecordedData.published(burstsFile)), "D_online_only"))
  }
}

private let burstsFile = "vllm_h200/llama3-8b-D.json.gz"

private func comparison(_ path: String, _ name: String, replay: Bool = false) throws -> ExperimentComparison {
  let experiment = try #require(try KitReader.read(path: path).experiments.first { $0.name == name })
  return try ExperimentComparison(
    experiment, options: PredictionOptions(host: .recorded), replaysSchedule: replay)
}

/// An arrival within microseconds of a step's beginning may fall on either side of it.
private func expectNearlySameSchedule(_ comparison: ExperimentComparison, share: Double) throws {
  let schedule = try #require(comparison.schedule)
  #expect(Double(schedule.equal) >= share * Double(schedule.measuredSteps))
  #expect(schedule.predictedSteps == schedule.measuredSteps)
  let firstTokens = try #require(schedule.meanTTFT)
  #expect(abs(firstTokens.replayed / firstTokens.measured - 1) < 2e-3)
}

private func expectPredicted(_ comparison: ExperimentComparison) throws {
  #expect(comparison.figures.count == 15)
  for figure in comparison.figures {
    #expect(
      ErrorBounds.target.holds(figure),
      "\(figure.metric) \(figure.statistic): measured \(figure.measured), predicted \(figure.predicted)")
  }
  let steps = try #require(comparison.steps)
  // Costs fitted to this GPU's grid alone had the steps of each run within 1.5 % all together. Fitted to three models
  // and two GPUs in common, those of B_saturation are 1.7 % short; with the slow size 448 kept out of the smoothed
  // tables, those of D_online_only are 1.55 % short.
  let sum = ["B_saturation": 0.018, "D_online_only": 0.016][comparison.experiment.name] ?? 0.015
  #expect(steps.all.median < 0.03 && steps.all.p95 < 0.1 && abs(steps.all.sum) < sum, "\(steps.all)")
  let load = try #require(comparison.load)
  #expect(load.running.meanDistance < 0.03 * load.running.measuredMean)
}
