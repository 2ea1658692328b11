import Assembly
import CommandLineTool
import Configuration
import Experiments
import Foundation
import Metrics
import ResultsStore
import Scenario
import Scheduling
import Testing

/// A hundred points that take a few milliseconds each.
private let design = """
  sweep:
    grid:
      workload.rate: {from: 1/s, to: 50/s, points: 50}
      deployments.chat.engine.max_num_seqs: [4, 16]

  """

/// The sweep of a file.
private func sweep(_ path: String) throws -> Sweep {
  let diagnostics = Diagnostics()
  let study = try ScenarioReader.sweep(path: path, policies: .builtIn, metrics: [], into: diagnostics)
  return try Sweep(try #require(study, "\(diagnostics.all)"), spillwayVersion: SpillwayCommand.version)
}

/// Calls back when so many runs are finished.
private final class AfterRuns: SweepProgress {
  private let count: Int
  private let act: @Sendable () -> Void
  private let finished = LockedCount()

  init(_ count: Int, _ act: @escaping @Sendable () -> Void) {
    self.count = count
    self.act = act
  }

  func runFinished() { if finished.next() == count { act() } }
  func goesOn() {}
}

private final class LockedCount: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0

  func next() -> Int {
    lock.withLock {
      count += 1
      return count
    }
  }
}

@Suite struct SweepTests {
  @Test("the sweeps of the repository can be run", arguments: ["batch-limits", "burst-pareto"])
  func shippedSweeps(name: String) async throws {
    let folder = try Folder()
    let trace = try folder.file("t.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.97,100,20\n")
    var arguments = [
      "sweep", "\(scenarioFolder)/sweeps/\(name).yaml", "--store", folder["s.sqlite"], "--quiet", "--format", "csv",
    ]
    arguments +=
      name == "burst-pareto"
      ? ["--set", "workload.chat.trace.file=\(trace)", "--set", "workload.burst.requests=3"]
      : ["--set", "duration=1 s", "--set", "warmup=0 s", "--set", "replications=1"]
    let outcome = await spillway(arguments)
    #expect(outcome.status == .done, "\(outcome.error)")
    #expect(outcome.output.split(separator: "\n").count == (name == "burst-pareto" ? 46 : 37), "\(outcome.output)")
  }

  private func digest(_ store: String) async -> String {
    let outcome = await spillway("store", "digest", store)
    #expect(outcome.status == .done, "\(outcome.error)")
    return outcome.output
  }

