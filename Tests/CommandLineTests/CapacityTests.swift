import CommandLineTool
import Experiments
import Foundation
import SimCore
import Testing

/// Where load, or too few replicas, breaks what was promised.
@Suite struct CapacityTests {
  /// A figure that falls along the axis is found where looking at every place finds it, whatever the shared noise.
  @Test func aSearchFindsWhatLookingEverywhereFinds() throws {
    var random = RandomStream(seed: 7, replication: 0, purpose: "thresholds")
    for _ in 0..<300 {
      let edge = Int(random.uniform() * 700) - 350
      let steepness = 0.001 + 0.02 * random.uniform()
      let noise = (0..<5).map { _ in 0.05 * (random.uniform() - 0.5) }
      func values(_ place: Int) -> [Double] { noise.map { 0.9 - steepness * Double(place - edge) + $0 } }
      var search = ThresholdSearch(in: -350...350, from: 0, target: 0.9) { $1 ? $0 + 35 : $0 - 35 }
      while let place = search.next() {
        try #require(search.tried[place] == nil, "no place is tried twice")
        search.add(values(place), at: place)
      }
      var everywhere = ThresholdSearch(in: -350...350, from: 0, target: 0.9) { place, _ in place }
      for place in -350...350 { everywhere.add(values(place), at: place) }
      #expect(search.answer == (-350...350).last { values($0).reduce(0, +) / 5 >= 0.9 })
      #expect(search.answer == everywhere.answer)
      #expect(search.surelyMeets == everywhere.surelyMeets)
      #expect(search.surelyMisses == everywhere.surelyMisses)
      #expect(search.tried.count < 40)
    }
  }

  /// 2,000 tokens an answer: about 60 requests a second fill the GPU.
  private static let scenario = """
    server: hgx-h100-8
    policies: [vllm-v1, vllm-v0]
    duration: 20 s
    deployments:
      - name: chat
        model: llama-3.1-8b
        engine: {max_num_batched_tokens: 2048, max_num_seqs: 64}
    workload:
      rate: 8/s
      prompt_tokens: 500
      output_tokens: 100
      slo: {ttft: 1 s, tpot: 30 ms}

    """

  @Test func theHighestLoadIsWhereTheTargetBreaks() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", Self.scenario)
    let outcome = await spillway(
      "capacity", path, "--quiet", "--format", "json", "--attain", "95 %", "--gpu-hour", "3.6")
    #expect(outcome.status == .done, "\(outcome.error)")
    let alternatives = try #require(try outcome.json()["alternatives"] as? [[String: Any]])
    #expect(alternatives.map { $0["policy"] as? String } == ["vllm-v1", "vllm-v0"])
    let first = alternatives[0]
    let factor = try #require(first["load_factor"] as? Double)
    let rate = try #require(first["requests_per_second"] as? Double)
    #expect(rate > 8 && abs(rate / (8 * factor) - 1) < 0.1)
    let tokens = try #require(first["total_token_throughput"] as? Double)
    let cost = try #require(first["cost_per_million_tokens"] as? Double)
    #expect(abs(cost - 3.6 / 3600 / tokens * 1e6) < 1e-6 * cost)

    // The same load, run by itself, keeps the target; the next step breaks it.
    func good(_ factor: Double) async throws -> Double {
      let run = await spillway(
        "run", path, "--no-store", "--quiet", "--format", "json", "--policy", "vllm-v1", "--replications", "5",
        "--set", "workload.rate=\(8 * factor)/s")
      let results = try #require(try run.json()["results"] as? [[String: Any]])
      let shares = results.filter { $0["replication"] is Int }.compactMap { $0["good_fraction"] as? Double }
      try #require(shares.count == 5)
      return shares.reduce(0, +) / 5
    }
    #expect(try await good(factor) >= 0.95)
    #expect(try await good(factor * 1.02) < 0.95)
  }

  @Test func theFewestReplicasAreThoseThatTryingAllFinds() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml", Self.scenario.replacingOccurrences(of: "rate: 8/s", with: "rate: 90/s"))
    let outcome = await spillway(
      "capacity", path, "--quiet", "--format", "json", "--fewest-replicas", "chat", "--policy", "vllm-v1", "--vary",
      "deployments.chat.tensor_parallel=1,2,8")
    #expect(outcome.status == .done, "\(outcome.error)")
    let found = try #require(try outcome.json()["alternatives"] as? [[String: Any]])
    #expect(found.count == 3)
    for (alternative, degree) in zip(found, [1, 2, 8]) {
      var fewest: Int?
      for count in (1...(8 / degree)).reversed() {
        let run = await spillway(
          "check", path, "--quiet", "--policy", "vllm-v1", "--max-replications", "5", "--json", folder["c.json"],
          "--set", "deployments.chat.tensor_parallel=\(degree)", "--set", "deployments.chat.replicas=\(count)", "--set",
          "expect=[{metric: good_fraction, above: 0.99}]")
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder["c.json"])))
        let scenarios = (json as? [String: Any])?["scenarios"] as? [[String: Any]]
        let claim = try #require((scenarios?.first?["claims"] as? [[String: Any]])?.first, "\(run.error)")
        guard let value = claim["value"] as? Double, value >= 0.99 else { break }
        fewest = count
      }
      #expect(alternative["replicas"] as? Int == fewest)
      if let fewest { #expect(alternative["gpus"] as? Int == fewest * degree) }
    }
  }

  @Test func mistakesAreAnswered() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", Self.scenario)
    let unknown = await spillway("capacity", path, "--fewest-replicas", "chad")
    #expect(unknown.status == .usage && unknown.error.contains("'chad'; did you mean 'chat'?"))
    let share = await spillway("capacity", path, "--attain", "120 %")
    #expect(share.status == .usage && share.error.contains("'--attain' wants a share such as '99 %' or 0.99"))
    let free = await spillway(
      "capacity",
      try folder.file("g.yaml", Self.scenario.replacingOccurrences(of: "  slo: {ttft: 1 s, tpot: 30 ms}\n", with: "")))
    #expect(free.status == .badInput && free.error.contains("no online stream has an 'slo'"))
    let closed = await spillway(
      "capacity",
      try folder.file(
        "h.yaml",
        Self.scenario.replacingOccurrences(
          of: "  rate: 8/s\n", with: "  arrivals: {process: closed-loop, users: 4, think_time: 1 s}\n")))
    #expect(
      closed.status == .badInput && closed.error.contains("have no rate that could be changed"), "\(closed.error)")
  }
}
