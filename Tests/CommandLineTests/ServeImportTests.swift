import CommandLineTool
import Foundation
import Testing

/// `spillway import`, and `validate` of what a benchmark's client saw.
struct ServeImportTests {
  @Test("a command becomes a scenario that runs; what is neutral is listed, and no secret copied")
  func imports() async throws {
    let folder = try Folder()
    let trace = try folder.file("t.csv", "arrival_s,prompt_tokens,output_tokens\n0,100,10\n0.5,200,5\n")
    let command = "vllm serve meta-llama/Llama-3.1-8B -tp 2 --max-num-seqs 32 --api-key sekret --port 80"
    let done = await spillway(
      "import", command, "--server", "hgx-h100-8", "--trace", trace, "--name", "chat", "-o", folder["s.yaml"])
    #expect(done.status == .done, "\(done.error)")
    let text = try String(contentsOfFile: folder["s.yaml"], encoding: .utf8)
    #expect(text.contains("--api-key, --port") || text.contains("--port, --api-key"), "\(text)")
    #expect(!text.contains("sekret") && !text.contains("async_scheduling"), "the stack's default")
    let run = await spillway("run", folder["s.yaml"], "--no-store", "--quiet", "--format", "json")
    #expect(run.status == .done, "\(run.error)")
    let results = try #require(try run.json()["results"] as? [[String: Any]])
    #expect(results.first?["completed"] as? Int == 2 && results.first?["deployment"] as? String == "chat")
    let file = try folder.file("serve.sh", "vllm serve llama-3.1-8b \\\n  --max-num-seqs 0\n")
    let wrong = await spillway("import", file, "--server", "hgx-h100-8")
    #expect(wrong.status == .badInput && wrong.error.contains("serve.sh:2:3: error:"), "\(wrong.error)")
    #expect((await spillway("import", command)).error.contains("hgx-h100-8"))
    #expect((await spillway("import", command, "--server", "hgx-h100")).error.contains("did you mean"))
  }

  @Test("a client's file is compared with the engine that a command starts; the front end is a term")
  func benchmarks() async throws {
    let folder = try Folder()
    let count = 12
    func list(_ make: (Int) -> String) -> String { "[" + (0..<count).map(make).joined(separator: ", ") + "]" }
    let path = try folder.file(
      "bench.json",
      """
      {"completed": \(count), "input_lens": \(list { _ in "128" }), "output_lens": \(list { _ in "3" }),
       "ttfts": \(list { _ in "0.05" }), "itls": \(list { _ in "[0.008, 0.008]" }),
       "start_times": \(list { "\($0)" })}
      """)
    let arguments = ["validate", path, "--engine-args", "vllm serve llama-3.1-8b", "--server", "hgx-h200-8"]
    let done = await spillway(arguments + ["--format", "json"])
    #expect(done.status == .done, "\(done.error)")
    let rows = try #require(try done.json()["comparisons"] as? [[String: Any]])
    #expect(
      Set(rows.compactMap { $0["metric"] as? String }) == ["ttft", "tpot", "itl", "e2el", "makespan", "throughput"])
    func predicted(_ rows: [[String: Any]], _ metric: String) -> Double? {
      rows.first { $0["metric"] as? String == metric && $0["statistic"] as? String == "p50" }?["predicted"] as? Double
    }
    let table = await spillway(arguments)
    let words = table.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("a front end of that length would explain them"), "\(words)")
    let later = try #require(
      try await spillway(arguments + ["--format", "json", "--front-end", "15 ms"]).json()["comparisons"]
        as? [[String: Any]])
    let without = try #require(predicted(rows, "ttft"))
    #expect(abs(try #require(predicted(later, "ttft")) - without - 15) < 1e-6)
    #expect(predicted(later, "itl") == predicted(rows, "itl"))
    let refused = await spillway(
      "validate", path, "--engine-args", "sglang serve --model-path llama-3.1-8b", "--server", "hgx-h200-8")
    #expect(refused.status == .badInput && refused.error.contains("spillway import --trace"), "\(refused.error)")
    let unknown = await spillway(arguments + ["--front-end", "soon"])
    #expect(unknown.status == .usage && unknown.error.contains("'--front-end'"))
  }
}
