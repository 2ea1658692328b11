import CommandLineTool
import Testing

/// Who gets the memory that a deployment lends.
@Suite struct LentMemoryTests {
  @Test("memory that is lent goes to those who page to peers, not to every neighbour that could")
  func lentMemory() async throws {
    let folder = try Folder()
    func blocks(_ neighbours: String, paging: String) async throws -> Int {
      let path = try folder.file(
        "f.yaml",
        """
        duration: 10 s
        server: hgx-h100-8
        policies: [aqua]
        deployments:
          - {name: chat, model: llama-3.1-8b, gpus: [0], paging: {destination: peer, lenders: [lender]}}
          - {name: lender, model: llama-3.1-8b, gpus: [1], policy: vllm-v1, lend: 20 GB}
          - {name: other, model: llama-3.1-8b, gpus: [2], \(neighbours), paging: {\(paging)}}
        workload:
          {deployment: chat, rate: 1/s, prompt_tokens: 500, output_tokens: 200}

        """)
      let json = try await spillway("explain", path, "--format", "json").json()
      let chat = try #require((json["deployments"] as? [[String: Any]])?.first)
      let memory = try #require(chat["memory_per_gpu"] as? [String: Any])
      return try #require((memory["peer_blocks"] as? [Int])?.first)
    }
    let whole = try await blocks("policy: vllm-v1", paging: "destination: host")
    // A block of 16 tokens is 2 MiB.
    #expect(whole == 20_000_000_000 / (2 << 20))
    let half = try await blocks("policy: aqua", paging: "destination: peer")
    #expect(half == whole / 2)
  }
}
