import CommandLineTool
import Testing

/// Where a run could go wrong without anything in it being wrong by itself.
@Suite struct StandstillTests {
  @Test("users who do not think and are refused every time end the run with an error, not in a standstill")
  func refusedForEver() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml",
      """
      duration: 10 s
      server: hgx-h100-8
      policies: [vllm-v1]
      deployments:
        - {name: chat, model: llama-3.1-8b, gpus: [0], engine: {max_model_len: 1000}}
      workload:
        {name: crowd, arrivals: {process: closed-loop, users: 2}, prompt_tokens: 2000, output_tokens: 5}

      """)
    let outcome = await spillway("run", path, "--no-store", "--quiet")
    #expect(outcome.status == .badInput)
    #expect(outcome.error.contains("stream 'crowd'"))
    #expect(outcome.error.contains("too long for 'chat'"))
  }
}
