import CommandLineTool
import Testing

/// Scenarios in which a policy's answer, or the reason it gave for it, once changed inside a segment: results then
/// depended on how often it was asked.
@Suite struct SteppingFaultTests {
  /// Two offline answers grow until nothing is left for an online prompt that waits.
  private static let tightMemory = """
    server: hgx-a100-8
    policies: [conserve]
    deployments:
      - {name: d0, model: llama-3.1-8b, engine: {max_num_batched_tokens: 3, max_num_seqs: 3, kv_blocks: 36}}
    workload:
      - {name: job, arrivals: batch, requests: 2, class: offline, prompt_tokens: 1, output_tokens: 273}
      - {name: users, rate: 10/s, requests: 1, prompt_tokens: 2, output_tokens: 1}

    """

  /// A request waits for a token of the budget, and then for memory.
  private static let changingReason = """
    server: h100-pair
    policies: [conserve]
    duration: 36728.9 ms
    warmup: 0.119179 s
    deployments:
      - name: d0
        model: mixtral-8x7b
        tensor_parallel: 2
        engine: {max_num_batched_tokens: 3, max_num_seqs: 3, kv_blocks: 9}
    workload:
      - rate: 1000/s
        prompt_tokens: {distribution: zipf, exponent: 1.84, low: 1, high: 1}
        output_tokens: {distribution: lognormal, mean: 600, cv: 0.47, maximum: 2400}
        slo: {e2el: 0.045478 s}

    """

  /// A request comes from another replica, long after it arrived there, and its iteration is planned ahead.
  private static let handedOver = """
    servers: [{like: hgx-h100-8, count: 2}]
    seed: 0
    duration: 6 s
    policies: [vllm-v1]
    deployments:
      - {name: chat, model: llama-3.1-8b, tensor_parallel: 2, replicas: 3, router: least-outstanding}
    fleet: [{at: 1 s, add: 1, start_up: 500 ms}, {at: 2 s, drain: 1, hand_over: true}]
    workload:
      - name: users
        rate: 12/s
        requests: 30
        prompt_tokens: {distribution: lognormal, mean: 300, cv: 1, maximum: 2000}
        output_tokens: {distribution: uniform, low: 5, high: 80}

    """

  @Test("both steppings print the same, and no law is broken", arguments: [tightMemory, changingReason, handedOver])
  func same(_ scenario: String) async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario)
    let arguments = ["run", path, "--no-store", "--quiet", "--format", "json", "--check-invariants", "--stepping"]
    let segment = await spillway(arguments + ["segment"])
    let iteration = await spillway(arguments + ["iteration"])
    #expect(segment.status == .done, "\(segment.error)")
    #expect(segment.timeless == iteration.timeless)
  }
}
