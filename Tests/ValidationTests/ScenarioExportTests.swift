import Assembly
import Cluster
import Configuration
import Foundation
import Metrics
import Models
import Scenario
import Scheduling
import SimCore
import StepTime
import Synchronization
import TestSupport
import Testing
import Validation
import Workload

/// What is validated is what runs: an experiment written as a scenario gives the experiment's own requests.
@Suite struct ScenarioExportTests {
  @Test(
    "a recorded run, its host's pace with it, runs as a scenario under both steppings",
    arguments: [("B", "B_saturation"), ("B", "B_poisson_60"), ("C", "C_queue")])
  func recorded(letter: String, name: String) throws {
    let kit = try KitReader.read(path: RecordedData.kit(letter))
    let experiment = try #require(kit.experiments.first { $0.name == name })
    let scenario = try expectSameRequests(experiment, options: PredictionOptions(host: .recorded))
    #expect(scenario.deployments[0].engine.host.varies)
    if name == "B_poisson_60" {
      let usual = try expectSameRequests(experiment)
      #expect(usual.deployments[0].engine.host == .usual)
    }
  }

  @Test("prompts that share blocks, priorities and classes, an eager engine, own blocks and KV type")
  func settings() throws {
    var requests: [MeasuredRequest] = []
    for index in 0..<40 {
      var request = MeasuredRequest(
        id: "\(index)", arrival: Double(index) * 0.013, promptTokens: 700 + 37 * (index % 7),
        outputTokens: 20 + 11 * (index % 9))
      request.priority = index % 3
      request.requestClass = index % 5 == 0 ? .offline : .online
      request.prefixBlocks = (0..<request.promptTokens / 32).map {
        $0 < 12 ? $0 + 1000 * (index % 2) : 100 * index + $0
      }
      requests.append(request)
    }
    let cached = try experiment(requests, blocks: 700) { engine in
      engine.blockSize = 32
      engine.cachesPrefixes = true
      engine.order = .priority
      engine.plansAhead = true
      engine.cacheType = .fp8
      engine.isEager = true
      engine.maxModelLength = 4000
    }
    let scenario = try expectSameRequests(cached)
    #expect(scenario.deployments[0].engine.cachesPrefixes && scenario.deployments[0].engine.enforcesEager)
    let plain = try experiment(requests, blocks: 700) { engine in
      engine.captureSizes = [1, 2, 4, 8, 64]
      engine.capturesMixedIterations = false
      engine.chunksPrompts = false
    }
    let other = try expectSameRequests(plain)
    #expect(other.deployments[0].engine.captureSizes == [1, 2, 4, 8, 64])
    #expect(other.deployments[0].engine.graphMode == .decodeOnly && !other.deployments[0].engine.cachesPrefixes)
  }

  @Test("data-parallel engines are replicas that take the next request where fewest are unfinished")
  func replicas() throws {
    let requests = (0..<60).map { index in
      MeasuredRequest(
        id: "\(index)", arrival: Double(index) * 0.005, promptTokens: 300 + index, outputTokens: 5 + index % 31)
    }
    var pair = try experiment(requests)
    pair.hardware.dataParallel = 2
    #expect(try expectSameRequests(pair).deployments[0].placement.count == 2)
  }

  @Test("what no scenario can say is refused by name")
  func refused() throws {
    let grid = try #require(try KitReader.read(path: RecordedData.kit("A")).experiments.first)
    said("a grid of steps has no workload") {
      _ = try ScenarioExport(grid, try grid.bound(), options: PredictionOptions(), name: "grid")
    }
    let request = MeasuredRequest(id: "1", arrival: 0, promptTokens: 10, outputTokens: 10)
    let long = try experiment([request]) { $0.maxModelLength = 1_000_000 }
    said("'max_model_len' is 1000000") {
      _ = try ScenarioExport(long, try long.bound(), options: PredictionOptions(), name: "long")
    }
    var homeMade = try experiment([request])
    homeMade.model = try ModelArchitecture(
      configJSON: RecorderText().model, name: "home-made", file: "config.json")
    said("'home-made' is no model of the catalogue") {
      _ = try ScenarioExport(homeMade, try homeMade.bound(), options: PredictionOptions(), name: "home")
    }
    homeMade.modelText = RecorderText().model
    try expectSameRequests(homeMade)
  }

