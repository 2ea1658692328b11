import CommandLineTool
import Configuration
import ExamplePolicies
import Experiments
import Foundation
import Metrics
import Scenario
import Scheduling
import SimCore
import Statistics
import Synchronization
import TestSupport
import Testing

/// What `run` and `compare` write of a run's course: time series, their charts, the timeline.
@Suite struct OverTimeTests {
  private static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  /// The rows of a CSV file by its header's names; no field of these files is quoted.
  private static func rows(_ path: String) throws -> [[String: String]] {
    let lines = try text(path).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let header = try #require(lines.first)
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
  }

  @Test func aSeriesHasARowForEachIntervalOfEachPolicyAndReplication() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let arguments = ["compare", path, "--no-store", "--quiet", "--resolution", "2 s", "--format", "csv"]
    let one = await spillway(arguments + ["--series", folder["a.csv"], "--jobs", "1"])
    #expect(one.status == .done)
    let other = await spillway(arguments + ["--series", folder["b.csv"], "--jobs", "3", "--stepping", "iteration"])
    #expect(other.status == .done)
    let same = try Self.text(folder["a.csv"]) == Self.text(folder["b.csv"])
    #expect(same)
    let plain = await spillway("compare", path, "--no-store", "--quiet", "--format", "csv")
    #expect(plain.timeless.split(separator: "\n").count == one.output.split(separator: "\n").count)

