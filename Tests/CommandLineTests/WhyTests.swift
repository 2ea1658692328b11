import CommandLineTool
import Foundation
import Testing

/// `why` from the command line: its sums, its words, and what it says to mistakes.
@Suite struct WhyTests {
  private let scenario = """
    server: hgx-h100-8
    policies: [vllm-v0, vllm-v1, aqua, conserve]
    deployments:
      - name: chat
        model: llama-3.1-8b
        gpus: [0]
        engine: {kv_blocks: 400}
        paging: {destination: peer, lenders: [small]}
      - {name: small, model: llama-3.1-8b, gpus: [6], lend: 20 GB, policy: vllm-v1}
    workload:
      - name: users
        deployment: chat
        arrivals: {process: bursts, bursts: [{start: 1 s, duration: 2 s, rate: 30/s}]}
        rate: 2/s
        requests: 60
        prompt_tokens: {distribution: uniform, low: 50, high: 900}
        output_tokens: {distribution: uniform, low: 20, high: 300}
    """

  @Test("the parts of the worst requests add up to their times, to the picosecond", arguments: ["ttft", "e2e", "tpot"])
  func theWorst(latency: String) async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario)
    let outcome = await spillway("why", path, "--worst", latency, "--quiet", "--format", "json")
    #expect(outcome.status == .done, "\(outcome.error)")
    let stories = try #require(try outcome.json()["stories"] as? [[String: Any]])
    #expect(stories.map { $0["policy"] as? String } == ["vllm-v0", "vllm-v1", "aqua", "conserve"])
    for story in stories {
      let parts = try #require(story["parts"] as? [[String: Any]])
      let arrival = try #require(story["arrival_ps"] as? Int)
      let first = try #require(story["first_token_ps"] as? Int)
      let end = try #require(story["end_ps"] as? Int)
      let before: [Int] = parts.compactMap { $0["to_first_token_ps"] as? Int }
      let after: [Int] = parts.compactMap { $0["after_first_token_ps"] as? Int }
      #expect(before.reduce(0, +) == first - arrival)
      #expect(after.reduce(0, +) == end - first)
      #expect((story["choice"] as? String ?? "").contains("longest"))
    }
    // The aqua story pages: to the GPU that lends, and back.
    if latency == "e2e" {
      let moves = try #require(stories[2]["moves"] as? [[String: Any]])
      let out = moves.filter { $0["kind"] as? String == "page_out" }
      #expect(out.contains { $0["gpus"] as? [Int] == [6] })
    }
  }

  @Test("words, a picture and a table come out, the same under both steppings and any number of workers")
  func words() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario)
    let plain = ["why", path, "--request", "30", "--quiet"]
    let outcome = await spillway(plain)
    #expect(outcome.status == .done, "\(outcome.error)")
    for words in [
      "request 30 (chat, online)", "first token", "it came to replica 0 of chat (GPU 0)", "in all", "queue",
    ] {
      #expect(outcome.output.contains(words), "\(words)")
    }
    let other = await spillway(plain + ["--stepping", "iteration", "--jobs", "1"])
    #expect(outcome.output == other.output)
  }

  @Test("mistakes are told")
  func mistakes() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario)
    let none = await spillway("why", path, "--request", "60", "--quiet")
    #expect(none.status == .usage && none.error.contains("their numbers go from 0 to 59"), "\(none.error)")
    for arguments in [
      [path], [path, "--request", "1", "--worst", "ttft"], [path, "--request", "-1"], [path, "--worst", "mean"],
      [path, "--request", "1", "--class", "online"],
    ] {
      #expect(await spillway(["why"] + arguments).status == .usage, "\(arguments)")
    }
    let offline = await spillway("why", path, "--worst", "ttft", "--class", "offline", "--quiet")
    #expect(offline.status == .usage && offline.error.contains("no offline request"), "\(offline.error)")
  }
}
