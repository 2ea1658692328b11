import CommandLineTool
import Foundation
import Testing

/// `spillway drift`: scrapes of a server beside the model.
struct DriftTests {
  /// A scrape in which `count` requests have been served, of 512 tokens in and 64 out.
  private static func scrape(_ count: Int, ttft: Double, gap: Double, model: String = "m") -> String {
    func histogram(_ name: String, _ value: Double, _ number: Int, _ bounds: [Double]) -> String {
      let label = "engine=\"0\",model_name=\"\(model)\""
      var text = "# TYPE vllm:\(name) histogram\n"
      for bound in bounds {
        text += "vllm:\(name)_bucket{\(label),le=\"\(bound)\"} \(value <= bound ? number : 0)\n"
      }
      text += "vllm:\(name)_bucket{\(label),le=\"+Inf\"} \(number)\n"
      return text + "vllm:\(name)_sum{\(label)} \(value * Double(number))\nvllm:\(name)_count{\(label)} \(number)\n"
    }
    let label = "{engine=\"0\",model_name=\"\(model)\"}"
    return histogram("time_to_first_token_seconds", ttft, count, [0.01, 0.02, 0.04, 0.06, 0.08, 0.1])
      + histogram("inter_token_latency_seconds", gap, count * 63, [0.005, 0.007, 0.008, 0.01, 0.025])
      + histogram("request_prompt_tokens", 512, count, [200, 500, 1000])
      + histogram("request_generation_tokens", 64, count, [50, 100, 200])
        + """
        vllm:prompt_tokens_total\(label) \(count * 512)
        vllm:generation_tokens_total\(label) \(count * 64)
        vllm:num_requests_running\(label) 3.0
        vllm:num_preemptions_total\(label) 0.0
        process_cpu_seconds_total 12.5

        """
  }

  private static let engine = ["--engine-args", "vllm serve llama-3.1-8b", "--server", "hgx-h100-8"]

  private static func drift(_ folder: Folder, ttft: Double, gap: Double, _ more: String...) async throws -> Outcome {
    let before = try folder.file("a.prom", scrape(100, ttft: ttft, gap: gap))
    let after = try folder.file("b.prom", scrape(300, ttft: ttft, gap: gap))
    return await spillway(["drift", before, after, "--interval", "100 s"] + engine + more)
  }

  private static func finding(_ outcome: Outcome, _ metric: String, _ statistic: String) throws -> [String: Any] {
    let all = try #require(try outcome.json()["findings"] as? [[String: Any]])
    return try #require(
      all.first { $0["metric"] as? String == metric && $0["statistic"] as? String == statistic }, "\(all)")
  }

  @Test("a server whose figures are the model's own fits; one whose gaps have doubled has drifted by that")
  func drifts() async throws {
    let folder = try Folder()
    let first = try await Self.drift(folder, ttft: 0.02, gap: 0.0075, "--format", "json")
    #expect(first.status == .done, "\(first.error)")
    let load = try #require(try first.json()["load"] as? [String: Any])
    #expect(load["requests"] as? Double == 200 && load["seconds"] as? Double == 100)
    let ttft = try #require(try Self.finding(first, "TTFT", "mean")["model"] as? Double) / 1e3
    let gap = try #require(try Self.finding(first, "ITL", "mean")["model"] as? Double) / 1e3
    let own = try await Self.drift(folder, ttft: ttft, gap: gap, "--format", "json")
    #expect(try Self.finding(own, "TTFT", "mean")["verdict"] as? String == "fits")
    #expect(try Self.finding(own, "ITL", "mean")["verdict"] as? String == "fits")
    let slow = try await Self.drift(folder, ttft: ttft, gap: gap * 2, "--format", "json")
    let found = try Self.finding(slow, "ITL", "mean")
    let drift = try #require(found["drift"] as? Double)
    #expect(found["verdict"] as? String == "drifted" && drift > 0.8 && drift <= 1 + 1e-9)
    let table = try await Self.drift(folder, ttft: ttft, gap: gap * 2)
    #expect(table.output.contains("drifted by +100.0 %") && table.output.contains("'vllm:e2e_request_latency_seconds'"))
  }

  /// Two requests in three days are 7.7e-06/s.
  @Test("a rate that is written with an exponent is simulated")
  func slowLoad() async throws {
    let folder = try Folder()
    let before = try folder.file("a.prom", Self.scrape(100, ttft: 0.02, gap: 0.0075))
    let after = try folder.file("b.prom", Self.scrape(102, ttft: 0.02, gap: 0.0075))
    let outcome = await spillway(
      ["drift", before, after, "--interval", "72 h", "--replications", "2", "--format", "json"] + Self.engine)
    #expect(outcome.status == .done, "\(outcome.error)")
    let load = try #require(try outcome.json()["load"] as? [String: Any])
    #expect(load["requests"] as? Double == 2 && load["seconds"] as? Double == 259_200)
  }

  @Test("what cannot be compared is said")
  func mistakes() async throws {
    let folder = try Folder()
    let early = try folder.file("a.prom", Self.scrape(100, ttft: 0.02, gap: 0.0075))
    let late = try folder.file("b.prom", Self.scrape(300, ttft: 0.02, gap: 0.0075))
    func error(_ arguments: String...) async -> String { await spillway(["drift"] + arguments + Self.engine).error }
    #expect(await error(early, late).contains("'--interval'"))
    #expect(await error(late, early, "--interval", "1 min").contains("started anew"))
    #expect(await error(early, late, "--interval", "1 min", "--model-name", "n").contains("has no model 'n'"))
    let broken = try folder.file("c.prom", "# HELP x\nvllm:a{b=\"c\"} 1\nvllm:a{b=} 2\n")
    #expect(await error(early, broken, "--interval", "1 min").contains("c.prom:3: error:"))
    let other = try folder.file("d.prom", "process_cpu_seconds_total 1\n")
    #expect(await error(other, other, "--interval", "1 min").contains("no metrics of vLLM"))
  }

  @Test("damaged counters are refused with the scrape's name")
  func damagedCounters() async throws {
    let folder = try Folder()
    let before = try folder.file("a.prom", Self.scrape(100, ttft: 0.02, gap: 0.0075))
    for (count, words) in [("4e20", "has grown by 4e+20"), ("4e9", "more than 1000000 a second")] {
      let text = Self.scrape(300, ttft: 0.02, gap: 0.0075).replacing(
        #/(first_token_seconds_count{[^}]*}) 300/#, with: { "\($0.output.1) \(count)" })
      let after = try folder.file("b.prom", text)
      let outcome = await spillway(["drift", before, after, "--interval", "100 s"] + Self.engine)
      #expect(outcome.status == .badInput && outcome.error.contains("b.prom: error"), "\(outcome.error)")
      #expect(outcome.error.contains(words), "\(outcome.error)")
    }
  }
}
