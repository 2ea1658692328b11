import CommandLineTool
import Experiments
import Foundation
import Metrics
import ResultsStore
import Testing

@Suite struct RunTests {
  @Test func jsonHasTheKeysOfTheContract() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let outcome = await spillway("run", path, "--no-store", "--format", "json", "--replications", "2")
    #expect(outcome.status == .done)
    let json = try outcome.json()
    #expect(json["schema_version"] as? Int == 1)
    #expect(json["spillway_version"] as? String == SpillwayCommand.version)
    let scenario = try #require(json["scenario"] as? [String: String])
    #expect(scenario["name"] == "f" && scenario["path"] == path && scenario["sha256"]?.count == 64)
    let profile = try #require(json["profile"] as? [String: String])
    #expect(profile["name"] == "h100-sxm-80gb" && profile["sha256"]?.count == 64)
    let results = try #require(json["results"] as? [[String: Any]])
    #expect(results.count == 3)
    #expect(results.last?["replication"] as? String == "summary")
    var keys = [
      "deployment", "policy", "class", "replication", "completed", "total_input_tokens", "total_output_tokens",
      "duration", "request_throughput", "output_throughput", "total_token_throughput", "request_goodput",
      "preemptions", "recomputed_tokens", "gpu_busy_fraction", "kv_utilization", "rejected", "unfinished",
      "simulated_seconds", "wall_seconds",
    ]
    for latency in ["ttft", "tpot", "itl", "e2el", "queue"] {
      for statistic in ["mean", "median", "std", "p90", "p95", "p99", "max"] {
        keys.append("\(statistic)_\(latency)_ms")
      }
    }
    for result in results { for key in keys { #expect(result[key] != nil, "\(key)") } }
    for result in results.dropLast() {
      #expect(result["completed"] as? Int == 20)
      #expect((result["fingerprint"] as? String)?.count == 16)
      #expect((result["wall_seconds"] as? Double ?? 0) > 0)
    }
  }

  /// The one test that touches this process's standard input.
  @Test func aScenarioIsReadFromStandardInput() async throws {
    let folder = try Folder()
    func piped(_ text: String, _ arguments: String...) async throws -> Outcome {
      let path = try folder.file("in.yaml", text)
      let before = dup(STDIN_FILENO)
      let input = open(path, O_RDONLY)
      dup2(input, STDIN_FILENO)
      close(input)
      defer {
        dup2(before, STDIN_FILENO)
        close(before)
      }
      return await spillway(arguments)
    }
    let outcome = try await piped(quickScenario, "run", "-", "--no-store", "--format", "json")
    #expect(outcome.status == .done, "\(outcome.error)")
    let scenario = try #require(try outcome.json()["scenario"] as? [String: String])
    #expect(scenario["name"] == "stdin" && scenario["path"] == "stdin")
    let broken = try await piped(quickScenario.replacing("rate: 4/s", with: "rat: 4/s"), "explain", "-")
    #expect(broken.errorLines.first?.hasPrefix("stdin:7:3: error: unknown key 'rat'") == true, "\(broken.error)")
  }

  @Test("a batch that came during the warm-up is warned of, in every format")
  func warmUpIsWarnedOf() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml",
      quickScenario.replacing(
        "workload:\n  rate: 4/s\n  requests: 20\n  prompt_tokens: 100\n  output_tokens: 10\n",
        with: """
          warmup: 1 s
          duration: 5 s
          workload:
            - {name: users, rate: 4/s, prompt_tokens: 100, output_tokens: 10}
            - {name: docs, class: offline, arrivals: batch, requests: 20, prompt_tokens: 8000, output_tokens: 800}

          """))
    let warning = "chat: all 20 offline requests came during the warm-up (1.0 s)"
    let table = await spillway("run", path, "--no-store")
    #expect(table.status == .done, "\(table.error)")
    #expect(table.output.split { $0.isWhitespace }.joined(separator: " ").contains("Warning: " + warning))
    let runs = try await spillway("run", path, "--no-store", "--format", "json").json()["runs"] as? [[String: Any]]
    #expect((runs?.first?["warnings"] as? [String])?.contains { $0.hasPrefix(warning) } == true)
    let compared = await spillway("compare", path, "--no-store", "--policies", "vllm-v1,aqua")
    #expect(compared.error.contains(warning) && !compared.output.contains("+0"))
    let later = await spillway("run", path, "--no-store", "--set", "workload.docs.start=1 s")
    #expect(!later.output.contains("came during the warm-up"))
  }

  @Test("where KV memory was the limit, what a policy promises every request is said with it")
  func promisesAreSaid() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml",
      quickScenario.replacing("policies: [vllm-v1]", with: "policies: [vllm-v1, tensorrt-llm]")
        .replacing("model: llama-3.1-8b", with: "model: llama-3.1-8b\n    engine: {kv_blocks: 100}")
        .replacing("requests: 20", with: "requests: 100").replacing("output_tokens: 10", with: "output_tokens: 100"))
    let outcome = await spillway("run", path, "--no-store")
    #expect(outcome.status == .done, "\(outcome.error)")
    let words = outcome.output.split { $0.isWhitespace }.joined(separator: " ")
    let promise = "KV for 512 output tokens ('max_output_tokens') is kept for every request that runs"
    #expect(words.contains("tensorrt-llm KV memory: ") && words.contains(promise), "\(outcome.output)")
    let other = await spillway("run", path, "--no-store", "--policy", "vllm-v1")
    #expect(!other.output.contains("max_output_tokens"))
  }

  @Test func resultsDoNotDependOnTheNumberOfJobs() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let one = await spillway("run", path, "--no-store", "--format", "json", "--jobs", "1")
    let three = await spillway("run", path, "--no-store", "--format", "json", "--jobs", "3")
    #expect(one.status == .done && three.status == .done)
    #expect(one.timeless == three.timeless)
    #expect(one.output.contains("\"wall_seconds"))
    let seeded = await spillway("run", path, "--no-store", "--format", "json", "--seed", "2")
    #expect(seeded.timeless != one.timeless, "the comparison sees differences")
  }

  @Test func formatsAndColour() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let table = await spillway("run", path, "--no-store")
    #expect(table.output.contains("TTFT") && table.output.contains("vllm-v1"))
    #expect(!table.output.contains("\u{1b}"))
    #expect(table.error.isEmpty, "progress goes to terminals only")
    let coloured = await spillway("run", path, "--no-store", "--color", "always")
    #expect(coloured.output.contains("\u{1b}[1m"))
    let csv = await spillway("run", path, "--no-store", "--format", "csv")
    #expect(csv.output.hasPrefix("deployment,model,policy,class,replication,"))
    #expect(csv.output.split(separator: "\n").count == 2)
    #expect(csv.error.contains("warning: chat: step times partly"))
    #expect(await spillway("run", path, "--no-store", "--format", "csv", "--quiet").error.isEmpty)
  }

  @Test func aTerminalGetsColourAndProgressThatIsTakenAwayAgain() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    func run(_ options: [String], refusesColour: Bool = false) async -> CapturedConsole {
      let captured = CapturedConsole()
      var console = captured.console
      console.outputIsTerminal = true
      console.errorIsTerminal = true
      console.width = 60
      console.refusesColour = refusesColour
      let context = CommandContext(console: console)
      #expect(await SpillwayCommand.run(["run", path, "--no-store"] + options, context: context) == .done)
      return captured
    }
    let terminal = await run([])
    #expect(terminal.output.contains("\u{1b}[1m"))
    #expect(terminal.error.hasSuffix("\r\u{1b}[K"))
    #expect(await run([], refusesColour: true).output.contains("\u{1b}") == false)
    #expect(await run(["--color", "never"]).output.contains("\u{1b}") == false)
    #expect(await run(["--quiet"]).error.isEmpty)
    #expect(await run(["--color", "never"]).output.split(separator: "\n").allSatisfy { $0.count <= 60 })
  }

  @Test func severalScenariosAreOneArray() async throws {
    let folder = try Folder()
    let first = try folder.file("a.yaml", quickScenario)
    let second = try folder.file("b.yaml", quickScenario)
    let outcome = await spillway("run", first, second, "--no-store", "--quiet", "--format", "json")
    let list = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
    #expect(list.compactMap { ($0["scenario"] as? [String: Any])?["name"] as? String } == ["a", "b"])
    let table = await spillway("run", first, second, "--no-store")
    #expect(table.output.contains("a: ") && table.output.contains("\n\nb: "))
  }

  @Test func optionsChangeTheScenario() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario + "expect: [{metric: completed, policy: vllm-v1, above: 1}]\n")
    let outcome = await spillway(
      "run", path, "--no-store", "--format", "json", "--set", "workload.requests=7", "--seed", "9", "--policy", "aqua",
      "--policy", "vllm-v0", "--check-invariants", "--stepping", "iteration")
    #expect(outcome.status == .done)
    let runs = try #require(try outcome.json()["runs"] as? [[String: Any]])
    #expect(runs.compactMap { $0["policy"] as? String } == ["aqua", "vllm-v0"])
    #expect(runs.compactMap { $0["seed"] as? Int } == [9, 9])
    #expect(runs.compactMap { $0["injected"] as? Int } == [7, 7])
  }

  @Test func runsAreStoredWithTheirScenario() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let place = folder["s.sqlite"]
    let arguments = ["run", path, "--store", place, "--set", "workload.rate=9/s"]
    #expect(await spillway(arguments + ["--jobs", "3"]).status == .done)
    let store = try ResultsStore(path: place)
    let runs = try store.runs(ofScenario: try #require(try store.scenarios().first)).map(\.result)
    #expect(runs.map(\.policy) == ["vllm-v1", "vllm-v1", "aqua", "aqua", "aqua-peer", "aqua-peer"])
    #expect(runs.map(\.replication) == [0, 1, 0, 1, 0, 1])
    #expect(runs.allSatisfy { $0.provenance.overrides == ["workload.rate=9/s"] })
    let text = try #require(try store.scenarioText(digest: runs[0].provenance.scenarioDigest))
    let again = try folder.file("again.yaml", text)
    let rerun = await spillway("run", again, "--no-store", "--format", "json")
    for run in runs { #expect(rerun.output.contains(run.fingerprint)) }
    // The same once more replaces what is there.
    #expect(await spillway(arguments).status == .done)
    #expect(try storedRuns(place) == 6)
  }

  @Test func anInterruptionKeepsFinishedRunsAndNothingElse() async throws {
    let folder = try Folder()
    let short = try folder.file("a.yaml", quickScenario)
    let endless = try folder.file("b.yaml", quickScenario.replacing("requests: 20", with: "requests: 100000000"))
    let stop = StopRequest()
    let arguments = ["run", short, endless, "--store", folder["s.sqlite"], "--quiet", "--jobs", "2"]
    async let running = spillway(arguments, stop: stop)
    while try storedRuns(folder["s.sqlite"]) == 0 { try await Task.sleep(for: .milliseconds(20)) }
    stop.request()
    let outcome = await running
    #expect(outcome.status == .interrupted)
    #expect(outcome.errorLines == ["interrupted: 1 of 2 runs finished and kept in the store"])
    #expect(outcome.output.isEmpty)
    #expect(try storedRuns(folder["s.sqlite"]) == 1)
  }

  @Test func anInterruptionLeavesNoRequestFile() async throws {
    let folder = try Folder()
    let path = try folder.file("b.yaml", quickScenario.replacing("requests: 20", with: "requests: 100000000"))
    let stop = StopRequest()
    async let running = spillway(
      ["run", path, "--no-store", "--requests", folder["r.csv"]], stop: stop)
    try await Task.sleep(for: .milliseconds(100))
    stop.request()
    let outcome = await running
    #expect(outcome.status == .interrupted)
    #expect(outcome.errorLines == ["interrupted"])
    #expect(folder.names == ["b.yaml"])
  }
}

