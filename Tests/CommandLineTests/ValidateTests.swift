import CommandLineTool
import Foundation
import Testing

/// `spillway validate`: what it prints, and when it fails.
struct ValidateTests {
  private func kit(_ folder: Folder, _ edit: (String) -> String = { $0 }) throws -> String {
    let text = """
      {"config": {"gpu": "NVIDIA H200", "max_num_seqs": 256, "max_num_batched_tokens": 8192, "model": "llama-3.1-8b"},
       "experiments": {
        "E": {"usable_blocks": 1000, "policy": "fcfs", "truncated": false,
         "req_cols": ["id", "arrival_s", "prompt_tokens", "output_tokens", "ttft_s", "finish_s", "preemptions"],
         "requests": [["a", 0.0, 64, 5, 0.009, 0.035, 0], ["b", 0.1, 128, 9, 0.01, 0.16, 0]],
         "step_cols": ["start_s", "dur_s", "prefill", "decode_seqs", "decode_ctx", "running", "waiting"],
         "steps": [[0.0, 0.009, [[64, 0]], 0, 0, 1, 0], [0.009, 0.0065, [], 1, 65, 1, 0]]}}}
      """
    return try folder.file("kit.json", edit(text))
  }

  @Test("JSON has the comparisons, with exactly the promised keys")
  func json() async throws {
    let folder = try Folder()
    let done = await spillway("validate", try kit(folder), "--format", "json", "--steps")
    #expect(done.status == .done, "\(done.error)")
    let json = try done.json()
    let comparisons = try #require(json["comparisons"] as? [[String: Any]])
    #expect(comparisons.count == 15)
    for row in comparisons {
      #expect(Set(row.keys) == ["experiment", "metric", "statistic", "measured", "predicted", "unit"])
      #expect(row["experiment"] as? String == "E")
      #expect(row["measured"] is Double && row["predicted"] is Double)
    }
    let named = Set(comparisons.compactMap { row in (row["metric"] as? String).map { "\($0) \(row["statistic"]!)" } })
    for metric in ["ttft", "tpot", "e2el"] {
      for statistic in ["mean", "p50", "p90", "p99"] { #expect(named.contains("\(metric) \(statistic)")) }
    }
    #expect(named.isSuperset(of: ["makespan value", "throughput value", "preemptions value"]))
    let first = try #require(
      comparisons.first { $0["metric"] as? String == "ttft" && $0["statistic"] as? String == "mean" })
    #expect(abs((first["measured"] as? Double ?? 0) - 9.5) < 1e-9 && first["unit"] as? String == "ms")
    #expect((json["steps"] as? [[String: Any]])?.isEmpty == false)
    #expect((json["schedules"] as? [[String: Any]])?.count == 1)
    let about = try #require((json["experiments"] as? [[String: Any]])?.first)
    #expect(about["gpu"] as? String == "NVIDIA H200" && about["kv_blocks"] as? Int == 1000)
  }

  /// The host of this recording was slower than usual.
  @Test("a profile of the kit's own host makes its predictions better, and scenarios run on it")
  func ownHost() async throws {
    let folder = try Folder()
    let kit = scenarioFolder + "/../Kits/vllm-h200/llama3-8b-C.json.gz"
    let profile = folder["own.csv"]
    let first = await spillway("validate", kit, "--write-profile", profile, "--format", "json")
    #expect(first.status == .done, "\(first.error)")
    let found = try #require(try first.json()["calibration"] as? [String: Any])
    #expect((found["host_pace"] as? Double ?? 0) > 1.05 && found["logged_host_pace"] is Double)
    let second = await spillway("validate", kit, "--profile", profile, "--format", "json")
    func error(_ outcome: Outcome) throws -> Double {
      let rows = try #require(try outcome.json()["comparisons"] as? [[String: Any]])
      return rows.filter { ["ttft", "tpot", "e2el"].contains($0["metric"] as? String ?? "") }.reduce(0) { sum, row in
        let (measured, predicted) = (row["measured"] as? Double ?? 1, row["predicted"] as? Double ?? 0)
        return sum + abs(predicted / measured - 1) / 12
      }
    }
    #expect(try error(second) < 0.6 * (try error(first)))
    let engine = "deployments.chat.engine.kernels=\(profile)"
    let scenario = try folder.file("s.yaml", synchronousScenario.replacing("hgx-h100-8", with: "hgx-h200-8"))
    let own = await spillway("run", scenario, "--no-store", "--set", engine, "--format", "json")
    let usual = await spillway("run", scenario, "--no-store", "--format", "json")
    func tpot(_ outcome: Outcome) throws -> Double {
      try #require((try outcome.json()["results"] as? [[String: Any]])?.first?["mean_tpot_ms"] as? Double)
    }
    #expect(try tpot(own) > 1.01 * (try tpot(usual)), "\(own.error)")
  }

