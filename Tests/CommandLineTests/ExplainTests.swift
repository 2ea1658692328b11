import CommandLineTool
import Foundation
import Testing

@Suite struct ExplainTests {
  @Test func sourcesNameWhatMattersAndWhereItComesFrom() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let outcome = await spillway("explain", path, "--sources")
    #expect(outcome.status == .done)
    for part in [
      "weights", "reserve", "lent to peers", "KV blocks", "set by 'kv_blocks'", "measured", "decode, 64 sequences",
      "prefill, 2048 tokens", "paged to peer GPU, NVLink", "paged to host, PCIe", "limited by KV memory",
      "No stream sends requests here.", "Where step times come from",
    ] { #expect(outcome.output.contains(part), "\(part)") }
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count { $0.contains("where each kernel was measured") } <= 1)
    #expect(Set(lines.filter { $0.hasPrefix("    for ") }).count == lines.count { $0.hasPrefix("    for ") })
  }

  @Test("the answer fits one screen: memory, step times, limits, where it saturates")
  func oneScreen() async throws {
    let outcome = await spillway("explain", scenarioFolder + "/quickstart-burst.yaml")
    #expect(outcome.status == .done)
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 45 && lines.allSatisfy { $0.count <= 100 }, "\(outcome.output)")
    for part in [
      "memory", "KV cache", "step time", "basis", "measured", "batch", "limited by", "bottleneck", "saturates",
      "output tokens/s, whatever the latencies", "offered", "in the busiest minute",
      "Warning: ", "'--sources'", "'--yaml'",
    ] { #expect(outcome.output.contains(part), "\(part)") }
    #expect(!outcome.output.contains("prompt_tokens:"), "no echo of the scenario")
    let folder = try Folder()
    let paging = try await spillway("explain", folder.file("f.yaml", pagingScenario)).output
    let words = paging.split { $0.isWhitespace }.joined(separator: " ")
    #expect(words.contains("can page to peer GPU, NVLink (") && words.contains("back); host, PCIe ("))
    #expect(paging.contains("no stream sends any here"))
  }

  @Test("--yaml prints a scenario that means the same, and nothing else")
  func yaml() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let printed = await spillway("explain", path, "--yaml")
    #expect(printed.status == .done)
    let again = try folder.file("g.yaml", printed.output)
    #expect(await spillway("explain", again, "--yaml").output == printed.output)
    #expect(await spillway("explain", path, "--yaml", "--sources").status == .usage)
    #expect(await spillway("explain", path, "--yaml", "--format", "json").status == .usage)
  }

  @Test("the load offered is the requests over the time, and those of the busiest minute")
  func offered() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml",
      quickScenario.replacing("requests: 20", with: "duration: 5 min").replacing("rate: 4/s", with: "ARRIVALS"))
    func offered(_ arrivals: String) async throws -> [String: Any]? {
      let text = try String(contentsOfFile: path, encoding: .utf8).replacing("ARRIVALS", with: arrivals)
      let json = try await spillway("explain", folder.file("g.yaml", text), "--format", "json").json()
      let deployment = try #require((json["deployments"] as? [[String: Any]])?.first)
      return (deployment["typical_request"] as? [String: Any])?["offered"] as? [String: Any]
    }
    let piecewise = "arrivals: {process: piecewise, steps: [{from: 0 s, rate: 1/s}, {from: 60 s, rate: 9/s}, "
    let load = try #require(try await offered(piecewise + "{from: 120 s, rate: 1/s}]}"))
    #expect(abs((load["requests_per_second"] as? Double ?? 0) - 2.6) < 0.4)
    #expect(abs((load["busiest_minute_requests_per_second"] as? Double ?? 0) - 9) < 1.2)
    #expect(try await offered("arrivals: {process: closed-loop, users: 3, think_time: 1 s}") == nil)
  }

  @Test func memoryAddsUp() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let json = try await spillway("explain", path, "--format", "json").json()
    let deployments = try #require(json["deployments"] as? [[String: Any]])
    #expect(deployments.count == 2)
    for deployment in deployments {
      let memory = try #require(deployment["memory_per_gpu"] as? [String: Any])
      func bytes(_ key: String) -> Int { memory[key] as? Int ?? -1 }
      #expect(
        bytes("usable_bytes")
          == bytes("weight_bytes") + bytes("reserve_bytes") + bytes("lent_bytes") + bytes("kv_pool_bytes"))
      #expect(bytes("kv_tokens") == bytes("kv_blocks") * bytes("kv_block_size"))
      #expect(bytes("kv_blocks") * bytes("kv_block_bytes") <= bytes("kv_pool_bytes"))
    }
  }

  /// The estimate is made without the engine; under overload the engine must come close to it.
  @Test(
    "where it saturates is what an overloaded simulation serves",
    arguments: ["workload.prompt_tokens=1024", "workload.output_tokens=600", "deployments.chat.engine.kv_blocks=2000"])
  func capacity(_ change: String) async throws {
    let folder = try Folder()
    let text = quickScenario.replacing("rate: 4/s", with: "rate: 500/s").replacing(
      "requests: 20", with: "requests: 1500")
    let changes = ["--set", "workload.output_tokens=200", "--set", change]
    let path = try folder.file("f.yaml", text)
    let explained = try await spillway(["explain", path, "--format", "json"] + changes).json()
    let deployment = try #require((explained["deployments"] as? [[String: Any]])?.first)
    let predicted = try #require((deployment["capacity"] as? [String: Any])?["requests_per_second"] as? Double)
    let run = try await spillway(["run", path, "--no-store", "--quiet", "--format", "json"] + changes).json()
    let result = try #require((run["results"] as? [[String: Any]])?.first)
    let served = try #require(result["request_throughput"] as? Double)
    // Filling and emptying the batch cost a part of such a short run.
    #expect(served < predicted * 1.05 && served > predicted * 0.7, "served \(served)/s, predicted \(predicted)/s")
  }
}
