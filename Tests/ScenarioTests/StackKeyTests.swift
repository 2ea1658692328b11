import Assembly
import StepTime
import Testing

@testable import Scenario

/// `engine: {stack, version, variant}`: what they bring, and what is refused.
struct StackKeyTests {
  private func scenario(_ engine: String, server: String = "hgx-h100-8") -> String {
    """
    server: \(server)
    policies: [vllm-v1]
    deployments:
      - {name: chat, model: llama-3.1-8b, gpus: [0], engine: \(engine)}
    workload: {rate: 1/s, requests: 10, prompt_tokens: 100, output_tokens: 10}
    """
  }

  @Test("a stack brings its limits, its share of memory, its costs and its kernel times")
  func stack() throws {
    let resolved = try #require(resolve(scenario("{stack: tensorrt-llm, variant: direct}")).scenario)
    let engine = resolved.deployments[0].engine
    #expect(engine.maxBatchedTokens == 8192 && engine.maxSequences == 2048 && engine.gpuMemoryUtilization == 1)
    let planned = try Planner.deployments(of: resolved)[0]
    #expect(planned.engine.bound.costs.name == "tensorrt-llm-direct")
    #expect(planned.engine.bound.kernels == "profile h100-vllm-0.19")
    #expect(planned.description.engine.memory.shareOfFree == 0.9)
    // Written out, it means the same.
    let again = try #require(resolve(resolved.canonicalText).scenario)
    #expect(again.deployments[0].engine == engine && again.canonicalText == resolved.canonicalText)
  }

  @Test("what is written comes before the stack's defaults")
  func written() throws {
    func engine(_ keys: String, server: String = "hgx-h100-8") throws -> EngineSettings {
      try #require(resolve(scenario(keys, server: server)).scenario).deployments[0].engine
    }
    let few = try engine("{stack: vllm, version: \"0.18\", max_num_batched_tokens: 512}")
    #expect(few.maxBatchedTokens == 512 && few.maxSequences == 512)
    let old = try engine("{stack: vllm, version: \"0.18\"}", server: "hgx-a100-8")
    #expect(old.maxBatchedTokens == 2048 && old.maxSequences == 256)
    let none = try engine("{}")
    #expect(none.stack == nil && none.maxBatchedTokens == 2048 && none.maxSequences == 256)
  }

  @Test(
    "mistakes are told",
    arguments: [
      ("{stack: vllm, version: 0.20}", "put it in quotes"),
      ("{stack: vllm, version: \"0.3\"}", "no version '0.3' of vLLM"),
      ("{stack: vlm}", "unknown serving stack 'vlm'"), ("{version: \"0.20\"}", "'version' wants 'stack' beside it"),
      ("{stack: vllm, variant: direct}", "was not fitted 'direct'"),
      ("{stack: sglang, enforce_eager: true}", "without graphs"),
    ])
  func mistakes(engine: String, said: String) {
    let (resolved, messages) = resolve(scenario(engine))
    #expect(resolved == nil && messages.contains { $0.contains(said) }, "\(messages)")
  }
}