  @Test("charts of experiments with awkward names have names that any file system takes, each its own")
  func awkwardNames() async throws {
    let folder = try Folder()
    let long = String(repeating: "é", count: 300)
    let names = ["a/b", "a-b", "\u{1B}[2J", "..", long + "1", long + "2"]
    let body = try String(contentsOfFile: try kit(folder), encoding: .utf8)
    let start = try #require(body.range(of: "\"E\": "))
    let experiment = body[start.upperBound...].dropLast(2)
    let all = names.map { "\"\($0.replacing("\u{1B}", with: "\\u001b"))\": \(experiment)" }.joined(separator: ",")
    let path = try folder.file("kit.json", body[..<start.lowerBound] + all + "}}")
    let done = await spillway("validate", path, "--plot", folder["charts"])
    #expect(done.status == .done, "\(done.error)")
    let pages = try FileManager.default.contentsOfDirectory(atPath: folder["charts"]).sorted()
    let cut = String(repeating: "é", count: 100)
    let expected: [String] = ["-..", "-[2J", "a-b", "a-b-2", cut, "\(cut)-2"]
    #expect(pages == expected.map { "\($0).svg" }.sorted())
  }

  @Test("the schedule is compared, and no number made up, where no first tokens were measured")
  func noFirstTokens() async throws {
    let folder = try Folder()
    let path = try kit(folder) { $0.replacing("ttft_s", with: "other") }
    let done = await spillway("validate", path, "--steps")
    #expect(done.status == .done, "\(done.error)")
    let words = done.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("no first tokens were measured") && !words.contains("nan"))
    let json = try (await spillway("validate", path, "--steps", "--format", "json")).json()
    let schedule = try #require((json["schedules"] as? [[String: Any]])?.first)
    #expect(schedule["measured_mean_ttft_ms"] is NSNull && schedule["replayed_mean_ttft_ms"] is NSNull)
  }

  @Test("the table shows every figure; charts are written to a folder or a file")
  func table() async throws {
    let folder = try Folder()
    let path = try kit(folder)
    let done = await spillway("validate", path, "--plot", folder["charts"])
    #expect(done.status == .done, "\(done.error)")
    for word in ["TTFT (ms)", "p99", "makespan (s)", "running", "median error", "figures are within their bounds"] {
      #expect(done.output.contains(word), "\(word)")
    }
    #expect(try String(contentsOfFile: folder["charts"] + "/E.svg", encoding: .utf8).contains("Time to first token"))
    #expect(await spillway("validate", path, "--plot", folder["all.svg"]).status == .done)
    #expect(FileManager.default.fileExists(atPath: folder["all.svg"]))
    #expect(await spillway("validate", path, "--plot", folder["gone"] + "/all.svg").status == .unwritable)
    #expect(await spillway("validate", path, "--plot", folder["out.gif"]).status == .usage)
    #expect(!folder.names.contains("out.png"), "a refused name leaves no folder behind")
  }

  @Test("an experiment without measured times is predicted all the same")
  func unmeasured() async throws {
    let folder = try Folder()
    let path = try kit(folder) {
      $0.replacing("0.009, 0.035, 0]", with: "null, null, null]").replacing("0.01, 0.16, 0]", with: "null, null, null]")
    }
    let done = await spillway("validate", path, "--format", "json")
    #expect(done.status == .done)
    let json = try done.json()
    #expect((json["comparisons"] as? [Any])?.isEmpty == true)
    let predictions = try #require(json["predictions_alone"] as? [[String: Any]])
    #expect(predictions.count == 15 && predictions.allSatisfy { $0["measured"] == nil && $0["predicted"] is Double })
    #expect(await spillway("validate", path).output.contains("nothing was measured"))
  }

  @Test("--check fails beyond a bound, and holds within a wide one")
  func check() async throws {
    let folder = try Folder()
    // The last token of b is far later than any engine would have it.
    let path = try kit(folder) { $0.replacing("0.01, 0.16", with: "0.01, 9.16") }
    #expect(await spillway("validate", path).status == .done)
    #expect(await spillway("validate", path, "--check").status == .expectationFailed)
    let wide = ["ttft", "tpot", "e2el", "makespan", "throughput"].flatMap { ["--tolerance", "\($0)=100000%"] }
    #expect(await spillway(["validate", path, "--check"] + wide).status == .done)
  }

  @Test("mistakes end with the right status and say what is wrong")
  func mistakes() async throws {
    let folder = try Folder()
    let path = try kit(folder)
    func run(_ arguments: String...) async -> Outcome { await spillway(["validate"] + arguments) }
    #expect(await run(folder["gone.json"]).status == .unreadable)
    #expect(await run(try folder.file("x.json", "{")).status == .badInput)
    let metric = await run(path, "--tolerance", "tfft=3%")
    #expect(metric.status == .usage && metric.error.contains("did you mean 'ttft'?"))
    #expect(await run(path, "--tolerance", "ttft=much").status == .usage)
    let name = await run(path, "--experiment", "F")
    #expect(name.status == .usage && name.error.contains("unknown experiment 'F'"))
    #expect(await run(path, "--server", "hgx-h300").status == .usage)
    #expect(await run().status == .usage)
    #expect(await run(path, "--suite", folder.path).status == .usage)
    #expect(await run(path, "--points", folder["p.csv"]).status == .usage)
    #expect(await run(path, "--profile", try folder.file("p.csv", "nonsense\n")).status == .badInput)
    let gpu = await run(try kit(folder) { $0.replacing("NVIDIA H200", with: "NVIDIA B300") })
    #expect(gpu.status == .badInput && gpu.error.contains("'NVIDIA B300' is no GPU of the catalogue"))
    let degree = await run(
      try kit(folder) {
        $0.replacing("\"max_num_seqs\"", with: "\"engine_args\": {\"tensor_parallel_size\": 7}, \"max_num_seqs\"")
      })
    #expect(degree.status == .badInput, "\(degree.error)")
  }
}
