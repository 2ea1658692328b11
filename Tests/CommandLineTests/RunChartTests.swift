import CommandLineTool
import Foundation
import FoundationXML
import Testing

/// Charts of runs.
@Suite struct RunChartTests {
  private let scenario = """
    server: hgx-h100-8
    replications: 2
    policies: [vllm-v1, {name: vllm-v1, label: small, engine: {max_num_seqs: 8}}]
    deployments: [{name: chat, model: llama-3.1-8b}]
    workload: {rate: 8/s, requests: 60, prompt_tokens: 300, output_tokens: {distribution: uniform, low: 20, high: 200}}
    """

  @Test("a folder gets latencies, waits by arrival and levels over time", arguments: ["run", "compare"])
  func aFolderIsFilled(_ command: String) async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario)
    let outcome = await spillway(command, path, "--no-store", "--quiet", "--plot", folder["charts"])
    #expect(outcome.status == .done, "\(outcome.error)")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder["charts"]).sorted()
    #expect(files == ["arrivals.svg", "latencies.svg", "over-time.svg"])
    for (file, titles) in [
      ("latencies.svg", ["Time to first token", "Time per output token", "Gap between two tokens", "End to end"]),
      ("arrivals.svg", ["Time to first token by arrival", "replication 0"]),
      ("over-time.svg", ["Waiting requests"]),
    ] {
      let text = try String(contentsOfFile: folder["charts/\(file)"], encoding: .utf8)
      for title in titles + ["small"] { #expect(text.contains(title), "\(file): \(title)") }
      _ = try XMLDocument(xmlString: text)
    }
    // A second time into the same folder replaces them.
    #expect(await spillway(command, path, "--no-store", "--quiet", "--plot", folder["charts"]).status == .done)
  }

  @Test("a sweep's figures are drawn along its keys, with intervals and the Pareto front")
  func aSweepIsDrawn() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml", scenario + "\nsweep: {grid: {workload.rate: [2/s, 8/s, 20/s], workload.prompt_tokens: [100, 900]}}\n")
    let arguments = [
      "sweep", path, "--store", folder["s.sqlite"], "--quiet", "--pareto", "p99_ttft_ms,output_throughput",
    ]
    let outcome = await spillway(arguments + ["--plot", folder["charts"]])
    #expect(outcome.status == .done, "\(outcome.error)")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder["charts"]).sorted()
    #expect(files == ["along-workload.prompt_tokens.svg", "along-workload.rate.svg", "pareto.svg"])
    let along = try String(contentsOfFile: folder["charts/along-workload.rate.svg"], encoding: .utf8)
    for words in ["p99_ttft_ms", "output_throughput", "small, prompt_tokens 900", "stroke-dasharray"] {
      #expect(along.contains(words), "\(words)")
    }
    #expect(try String(contentsOfFile: folder["charts/pareto.svg"], encoding: .utf8).contains("front"))
    #expect(await spillway(arguments + ["--plot", folder["one.svg"]]).status == .usage)
  }

  @Test("a place that is a file, or promises another format, is refused before anything is simulated")
  func badPlaces() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario)
    #expect(await spillway("run", path, "--no-store", "--plot", folder["f.yaml"]).status != .done)
    #expect(await spillway("run", path, "--no-store", "--plot", folder["p.png"]).status == .usage)
  }
}