    let rows = try Self.rows(folder["a.csv"])
    let runs = Set(rows.map { "\($0["policy"] ?? "") \($0["replication"] ?? "")" })
    #expect(runs.count == 6)
    for scope in [["deployment", "chat", ""], ["deployment", "small", ""], ["replica", "chat", "0"]] {
      let own = rows.filter {
        [$0["scope"], $0["deployment"], $0["replica"]] == scope && $0["policy"] == "aqua" && $0["replication"] == "1"
      }
      #expect(own.map { $0["start_s"] } == own.indices.map { "\(2 * $0).000000000000" })
      #expect(own.allSatisfy { Double($0["kv_capacity_tokens"] ?? "") ?? 0 > 0 && $0["bytes_per_second"] == "" })
    }
    // What is lent for the whole run: 10 GB in blocks of 16 tokens, which take 2 MiB each (32 layers, 8 heads of 128).
    let lent = rows.filter { $0["deployment"] == "small" }.map { Double($0["lent_kv_tokens"] ?? "") ?? 0 }
    #expect(lent.allSatisfy { abs($0 - Double(10_000_000_000 / (2 << 20) * 16)) < 1e-6 })
    // Only one of the policies pages to the peer.
    let links = rows.filter { $0["scope"] == "link" }
    #expect(links.contains { $0["link"] == "gpu0 nvlinkOut" && $0["policy"] == "aqua-peer" })
    #expect(!links.contains { $0["link"]?.contains("nvlink") == true && $0["policy"] == "aqua" })
    #expect(links.allSatisfy { (0...1).contains(Double($0["utilization"] ?? "") ?? -1) && $0["queued_requests"] == "" })
  }

  @Test func theJSONHasTheSeriesWhenAResolutionIsNamed() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let with = await spillway("run", path, "--no-store", "--format", "json", "--resolution", "500 ms")
    let runs = try #require(try with.json()["runs"] as? [[String: Any]])
    let series = try #require(runs.first?["series"] as? [String: Any])
    let count = try #require(series["intervals"] as? Int)
    #expect(series["interval_seconds"] as? Double == 0.5 && count > 3)
    let chat = try #require((series["deployments"] as? [[String: Any]])?.first)
    #expect((chat["running_requests"] as? [Double])?.count == count)
    // Without it the results are the same, and nothing else.
    let without = await spillway("run", path, "--no-store", "--format", "json")
    #expect(!without.output.contains("series"))
    let figures = with.timeless.components(separatedBy: ",\n      \"series\"")[0]
    #expect(without.timeless.hasPrefix(figures))
  }

  @Test func aResolutionTooFineIsDoubledAndSaid() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let outcome = await spillway(
      "run", path, "--no-store", "--series", folder["s.jsonl"], "--resolution", "100 us")
    #expect(outcome.status == .done)
    #expect(outcome.error.contains("warning: the time series has intervals of "))
    #expect(outcome.error.contains(", not 100 us"))
    let lines = try Self.text(folder["s.jsonl"]).split(separator: "\n")
    let first = try #require(
      try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
    #expect(first["scope"] as? String == "deployment" && first["link"] == nil)
    #expect(lines.count <= 2 * 4096 && lines.count > 2000)
  }

  @Test func theChartHasALineForEachPolicy() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let outcome = await spillway("run", path, "--no-store", "--quiet", "--plot", folder["p.svg"])
    #expect(outcome.status == .done)
    let picture = try Self.text(folder["p.svg"])
    for words in ["Waiting requests", "Running requests", "share of its room", "aqua-peer", "NVLink", "replication 0"] {
      #expect(picture.contains(words), "\(words)")
    }
  }

  @Test func aTimelineIsTheSameCompressedAndUnderBothSteppings() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let arguments = ["run", path, "--no-store", "--quiet", "--policy", "aqua", "--replications", "1"]
    let plain = await spillway(arguments + ["--timeline", folder["a.json"]])
    let other = await spillway(arguments + ["--timeline", folder["b.json"], "--stepping", "iteration"])
    let packed = await spillway(arguments + ["--timeline", folder["a.json.gz"]])
    let without = await spillway(arguments)
    #expect([plain, other, packed].allSatisfy { $0.status == .done && $0.output == without.output })
    let same = try Self.text(folder["a.json"]) == Self.text(folder["b.json"])
    #expect(same)
    #expect(folder.names == ["a.json", "a.json.gz", "b.json", "f.yaml"])
    let file = try #require(
      try JSONSerialization.jsonObject(with: Data(try Self.text(folder["a.json"]).utf8)) as? [String: Any])
    let names = Set((file["traceEvents"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String })
    #expect(
      names.isSuperset(of: ["decode", "page out", "fetch", "queued", "KV blocks", "gpu0 pcieToHost", "requests"]))

    let unpack = try Child("/usr/bin/env", ["gzip", "-dk", folder["a.json.gz"], "-c"])
    #expect(try unpack.wait(seconds: 60) == .status(0), "\(unpack.error)")
    let text = try Self.text(folder["a.json"])
    #expect(unpack.data == Data(text.utf8))
  }

  /// The repository's own scenarios, cut short.
  @Test(arguments: [
    ("quickstart-burst.yaml", "turns-peer"), ("aqua-burst.yaml", "aqua-peer"), ("offline-fill.yaml", "conserve"),
    ("routers.yaml", "vllm-v1"),
  ])
  func timelinesOfScenariosAreTheSame(name: String, policy: String) async throws {
    let folder = try Folder()
    var texts: Set<String> = []
    for stepping in ["segment", "iteration"] {
      let outcome = await spillway(
        "run", scenarioFolder + "/" + name, "--no-store", "--quiet", "--policy", policy, "--replications", "1",
        "--set", "duration=10 s", "--set", "warmup=0 s", "--stepping", stepping, "--timeline", folder["t.json"])
      #expect(outcome.status == .done, "\(outcome.error)")
      texts.insert(try Self.text(folder["t.json"]))
    }
    #expect(texts.count == 1)
    #expect(texts.first?.contains("\"decode") == true)
  }

  @Test func whatCannotBeAskedForIsStatus64() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let cases: [([String], String)] = [
      (
        ["--series", "s.csv", "--resolution", "0 s"], "'--resolution' wants a duration above zero such as '1 s', found"
      ),
      (["--series", "s.csv", "--resolution=-1 s"], "'--resolution' wants"),
      (["--series", "s.csv", "--resolution", "often"], "'--resolution' wants a duration such as"),
      (["--resolution", "1 s"], "'--resolution' goes with '--series', '--plot' or '--format json'"),
      (["--series", "s.txt"], "'--series' wants a file that ends in .csv, .jsonl or .ndjson, found 's.txt'"),
      (["--plot", "p.pdf"], "'--plot' writes SVG and PNG"),
      (
        ["--timeline", "t.txt"],
        "'--timeline' wants a file that ends in .pftrace or .json, or .gz behind it, found 't.txt'"
      ),
      (["--series", "s.csv", "--requests", "s.csv"], "'--series' and '--requests' name the same file, 's.csv'"),
      (["--series", "s.csv", path], "'--series' takes one scenario at a time"),
      (
        ["--timeline", folder["t.json"]],
        "'--timeline' tells of one run, found 3 policies (vllm-v1, aqua, aqua-peer) and 2 replications; "
          + "choose with '--policy NAME' and '--replications 1'"
      ),
      (
        ["--timeline", folder["t.json"], "--policy", "aqua"],
        "found 2 replications; choose with '--replications 1'"
      ),
    ]
    for (arguments, message) in cases {
      let outcome = await spillway(["run", path, "--no-store"] + arguments)
      #expect(outcome.status == .usage && outcome.output.isEmpty)
      #expect(outcome.error.contains(message), "\(outcome.error)")
    }
    #expect(folder.names == ["f.yaml"])
    let rates = await spillway(
      "run", path, "--no-store", "--timeline", folder["t.json"], "--policy", "aqua", "--replications", "1", "--vary",
      "duration=5 s,6 s")
    #expect(rates.status == .usage)
    #expect(rates.error.contains("found 2 variants (") && rates.error.contains("; choose with '--variant NAME'"))
  }

  @Test func placesThatCannotBeWrittenAreToldBeforeAnythingRuns() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    for (option, name) in [("--series", "none/s.csv"), ("--plot", "none/p.svg"), ("--timeline", "none/t.json")] {
      let outcome = await spillway("run", path, "--no-store", option, folder[name])
      #expect(outcome.status == .unwritable && outcome.output.isEmpty)
      #expect(outcome.errorLines == ["error: \(folder[name]): cannot be written: No such file or directory"])
    }
  }

  @Test func anObserverOfOnesOwnIsShownARun() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let scenario = try #require(
      try ScenarioReader.read(
        path: path, policies: .builtIn, metrics: MetricKey.all.map(\.name), into: Diagnostics()))
    let told = Mutex<[String]>([])
    let batch = try RunBatch([Study([scenario])], spillwayVersion: "test")
    let results = try await batch.results(
      width: 1, observer: { QueuePeak(policy: $0.label) { line in told.withLock { $0.append(line) } } })
    let line = try #require(told.withLock { $0.first })
    let match = try #require(line.wholeMatch(of: /vllm-v1: at most ([0-9]+) requests waited, at .*/))
    #expect((1...20).contains(Int(match.output.1) ?? 0))
    #expect(line.hasSuffix(" of \(results[0][0].simulatedEnd.seconds) s"))
  }

  @Test func anInterruptedRunLeavesNoFile() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let stop = StopRequest()
    stop.request()
    let outcome = await spillway(
      [
        "run", path, "--no-store", "--set", "workload.requests=100000", "--set", "workload.rate=20/s", "--timeline",
        folder["t.json"], "--series", folder["s.csv"], "--plot", folder["p.svg"],
      ], stop: stop)
    #expect(outcome.status == .interrupted)
    #expect(folder.names == ["f.yaml"])
  }
}
