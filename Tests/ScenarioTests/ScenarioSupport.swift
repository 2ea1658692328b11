import Configuration
import Replica
import Scenario
import Scheduling
import SimCore

/// A policy that scenarios can name, and that no test here runs.
protocol NamedPolicy: SchedulingPolicy {
  init()
}

extension NamedPolicy {
  init(_ parameters: PolicyParameters, limits: EngineLimits) { self.init() }
  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { .boundary }
  mutating func finished(_ slot: Int32, _ state: EngineState) {}
  mutating func decide(_ state: EngineState, _ decision: inout Decision) {}
}

struct TokenBudgetPolicy: NamedPolicy {
  static let descriptor = PolicyDescriptor(
    name: "vllm-v1", summary: "One token budget for all.", source: "vLLM",
    parameters: [
      ParameterDescriptor(
        "order", .choice(["fcfs", "priority"]), default: .choice("fcfs"), "Which request goes first.")
    ])
}

struct SlicingPolicy: NamedPolicy {
  static let descriptor = PolicyDescriptor(
    name: "aqua", summary: "Time slices.", source: "AQUA",
    parameters: [ParameterDescriptor("slice", .integer(1...1000), default: .integer(6), "Iterations in a slice.")])
}

struct HarvestingPolicy: NamedPolicy {
  static let descriptor = PolicyDescriptor(
    name: "conserve", summary: "Online and offline.", source: "ConServe",
    parameters: [
      ParameterDescriptor("safepoint_layers", .integer(1...128), default: .integer(4), "Layers between safepoints."),
      ParameterDescriptor("margin", .number(0...1), default: .number(0.1), "Kept free of the target."),
      ParameterDescriptor(
        "target", .duration(.milliseconds(1) ... .seconds(10)), default: .duration(.milliseconds(200)), "Latency."),
      ParameterDescriptor("checkpoint", .boolean, default: .boolean(true), "Copies KV as it is produced."),
    ])
}

/// The policies that the scenarios of these tests can name.
let testPolicies = PolicyCatalogue([TokenBudgetPolicy.self, SlicingPolicy.self, HarvestingPolicy.self])

/// Results as the report would name them.
let testMetrics =
  ["mean", "median", "p99"].flatMap { ["\($0)_ttft_ms", "\($0)_tpot_ms", "\($0)_e2el_ms"] }
  + ["request_throughput", "completed", "gpu_busy_fraction", "paged_out_bytes", "duration"]

/// A scenario that uses most of what there is.
let fullScenario = """
  # yaml-language-server: $schema=../Schemas/scenario.schema.json
  name: quickstart
  description: Does time slicing help a chat service through bursts?
  seed: 7
  replications: 3
  duration: 10 min
  drain: 2 min
  warmup: 30 s
  server: hgx-h100-8
  policies: [vllm-v1, {name: aqua, label: aqua-peer, paging: {destination: peer}}, {name: conserve, safepoint_layers: 8}]
  deployments:
    - name: chat
      model: llama-3.1-70b
      gpus: [0, 1, 2, 3]
      tensor_parallel: 4
      router: least-kv
      engine: {max_num_batched_tokens: 512, max_num_seqs: 512, block_size: 16, kv_dtype: fp8, enforce_eager: true}
      paging: {lenders: [small], transfer: fragmented}
    - name: small
      model: llama-3.1-8b
      gpus: [4, 5]
      replicas: 2
      policy: {name: vllm-v1, order: priority}
      lend: {memory: 30 GB, policy: informer, retain: 5 GB}
    - name: other
      model: mistral-7b
      lend: 20 GB
      policy: vllm-v1
  workload:
    - name: users
      deployment: chat
      arrivals: {process: on-off, on_rate: 4/s, off_rate: 0.5/s, on_time: 1 min, off_time: 2 min}
      prompt_tokens: {distribution: lognormal, mean: 1024, cv: 1.5, maximum: 8192}
      output_tokens: 256
      slo: {ttft: 1 s, tpot: 100 ms}
    - name: batch
      deployment: chat
      class: offline
      arrivals: batch
      requests: 200
      prompt_tokens: {distribution: uniform, low: 100, high: 2000}
      output_tokens: {distribution: zipf, exponent: 1.1, high: 1000}
      priority: 5
    - name: mixed
      deployment: small
      arrivals: {process: gamma, cv: 3}
      rate: 2.5/s
      components:
        - {weight: 3, prompt_tokens: 100, output_tokens: {distribution: gamma, mean: 200, cv: 0.5}}
        - {class: offline, tenant: 2, prompt_tokens: 1000, output_tokens: 10}
    - deployment: other
      arrivals: {process: closed-loop, users: 8, think_time: {distribution: exponential, mean: 5 s}}
      prompt_tokens: {distribution: quantiles, points: [{p: 0, tokens: 10}, {p: 50 %, tokens: 500}, {p: 1, tokens: 4000}]}
      output_tokens: {distribution: lognormal, median: 100, p90: 300}
  expect:
    - {metric: p99_ttft_ms, deployment: chat, class: online, policy: aqua-peer, below: 2 s}
    - {metric: p99_ttft_ms, deployment: chat, class: online, ratio: [aqua-peer, vllm-v1], below: 0.2}
    - {metric: request_throughput, deployment: other, above: 0.1/s}
  """

/// The smallest scenario.
let smallScenario = """
  server: hgx-h100-8
  policies: [vllm-v1]
  deployments:
    - name: chat
      model: llama-3.1-8b
  workload:
    rate: 4/s
    requests: 1000
    prompt_tokens: 1024
    output_tokens: 256
  """

/// The scenario in `text`, and everything that is said about it.
func resolve(
  _ text: String, set: [String] = [], policies: [String] = [], name: String = "f.yaml",
  catalogue: PolicyCatalogue = testPolicies
) -> (scenario: ResolvedScenario?, messages: [String]) {
  let overrides = ScenarioOverrides(set: set, policies: policies)
  let (scenario, messages) = reading(text, name: name) { document, diagnostics in
    ScenarioReader.resolve(
      document, overrides: overrides, policies: catalogue, metrics: testMetrics, into: diagnostics)
  }
  return (scenario, messages)
}

/// What is read from the document in `text`, and everything that is said about it.
func reading<Value>(
  _ text: String, name: String = "f.yaml", _ read: (Document, Diagnostics) -> Value?
) -> (value: Value?, messages: [String]) {
  let diagnostics = Diagnostics()
  let value = Document(text: text, name: name, into: diagnostics).flatMap { read($0, diagnostics) }
  return (value, diagnostics.all.map(\.description))
}
