import CommandLineTool
import Foundation
import Testing

/// What an entry of `policies` may change besides parameters: engine settings, streams, settings that are chosen.
@Suite struct PolicyEntryTests {
  /// Users, and documents that never run out, on one small pool.
  private func scenario(_ policies: String, seed: Int = 1) -> String {
    """
    server: hgx-h100-8
    seed: \(seed)
    duration: 6 s
    drain: 0 s
    policies: \(policies)
    deployments:
      - name: chat
        model: llama-3.1-8b
        gpus: [0]
        engine: {max_num_batched_tokens: 2048, max_num_seqs: 64, kv_blocks: 2000}
    workload:
      - {name: users, rate: 8/s, prompt_tokens: 600, output_tokens: 40, slo: {ttft: 200 ms, tpot: 30 ms}}
      - name: documents
        class: offline
        priority: 1
        arrivals: {process: pool, depth: 96}
        prompt_tokens: 2000
        output_tokens: 20

    """
  }

  private func results(_ text: String, _ more: String...) async throws -> [[String: Any]] {
    let folder = try Folder()
    let outcome = try await spillway(
      ["run", folder.file("f.yaml", text), "--no-store", "--quiet", "--format", "json"] + more)
    #expect(outcome.status == .done, "\(outcome.error)")
    return try #require(try outcome.json()["results"] as? [[String: Any]])
  }

  private func figure(_ results: [[String: Any]], _ name: String, _ policy: String, _ requestClass: String) -> Double? {
    results.first { $0["policy"] as? String == policy && $0["class"] as? String == requestClass }?[name] as? Double
  }

  @Test("an entry's engine settings are those of an engine that has them")
  func engine() async throws {
    let entry = try await results(
      scenario("[{name: vllm-v1, label: small, order: priority, engine: {max_num_batched_tokens: 512}}, conserve]"))
    let own = try await results(
      scenario("[{name: vllm-v1, label: small, order: priority}, conserve]"),
      "--set", "deployments.chat.engine.max_num_batched_tokens=512")
    for name in ["p99_ttft_ms", "p99_itl_ms"] {
      let value = try #require(figure(entry, name, "small", "online"))
      #expect(value == figure(own, name, "small", "online"))
      #expect(figure(entry, name, "conserve", "online") != figure(own, name, "conserve", "online"))
    }
  }

  /// What a deployment says of its own stack is not what an entry's stack is.
  @Test("an entry's engine settings count beside a deployment that names its stack and version")
  func engineBesideVersion() async throws {
    let list = "[{name: vllm-v1, label: small, engine: {stack: vllm, max_num_batched_tokens: 512}}, vllm-v1]"
    let entry = try await results(
      scenario(list)
        .replacing("engine: {max_num_batched_tokens: 2048,", with: "engine: {stack: vllm, version: '0.20',"))
    #expect(figure(entry, "p99_ttft_ms", "small", "online") != figure(entry, "p99_ttft_ms", "vllm-v1", "online"))
  }

  @Test("streams that an entry does without send nothing, and the others what they sent")
  func without() async throws {
    let two = try await results(
      scenario("[{name: conserve, label: alone, without: [documents]}, conserve]"))
    #expect(figure(two, "processed_tokens", "alone", "offline") == 0)
    #expect(try #require(figure(two, "processed_tokens", "conserve", "offline")) > 10_000)
    let alone = try await results(
      scenario("[{name: conserve, label: alone}]"), "--set", "workload.documents.start=5.9 s")
    #expect(figure(two, "median_ttft_ms", "alone", "online") == figure(alone, "median_ttft_ms", "alone", "online"))
  }

