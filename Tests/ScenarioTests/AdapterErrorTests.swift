import Assembly
import Configuration
import Scenario
import Scheduling
import Testing
import Workload

/// What is said to people who have adapters or stored prefixes wrong.
private let brokenAdapters: [BrokenScenario] = [
  BrokenScenario(
    smallScenario, "output_tokens: 256", "output_tokens: 256\n  adapters: {count: 4}",
    "f.yaml:11:13: error: requests name adapters, and the 'engine' of 'chat' has no 'lora', for example "
      + "'lora: {max_loras: 8, max_lora_rank: 16}'"),
  BrokenScenario(
    smallScenario, "output_tokens: 256", "output_tokens: 256\n  adapters: {count: 0, exponent: 21}",
    "f.yaml:11:21: error: 'count' must be between 1 and \(AdapterMix.most), found 0",
    "f.yaml:11:34: error: 'exponent' must be between 0 and 20, found 21"),
  BrokenScenario(
    smallScenario, "output_tokens: 256", "output_tokens: 256\n  adapters: {exponent: 1}",
    "f.yaml:11:13: error: 'workload.adapters' lacks the key 'count' (a whole number): How many different ones."),
  BrokenScenario(
    smallScenario, "output_tokens: 256", "output_tokens: 256\n  adapter: a",
    "f.yaml:11:3: error: 'adapter' is not modelled; the key is 'adapters'"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    engine: {enable_lora: true}",
    "f.yaml:6:14: error: 'enable_lora' is not modelled; the key is 'lora'"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b",
    "model: llama-3.1-8b\n    engine: {lora: {max_loras: 0, max_lora_rank: 5000}}",
    "f.yaml:6:32: error: 'max_loras' must be between 1 and 100000, found 0",
    "f.yaml:6:50: error: 'max_lora_rank' must be between 1 and 4096, found 5000"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    engine: {lora: {modules: attenton, size: 5}}",
    "f.yaml:6:30: error: unknown set of modules 'attenton'; did you mean 'attention'?",
    "f.yaml:6:46: error: 'size' wants a size such as '80 GB' or '64 KiB', found '5'; a unit is missing: did you mean "
      + "'5 GB'?"),
]

@Suite struct AdapterErrorTests {
  @Test("every mistake in adapters is told, with its place", arguments: brokenAdapters)
  func mistakes(broken: BrokenScenario) {
    let (scenario, messages) = resolve(broken.base.replacing(broken.old, with: broken.new))
    #expect(scenario == nil)
    #expect(messages == broken.messages)
  }

  @Test("replicas that fetch stay as they are")
  func fleet() {
    let text = smallScenario.replacing("model: llama-3.1-8b", with: "model: llama-3.1-8b\n    engine: {lora: {}}")
      .replacing("workload:", with: "fleet: [{at: 5 s, add: 1}]\nworkload:")
    #expect(
      resolve(text).messages.contains(
        "f.yaml:7:9: error: 'chat' fetches adapters or prefixes; that such a replica comes or goes is not modelled"),
      "\(resolve(text).messages)")
  }

  /// What keeps a scenario that reads well from being run.
  private func problems(engine: String, adapters: String, other: String = "", policy: String = "vllm-v1") throws
    -> [String]
  {
    let text = """
      server: hgx-h100-8
      policies: [\(policy)]
      deployments:
        - {name: chat, model: llama-3.1-8b, gpus: [0], engine: {\(engine)}\(other)}
        - {name: lender, model: llama-3.1-8b, gpus: [1], policy: vllm-v1, lend: {memory: 20 GB, policy: informer}}
      workload:
        - {deployment: chat, rate: 1/s, requests: 5, prompt_tokens: 100, output_tokens: 10\(adapters)}
        - {deployment: lender, rate: 1/s, requests: 5, prompt_tokens: 100, output_tokens: 10}
      """
    let resolved = resolve(text, catalogue: .builtIn)
    let scenario = try #require(resolved.scenario, "\(resolved.messages)")
    let error = #expect(throws: PlanningError.self) { try Planner.runs(of: scenario, spillwayVersion: "") }
    return error?.problems ?? []
  }

  @Test("what does not fit, or cannot be fetched, is told before a run")
  func planning() throws {
    let many = ", adapters: {count: 50}"
    #expect(
      try problems(engine: "lora: {size: 100 MB}, swap_space: 4 GB", adapters: many) == [
        "deployment 'chat': 50 adapters take 5.0 GB per GPU, and 'swap_space' has 4.0 GB; raise 'swap_space'"
      ])
    #expect(
      try problems(engine: "lora: {size: 100 MB}", adapters: many, other: ", paging: {destination: peer}").first
        == "deployment 'chat': keeps 50 adapters with a lender that does not always lend; give it one that does, "
        + "'lend: 20 GB'")
    let prefixes = ", shared_prefix: {tokens: 1000, groups: 2}"
    #expect(
      try problems(
        engine: "swap_space: 4 GB", adapters: prefixes, other: ", paging: {stored_prefixes: true}",
        policy: "{name: aqua, rules: v3}") == [
          "deployment 'chat': under 'aqua', as it is set, requests cannot start from KV that is fetched; leave out "
            + "'stored_prefixes'"
        ])
    // Places for adapters are taken from KV.
    let crowded = try problems(engine: "lora: {max_loras: 700, size: 100 MB}", adapters: many)
    #expect(
      crowded.count == 1 && crowded[0].hasPrefix("deployment 'chat': no KV block fits: of 78.2 GB usable per GPU"))
  }
}
