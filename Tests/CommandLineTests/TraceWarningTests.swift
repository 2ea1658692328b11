import CommandLineTool
import Testing

/// What a trace holds and a run does not use is said with the results.
@Suite struct TraceWarningTests {
  private func run(_ trace: String, named name: String, options: String = "", set: String? = nil) async throws
    -> Outcome
  {
    let folder = try Folder()
    _ = try folder.file(name, trace)
    let scenario = try folder.file(
      "s.yaml",
      """
      server: hgx-h100-8
      policies: [vllm-v1]
      deployments: [{name: m, model: llama-3.1-8b, gpus: [0]}]
      workload: {name: w, trace: {file: \(name)\(options)}}
      """)
    return await spillway(["run", scenario, "--no-store"] + (set.map { ["--set", $0] } ?? []))
  }

  @Test func columnsThatAreNotModelledAreNamed() async throws {
    let outcome = try await run(
      "{\"timestamp\": 0, \"input_length\": 600, \"output_length\": 5, \"turn\": [1, 2]}\n", named: "t.jsonl")
    #expect(outcome.status == .done)
    #expect(outcome.output.contains("w: the trace's 'turn' are not modelled"))
  }

  @Test func blocksOfPromptsArePassedOverWhereNoPrefixesAreCached() async throws {
    let trace = "{\"timestamp\": 0, \"input_length\": 600, \"output_length\": 5, \"hash_ids\": [1, 2]}\n"
    let warning = "w: the trace's 'hash_ids' were passed over"
    #expect(!(try await run(trace, named: "t.jsonl").output.contains(warning)))
    let without = try await run(trace, named: "t.jsonl", set: "deployments.m.engine.enable_prefix_caching=false")
    #expect(without.output.contains(warning))
  }

  @Test func rowsLeftOutAreCounted() async throws {
    let outcome = try await run(
      "arrival_s,prompt_tokens,output_tokens\n0,10,5\n1,many,5\n2,10,5\n", named: "t.csv",
      options: ", skip_bad_rows: true")
    #expect(outcome.status == .done)
    #expect(outcome.output.contains("w: bad rows of the trace left out: 1; the first:"))
  }
}
