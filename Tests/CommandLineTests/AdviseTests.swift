import CommandLineTool
import Foundation
import Testing

/// The settings with which the fewest GPUs do.
@Suite struct AdviseTests {
  private static let scenario = """
    server: hgx-h100-8
    policies: [vllm-v1]
    duration: 6 s
    deployments:
      - name: chat
        model: llama-3.1-8b
        engine: {max_num_batched_tokens: 2048, max_num_seqs: 64}
    workload:
      rate: 70/s
      prompt_tokens: 500
      output_tokens: 100
      slo: {ttft: 500 ms, tpot: 30 ms}

    """

  private static let space = [
    "deployments.chat.tensor_parallel=1,2", "deployments.chat.engine.max_num_batched_tokens=512,4096",
    "deployments.chat.engine.max_num_seqs=32,256",
  ]

  /// The race leaves settings early; what it says is what looking for each one's answer by itself says.
  @Test func theBestIsThatOfTryingEverything() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", Self.scenario)
    let vary = Self.space.flatMap { ["--vary", $0] }
    let outcome = await spillway(["advise", path, "--quiet", "--format", "json"] + vary)
    #expect(outcome.status == .done, "\(outcome.error)")
    let advice = try outcome.json()
    let places = try #require(advice["places"] as? [[String: Any]])
    #expect(places.count == 2 && advice["tried"] as? Int == 8 && advice["keeps_target"] as? Bool == true)

    let counted = await spillway(
      ["capacity", path, "--quiet", "--format", "json", "--fewest-replicas", "chat"] + vary)
    let alternatives = try #require(try counted.json()["alternatives"] as? [[String: Any]])
    var all: [(gpus: Int, load: Double, variant: String, replicas: Int)] = []
    for alternative in alternatives {
      guard let replicas = alternative["replicas"] as? Int, let gpus = alternative["gpus"] as? Int,
        let settings = alternative["settings"] as? [String: Any]
      else { continue }
      let changes = settings.flatMap { ["--set", "\($0.key)=\($0.value)"] }
      let load = await spillway(
        ["capacity", path, "--quiet", "--format", "json", "--set", "deployments.chat.replicas=\(replicas)"] + changes)
      let factor = try #require(
        (try load.json()["alternatives"] as? [[String: Any]])?.first?["load_factor"] as? Double)
      all.append((gpus, factor, alternative["variant"] as? String ?? "", replicas))
    }
    // Settings under which nothing at all differs from the best are one place with it.
    let equals = Set(try #require(advice["equal_to_best"] as? [String]))
    let order = all.filter { !equals.contains($0.variant) }.sorted { ($0.gpus, -$0.load) < ($1.gpus, -$1.load) }
    for (place, expected) in zip(places, order) {
      #expect(place["gpus"] as? Int == expected.gpus)
      #expect(place["replicas"] as? Int == expected.replicas)
      #expect(place["load_factor"] as? Double == expected.load)
    }
  }

  @Test func theCommandAndTheScenarioAreThoseOfTheBest() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", Self.scenario)
    let arguments = ["advise", path, "--quiet", "--output", folder["best.yaml"], "--gpu-hour", "2"]
    let table = await spillway(arguments + ["--vary", Self.space[0]])
    #expect(table.status == .done, "\(table.error)")
    #expect(table.output.contains("vllm serve llama-3.1-8b --tensor-parallel-size "))
    #expect(table.output.contains("--max-num-batched-tokens 2048 --max-num-seqs 64"))
    #expect(table.output.contains("cost an hour"))
    let again = await spillway("capacity", folder["best.yaml"], "--quiet", "--format", "json")
    #expect(again.status == .done, "\(again.error)")
    let best = try #require((try again.json()["alternatives"] as? [[String: Any]])?.first)
    #expect(try #require(best["load_factor"] as? Double) >= 1)
  }

  @Test func moreThanTheServersCarryIsSaid() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml", Self.scenario.replacingOccurrences(of: "hgx-h100-8", with: "{like: hgx-h100-8, gpus: 1}"))
    let outcome = await spillway(
      ["advise", path, "--quiet", "--format", "json", "--vary", Self.space[1], "--set", "workload.rate=200/s"])
    #expect(outcome.status == .done, "\(outcome.error)")
    let advice = try outcome.json()
    #expect(advice["keeps_target"] as? Bool == false)
    let best = try #require((advice["places"] as? [[String: Any]])?.first)
    #expect(try #require(best["load_factor"] as? Double) < 1)
  }

  @Test func offlineWorkFitsBeneathAsFarAsTheTargetAllows() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", Self.scenario)
    let arguments = ["advise", path, "--quiet", "--vary", "deployments.chat.tensor_parallel=1"]
    let outcome = await spillway(arguments + ["--documents", "2000:50", "--format", "json"])
    #expect(outcome.status == .done, "\(outcome.error)")
    let rows = try #require(try outcome.json()["beneath"] as? [[String: Any]])
    #expect(rows.map { $0["scheduler"] as? String } == ["vllm-v1-priorities", "conserve"])
    for row in rows {
      #expect(try #require(row["good_fraction"] as? Double) >= 0.99)
      #expect(try #require(row["documents_per_hour"] as? Double) > 0)
    }
    let table = await spillway(arguments + ["--documents", "2000:50"])
    #expect(table.output.contains("documents an hour"))
    let wrong = await spillway(arguments + ["--documents", "2000"])
    #expect(wrong.status == .usage && wrong.error.contains("such as 4000:200"))
  }

  @Test func mistakesAreAnswered() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", Self.scenario)
    let unknown = await spillway("advise", path, "--deployment", "chad")
    #expect(unknown.status == .usage && unknown.error.contains("'chad'; did you mean 'chat'?"))
    let key = await spillway("advise", path, "--vary", "deployments.chat.engine.max_num_sqs=1,2")
    #expect(key.status != .done && key.error.contains("max_num_seqs"), "\(key.error)")
    let csv = await spillway("advise", path, "--format", "csv")
    #expect(csv.status == .usage)
  }
}
