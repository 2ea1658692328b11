import CommandLineTool
import Testing

@Suite struct ExplainTests {
  @Test func textNamesWhatMattersAndItsSource() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let outcome = await spillway("explain", path)
    #expect(outcome.status == .done)
    for part in [
      "weights", "reserve", "lent to peers", "KV blocks", "set by 'kv_blocks'", "measured", "decode, 64 sequences",
      "prefill, 2048 tokens", "paged to peer GPU, NVLink", "paged to host, PCIe", "limited by KV memory",
      "No stream sends requests here.",
    ] { #expect(outcome.output.contains(part), "\(part)") }
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
    "Predicted capacity is what an overloaded simulation serves",
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