  /// What their prompts have in common belongs to arrivals that are drawn, and there are none.
  @Test(
    "a stream whose prompts begin alike, or whose arrivals are sessions, can be done without",
    arguments: ["shared_prefix: {tokens: 100}", "sessions: {turns: 3, think_time: 200 ms}"])
  func withoutSharing(key: String) async throws {
    let entry = try await results(
      scenario("[{name: vllm-v1, label: alone, without: [others]}, vllm-v1]")
        + "  - {name: others, rate: 2/s, requests: 6, prompt_tokens: 200, output_tokens: 5, \(key), "
        + "slo: {ttft: 200 ms, tpot: 30 ms}}\n")
    // Without them less comes in; what the two share is as in any run.
    let alone = try #require(figure(entry, "processed_tokens", "alone", "online"))
    #expect(try alone > 0 && alone < #require(figure(entry, "processed_tokens", "vllm-v1", "online")))
  }

  @Test("the best of several settings is compared, found on another seed, and said")
  func best() async throws {
    let folder = try Folder()
    let list =
      "[{name: sarathi-p, label: tuned, best_over: {engine: {max_num_batched_tokens: [64, 256, 2048]}, "
      + "judged: {replications: 2}}}]"
    let outcome = try await spillway(
      "run", folder.file("f.yaml", scenario(list)), "--no-store", "--quiet", "--format", "json")
    #expect(outcome.status == .done, "\(outcome.error)")
    let json = try outcome.json()
    let warnings = try #require((json["runs"] as? [[String: Any]])?.first?["warnings"] as? [String])
    let note = try #require(warnings.first { $0.hasPrefix("tuned has max_num_batched_tokens ") })
    #expect(note.contains("over 2 replications of seed 11") && note.contains("max_num_batched_tokens 64: "))
    // The winner is the one whose goodput is the greatest of those that the note tells.
    let told = note.matches(of: /max_num_batched_tokens (\d+): ([\d.]+)/).map { (String($0.1), Double($0.2) ?? -1) }
    #expect(told.count == 3)
    let winner = try #require(told.max { $0.1 < $1.1 })
    #expect(note.hasPrefix("tuned has max_num_batched_tokens \(winner.0), "))
    let explicit = try await results(
      scenario("[{name: sarathi-p, label: tuned, engine: {max_num_batched_tokens: \(winner.0)}}]"))
    let results = try #require(json["results"] as? [[String: Any]])
    #expect(figure(results, "p99_ttft_ms", "tuned", "online") == figure(explicit, "p99_ttft_ms", "tuned", "online"))
    // Judged by what is to be small, another one wins.
    let reversed = list.replacing("judged: {", with: "judged: {metric: processed_token_throughput, class: offline, ")
    let other = try await spillway(
      "run", folder.file("g.yaml", scenario(reversed)), "--no-store", "--quiet", "--format", "json")
    #expect(!other.output.contains("tuned has max_num_batched_tokens 64,"))
  }

