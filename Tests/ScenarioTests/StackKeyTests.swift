import Assembly
import Cluster
import Replica
import Scheduling
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
    let planned = try Planner.deployments(of: resolved, under: resolved.policies.first)[0]
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
    #expect(none.stack.name == "vllm" && none.stack.version == StackLibrary.standard.newest.asked)
    #expect(none.maxBatchedTokens == 8192 && none.maxSequences == 1024 && none.cachesPrefixes)
    let a100 = try engine("{}", server: "hgx-a100-8")
    #expect(a100.maxBatchedTokens == 2048 && a100.maxSequences == 256)
  }

  @Test("without a stack TensorRT-LLM's scheduler runs on TensorRT-LLM, all others on vLLM, and the comparison says so")
  func comparedStacks() throws {
    let text = scenario("{}").replacing("[vllm-v1]", with: "[aqua, tensorrt-llm, vllm-v0]")
    let resolved = try #require(resolve(text, catalogue: .builtIn).scenario)
    let deployment = resolved.deployments[0]
    #expect(deployment.engine.stack.name == "vllm" && deployment.otherEngines.map(\.stack.name) == ["tensorrt-llm"])
    let runs = try Planner.runs(of: resolved, spillwayVersion: "")
    #expect(runs.map(\.plan.deployments[0].limits.maxSequences) == [1024, 2048, 1024])
    #expect(runs[0].plan.deployments[0].cost === runs[2].plan.deployments[0].cost)
    #expect(runs[0].plan.deployments[0].cost !== runs[1].plan.deployments[0].cost)
    for run in runs {
      #expect(
        run.warnings.contains { $0.contains("aqua on vLLM 0.20, tensorrt-llm on TensorRT-LLM 1.0, vllm-v0 on vLLM") })
    }
    // Written out, each keeps its own.
    let again = try #require(resolve(resolved.canonicalText, catalogue: .builtIn).scenario)
    #expect(again.deployments[0].otherEngines == deployment.otherEngines)
    let one = try #require(resolve(text.replacing("{}", with: "{stack: vllm}"), catalogue: .builtIn).scenario)
    #expect(one.deployments[0].otherEngines.isEmpty && one.stackComparison == nil)
    let own = scenario("{}").replacing("gpus: [0],", with: "gpus: [0], policy: tensorrt-llm,")
      .replacing("policies: [vllm-v1]", with: "")
    #expect(try #require(resolve(own, catalogue: .builtIn).scenario).deployments[0].engine.stack.name == "tensorrt-llm")
  }

  @Test("a version brings the parameters with which it has its scheduler; those written come first")
  func parameters() throws {
    func reserves(_ engine: String, policy: String = "vllm-v1") throws -> Bool {
      let text = scenario(engine).replacing("[vllm-v1]", with: "[\(policy)]")
      let runs = try Planner.runs(of: try #require(resolve(text, catalogue: .builtIn).scenario), spillwayVersion: "")
      return runs[0].plan.deployments[0].policy.parameters.boolean("reserve_full_prompt")
    }
    #expect(try reserves("{}"))
    #expect(try !reserves("{stack: vllm, version: \"0.18\"}"))
    #expect(try reserves("{stack: vllm, version: \"0.18\"}", policy: "{name: vllm-v1, reserve_full_prompt: true}"))
  }

  private func runs(_ engine: String, server: String, policies: String) throws -> [PlannedRun] {
    let text = scenario(engine, server: server).replacing("[vllm-v1]", with: "[\(policies)]")
    let resolved = try #require(resolve(text, catalogue: .builtIn).scenario)
    let again = try #require(resolve(resolved.canonicalText, catalogue: .builtIn).scenario)
    let runs = try Planner.runs(of: resolved, spillwayVersion: "")
    // Written out, it means the same, though what the stack decides is not in it.
    let parameters = try Planner.runs(of: again, spillwayVersion: "").map(\.plan.deployments[0].policy.parameters)
    #expect(parameters == runs.map(\.plan.deployments[0].policy.parameters))
    return runs
  }

  @Test(
    "vLLM plans ahead from 0.14 on, where that was fitted; what is written comes first",
    arguments: [
      ("{}", "hgx-h100-8", "vllm-v1", true), ("{}", "hgx-h200-8", "vllm-v1", true),
      ("{}", "hgx-a100-8", "vllm-v1", false),
      ("{enforce_eager: true}", "hgx-h100-8", "vllm-v1", false),
      ("{overheads: {overlap_per_step: 1 ms}}", "hgx-h100-8", "vllm-v1", false),
      ("{stack: vllm, version: \"0.12\"}", "hgx-h100-8", "vllm-v1", false),
      ("{stack: vllm, version: \"0.18\"}", "hgx-a100-8", "vllm-v1", true),
      ("{stack: vllm, version: \"0.18\", variant: synchronous}", "hgx-h100-8", "vllm-v1", false),
      ("{}", "hgx-h100-8", "{name: vllm-v1, async_scheduling: false}", false),
      ("{}", "hgx-a100-8", "{name: vllm-v1, async_scheduling: true}", true),
    ])
  func plansAhead(engine: String, server: String, policy: String, expected: Bool) throws {
    let deployment = try runs(engine, server: server, policies: policy)[0].plan.deployments[0]
    #expect(deployment.policy.parameters.boolean("async_scheduling") == expected)
    // Costs that tell the host's work apart go with it.
    if let host = deployment.cost.host { #expect(host.plansAhead == expected) }
  }

  @Test("policies that plan in turn do not share the step times of one that plans ahead, and the comparison says so")
  func comparedScheduling() throws {
    func warned(_ runs: [PlannedRun]) -> Bool {
      runs.allSatisfy { $0.warnings.contains { $0.contains("vllm-v1 plans each iteration while the one before it") } }
    }
    let mixed = try runs("{}", server: "hgx-h100-8", policies: "vllm-v1, aqua")
    #expect(mixed[0].plan.deployments[0].cost !== mixed[1].plan.deployments[0].cost && warned(mixed))
    #expect(mixed[1].plan.deployments[0].cost.host?.plansAhead == false)
    let alike = try runs("{}", server: "hgx-h100-8", policies: "{name: vllm-v1, async_scheduling: false}, aqua")
    #expect(alike[0].plan.deployments[0].cost === alike[1].plan.deployments[0].cost && !warned(alike))
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