/// Intervals of single runs.
@Suite struct BatchMeansRunTests {
  private let scenario = """
    server: hgx-h100-8
    policies: [vllm-v1]
    deployments: [{name: chat, model: llama-3.1-8b}]
    workload:
      {rate: 4/s, requests: REQUESTS, prompt_tokens: 300, output_tokens: {distribution: uniform, low: 20, high: 200}}
    """

  @Test("the mean latencies of a single run have intervals by batches, which several replications do not need")
  func intervalsOfASingleRun() async throws {
    let folder = try Folder()
    let path = try folder.file("long.yaml", scenario.replacing("REQUESTS", with: "3000"))
    let table = await spillway("run", path, "--batch-means")
    #expect(table.status == .done)
    #expect(table.output.contains("by batches of a run's requests"))
    #expect(!(await spillway("run", path).output.contains("±")))
    let json = try await spillway("run", path, "--batch-means", "--format", "json").json()
    let results = try #require(json["results"] as? [[String: Any]])
    let batches = try #require(results.first { $0["replication"] as? String == "batches" })
    let mean = try #require(results.first?["mean_e2el_ms"] as? Double)
    let (lower, upper) = (batches["mean_e2el_ms_lower"] as? Double, batches["mean_e2el_ms_upper"] as? Double)
    #expect(try #require(lower) < mean && mean < #require(upper))
    // 3,000 requests are 46 batches of 64, and the rest.
    #expect(batches["e2el_batches"] as? Int == 46 && batches["e2el_batch_length"] as? Int == 64)
    let replicated = try await spillway(
      "run", path, "--batch-means", "--set", "replications=2", "--format", "json"
    ).json()
    #expect(
      (replicated["results"] as? [[String: Any]])?.contains { $0["replication"] as? String == "batches" } == false)
  }

  @Test("too few requests are said to be too few")
  func fewRequests() async throws {
    let folder = try Folder()
    let path = try folder.file("short.yaml", scenario.replacing("REQUESTS", with: "100"))
    let outcome = await spillway("run", path, "--batch-means")
    #expect(outcome.status == .done && outcome.output.contains("too few requests for batches of TTFT"))
  }
}