  @Test("settings can be judged with seeds by name: a run each, those of the same seed given alone")
  func seeds() async throws {
    let folder = try Folder()
    func told(_ judged: String) async throws -> [Double] {
      let list =
        "[{name: sarathi-p, label: tuned, best_over: {engine: {max_num_batched_tokens: [64, 2048]}, "
        + "judged: {\(judged)}}}]"
      let outcome = try await spillway(
        "run", folder.file("f.yaml", scenario(list)), "--no-store", "--quiet", "--format", "json")
      #expect(outcome.status == .done, "\(outcome.error)")
      let runs = try #require(try outcome.json()["runs"] as? [[String: Any]])
      let note = try #require((runs.first?["warnings"] as? [String])?.first { $0.hasPrefix("tuned has ") })
      if judged.hasPrefix("seeds") { #expect(note.contains("online requests with seeds 21, 34 (")) }
      return note.matches(of: /max_num_batched_tokens \d+: ([\d.]+)/).compactMap { Double($0.1) }
    }
    let both = try await told("seeds: [21, 34]")
    let alone = [try await told("seed: 21, replications: 1"), try await told("seed: 34, replications: 1")]
    #expect(both.count == 2 && alone[0] != alone[1])
    // What is told is rounded to thousandths.
    for index in both.indices { #expect(abs(both[index] - (alone[0][index] + alone[1][index]) / 2) < 0.0011) }
  }

  @Test(
    "mistakes are told with their place",
    arguments: [
      ("[{name: conserve, without: [document]}]", "unknown stream 'document'"),
      ("[{name: conserve, without: [users, documents]}]", "'without' leaves no stream"),
      ("[{name: conserve, engine: {max_num_batched_token: 3}}]", "did you mean 'max_num_batched_tokens'"),
      ("[{name: conserve, engine: {max_num_batched_tokens: 32}}]", "must be at least 'max_num_seqs' (64)"),
      ("[{name: conserve, best_over: {tbt_target: [40 ms]}}]", "'best_over' wants several settings"),
      ("[{name: conserve, best_over: {tbt_target: [40 ms, 50]}}]", "a unit is missing"),
      (
        "[{name: conserve, best_over: {tbt_target: [40 ms, 50 ms], judged: {seed: 1}}}]",
        "'seed' (1) is the scenario's own"
      ),
      (
        "[{name: conserve, best_over: {tbt_target: [40 ms, 50 ms], judged: {seeds: [11, 1]}}}]",
        "'seeds' (1) is the scenario's own"
      ),
      (
        "[{name: conserve, best_over: {tbt_target: [40 ms, 50 ms], judged: {seeds: [11], replications: 2}}}]",
        "'replications' and 'seeds' exclude each other"
      ),
      (
        "[{name: conserve, best_over: {tbt_target: [40 ms, 50 ms], judged: {seeds: [11, 12, 11]}}}]",
        "'seeds' names a seed twice"
      ),
      (
        "[{name: conserve, best_over: {tbt_target: [40 ms, 50 ms], judged: {deployment: chart}}}]",
        "unknown deployment 'chart'"
      ),
    ])
  func mistakes(policies: String, message: String) async throws {
    let folder = try Folder()
    let outcome = try await spillway("run", folder.file("f.yaml", scenario(policies)), "--no-store", "--quiet")
    #expect(outcome.status == .badInput)
    #expect(outcome.error.contains(message), "\(outcome.error)")
    #expect(outcome.error.contains("f.yaml:5:"), "\(outcome.error)")
  }

  @Test("capacity wants settings, not a choice of them")
  func capacity() async throws {
    let folder = try Folder()
    let text = scenario("[{name: conserve, best_over: {tbt_target: [40 ms, 50 ms]}}]")
    let outcome = try await spillway("capacity", folder.file("f.yaml", text), "--quiet")
    #expect(outcome.status == .badInput && outcome.error.contains("best_over"))
  }

  @Test("a pool never runs out, a batch says how far it got and when it will be done, and tokens cost GPU time")
  func jobs() async throws {
    let pool = try await results(scenario("[sarathi-p]"))
    let injected = try #require(figure(pool, "unfinished", "sarathi-p", "offline"))
    #expect(injected == 96, "as many as its depth are there in the end")
    let job = scenario("[sarathi-p]").replacing("arrivals: {process: pool, depth: 96}", with: "arrivals: batch")
      .replacing("priority: 1", with: "priority: 1\n    requests: 400\n    deadline: 4 s")
    let batch = try await results(job)
    let done = try #require(figure(batch, "completed", "sarathi-p", "offline"))
    let share = try #require(figure(batch, "finished_fraction", "sarathi-p", "offline"))
    #expect(abs(share - done / 400) < 1e-9 && done > 0 && done < 400)
    let end = try #require(figure(batch, "expected_end_seconds", "sarathi-p", "offline"))
    #expect(abs(end - 6 * 400 / done) < 0.01, "at the rate of 6 s")
    let good = try #require(figure(batch, "good_fraction", "sarathi-p", "offline"))
    #expect(good > 0 && good < share, "some were done by the job's deadline")
    let hours = try #require(figure(batch, "gpu_hours_per_million_tokens", "sarathi-p", "online"))
    let tokens = ["online", "offline"].reduce(0.0) {
      $0 + (figure(batch, "processed_tokens", "sarathi-p", $1) ?? 0)
    }
    #expect(abs(hours - 6 / 3600 / (tokens / 1e6)) < 1e-6)
  }
}