  @Test("a second sweep makes nothing, one with a policy or replications more makes what is missing")
  func makesWhatIsMissing() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario + "sweep: {grid: {workload.rate: [2/s, 4/s, 8/s]}}\n")
    let store = folder["s.sqlite"]
    func runs(_ arguments: String...) async -> String {
      let outcome = await spillway(["sweep", path, "--store", store] + arguments)
      #expect(outcome.status == .done, "\(outcome.error)")
      return outcome.errorLines.first ?? ""
    }
    #expect(await runs() == "3 points, 3 runs, 3 to be made")
    #expect(await runs() == "3 points, 3 runs, 0 to be made")
    #expect(await runs("--replications", "2") == "3 points, 6 runs, 3 to be made")
    #expect(await runs("--policy", "vllm-v1", "--policy", "aqua") == "3 points, 6 runs, 3 to be made")
    #expect(await runs("--seed", "2") == "3 points, 3 runs, 3 to be made")
    #expect(try storedRuns(store) == 12)
    // A run that was made by itself is the point's.
    let other = folder["t.sqlite"]
    _ = await spillway("run", path, "--store", other, "--quiet", "--set", "workload.rate=4/s")
    let rest = await spillway("sweep", path, "--store", other)
    #expect(rest.errorLines.first == "3 points, 3 runs, 2 to be made")
  }

  @Test("points give what the scenario gives by itself, whatever --jobs, in every format")
  func pointsAreScenarios() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario + "sweep: {grid: {workload.rate: [2/s, 50/s]}}\n")
    let arguments = ["sweep", path, "--quiet", "--replications", "2", "--policy", "vllm-v1", "--policy", "aqua"]
    let one = await spillway(arguments + ["--store", folder["1.sqlite"], "--jobs", "1", "--format", "json"])
    let four = await spillway(arguments + ["--store", folder["4.sqlite"], "--jobs", "4", "--format", "json"])
    #expect(one.timeless == four.timeless)
    #expect(await digest(folder["1.sqlite"]) == digest(folder["4.sqlite"]))
    let points = try #require(try one.json()["points"] as? [[String: Any]])
    #expect(points.map { ($0["settings"] as? [String: Any])?["workload.rate"] as? Int } == [2, 2, 50, 50])
    #expect(points.map { $0["policy"] as? String } == ["vllm-v1", "aqua", "vllm-v1", "aqua"])
    let alone = try await spillway(
      "run", path, "--no-store", "--quiet", "--set", "workload.rate=50/s", "--replications", "2", "--format", "json"
    ).json()
    let summary = try #require((alone["results"] as? [[String: Any]])?.first { $0["replication"] is String })
    for name in ["mean_ttft_ms", "p99_e2el_ms_half_width", "output_throughput"] {
      #expect(points[2][name] as? Double == summary[name] as? Double, "\(name)")
    }
    let csv = await spillway(
      arguments + [
        "--store", folder["1.sqlite"], "--format", "csv", "--baseline", "vllm-v1", "--pareto", "p99_ttft_ms",
      ])
    let lines = csv.output.split(separator: "\n").map { line in
      line.replacing(/"[^"]*"/, with: "quoted").split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(lines.count == 5 && Set(lines.map(\.count)).count == 1)
    #expect(
      lines[0].prefix(7) == ["deployment", "class", "policy", "variant", "workload.rate", "replications", "pareto"])
    #expect(lines[0].contains("mean_ttft_ms_ratio") && lines[1][4] == "2")
    let table = await spillway(
      arguments + ["--store", folder["1.sqlite"], "--format", "markdown", "--baseline", "rate=2/s"])
    #expect(table.output.contains("| ratio of p99") || table.output.contains("ratio of p99\\_ttft\\_ms"))
  }

  @Test("a sweep killed with SIGKILL and taken up again has the store content of an undisturbed one")
  func killedAndTakenUp() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario + design)
    let store = folder["killed.sqlite"]
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, store = store as String] in
      let sweep = try sweep(path)
      let store = try ResultsStore(path: store)
      let killer = AfterRuns(80) { kill(getpid(), SIGKILL) }
      _ = try await sweep.run(sweep.jobs, width: 2, store: store, progress: killer)
    }
    let left = try storedRuns(store)
    #expect((1..<100).contains(left), "\(left) runs were stored before it was killed")
    let again = await spillway("sweep", path, "--store", store, "--jobs", "2")
    #expect(again.errorLines.first == "100 points, 100 runs, \(100 - left) to be made")
    let whole = folder["whole.sqlite"]
    #expect(await spillway("sweep", path, "--store", whole, "--quiet", "--jobs", "1").status == .done)
    #expect(await digest(store) == digest(whole))
  }

  @Test("a stop finishes what is under way, keeps it, and says how to go on")
  func stopped() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario + design)
    let store = try ResultsStore(path: folder["s.sqlite"])
    let sweep = try sweep(path)
    let stop = StopRequest()
    let outcome = try await sweep.run(
      sweep.jobs, width: 2, store: store, progress: AfterRuns(5) { stop.request() }, stop: stop)
    #expect(outcome.wasStopped && (5...7).contains(outcome.finished))
    #expect(try sweep.missing(from: store).count == 100 - outcome.finished)
    let requested = StopRequest()
    requested.request()
    let command = await spillway(["sweep", path, "--store", folder["t.sqlite"], "--quiet"], stop: requested)
    #expect(command.status == .interrupted)
    #expect(command.error.contains("0 of 100 runs were made and are in the store; the same command makes the rest"))
  }

  @Test("shards merged are the whole sweep")
  func shards() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml", quickScenario + "sweep: {grid: {workload.rate: {from: 1/s, to: 5/s, points: 5}}}\n")
    var stores: [String] = []
    for shard in 0..<3 {
      stores.append(folder["\(shard).sqlite"])
      let outcome = await spillway("sweep", path, "--store", stores[shard], "--shard", "\(shard)/3")
      #expect(outcome.status == .done)
      #expect(outcome.errorLines.first == "5 points, 5 runs, \([2, 2, 1][shard]) to be made")
      #expect(outcome.error.contains("are not in the store yet"))
    }
    let merged = folder["merged.sqlite"]
    let first = await spillway(["store", "merge", merged] + stores)
    #expect(first.status == .done && first.output.contains("\(stores[0]): 2 runs added, 0 were there"))
    let second = await spillway("store", "merge", merged, stores[0])
    #expect(second.output.contains("0 runs added, 2 were there"))
    let whole = folder["whole.sqlite"]
    _ = await spillway("sweep", path, "--store", whole, "--quiet")
    #expect(await digest(merged) == digest(whole))
    #expect(await digest(stores[0]) != digest(whole))
    let rest = await spillway("sweep", path, "--store", merged)
    #expect(rest.errorLines.first == "5 points, 5 runs, 0 to be made")
  }

  @Test("points that cannot be run are told, and the others are made")
  func unplannablePoints() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml",
      quickScenario + "sweep: {grid: {deployments.chat.engine.gpu_memory_utilization: [0.9, 0.2, 0.8]}}\n")
    let outcome = await spillway("sweep", path, "--store", folder["s.sqlite"], "--quiet")
    #expect(outcome.status == .badInput)
    #expect(
      outcome.errorLines.count == 1 && outcome.error.contains("(at gpu_memory_utilization=0.2)"), "\(outcome.error)")
    #expect(try storedRuns(folder["s.sqlite"]) == 2)
  }

  @Test(
    "wrong arguments are usage, told before anything is run",
    arguments: [
      (["--shard", "3/3"], "'--shard' wants i/n"), (["--figures", "p99_tft_ms"], "did you mean 'p99_ttft_ms'?"),
      (["--pareto", "duration"], "of which more or less is better"), (["--store", ""], "'--store' wants the name"),
      (["--vary", "workload.rte=1,2"], "unknown key 'rte'"),
    ])
  func usage(arguments: [String], message: String) async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario + "sweep: {grid: {workload.rate: [2/s, 4/s]}}\n")
    let outcome = await spillway(
      ["sweep", path] + (arguments[0] == "--store" ? [] : ["--store", folder["s"]]) + arguments)
    #expect(outcome.status == .usage && outcome.error.contains(message), "\(outcome.error)")
    #expect(folder.names == ["f.yaml"])
  }

  @Test func storesThatAreNotThereAreNotMade() async throws {
    let folder = try Folder()
    #expect(await spillway("store", "digest", folder["none"]).status == .unreadable)
    #expect(await spillway("store", "merge", folder["new"], folder["none"]).status == .unreadable)
    #expect(folder.names.isEmpty)
  }
}