  @Test("a host's pace is written and read back, and a table out of order is refused")
  func hostTable() throws {
    let folder = try KitFolder()
    let pace = HostPace([
      .init(time: SimTime(picoseconds: 1_000_000_000_001), pace: 1.0 / 3), .init(time: SimTime(seconds: 2), pace: 1.25),
    ])
    #expect(try HostPace(table: try folder.file("host.csv", pace.table)) == pace)
    let path = try folder.file("back.csv", "time_s,host_time\n2,1\n1,1.5\n")
    said("rows come in order of time") { _ = try HostPace(table: path) }
    said("wants a number from 0.01 to 100.0, found 0.0") {
      _ = try HostPace(table: try folder.file("zero.csv", "time_s,host_time\n0,0\n"))
    }
  }
}

/// All kits that have been fetched.
struct ScenarioExportDataTests {
  @Test(
    "every experiment of every kit runs as a scenario", .enabled(if: RecordedData.published("") != nil),
    arguments: ["vllm_h200", "vllm_kits", "llmservingsim"])
  func everyKit(folder: String) throws {
    let path = try #require(RecordedData.published(folder))
    let experiments = try KitReader.read(path: path).experiments.filter { $0.kind == .serving }
    #expect(experiments.count >= 4)
    for experiment in experiments { try expectSameRequests(experiment) }
  }
}

/// Writes an experiment as a scenario, runs it under both steppings, and compares every request with the experiment's
/// own prediction, to the picosecond.
///
/// - Returns: the scenario as it was read.
@discardableResult
private func expectSameRequests(
  _ experiment: MeasuredExperiment, options: PredictionOptions = PredictionOptions()
) throws -> ResolvedScenario {
  let bound = try experiment.bound(options)
  var direct = experiment
  // Latencies counted from the queue are moved after the run.
  direct.arrivalsAreQueued = false
  let predicted = try direct.predict(bound)
  let folder = try KitFolder()
  let export = try ScenarioExport(experiment, bound, options: options, name: "kit")
  for file in export.files {
    let path = folder.path + "/" + file.name
    try FileManager.default.createDirectory(
      at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    switch file.content {
    case .text(let text): try text.write(toFile: path, atomically: true, encoding: .utf8)
    case .copy(let source): try FileManager.default.copyItem(atPath: source, toPath: path)
    }
  }
  try export.writeTrace(to: folder.path + "/" + export.traceName)
  let path = try folder.file(export.scenarioName, export.scenario)
  let diagnostics = Diagnostics()
  let read = try ScenarioReader.read(
    path: path, policies: .builtIn, metrics: [], into: diagnostics)
  let scenario = try #require(read, "\(diagnostics.all.map(\.description).joined(separator: "\n"))")
  for stepping in Stepping.allCases {
    let run = try #require(try Planner.runs(of: scenario, stepping: stepping, spillwayVersion: "").first)
    let outcomes = Mutex<[RequestOutcome]>([])
    let result = try Simulation.run(
      run.plan, provenance: run.provenance, policy: run.policyName, warnings: run.warnings,
      sink: { outcome in outcomes.withLock { $0.append(outcome) } })
    #expect(result.fingerprint == predicted.fingerprint, "\(experiment.name), \(stepping)")
    let requests = outcomes.withLock { $0.sorted { $0.id < $1.id } }
    let different = zip(requests, predicted.requests).first { $0 != $1 }
    #expect(requests.count == predicted.requests.count && different == nil, "\(experiment.name), \(stepping)")
  }
  return scenario
}
