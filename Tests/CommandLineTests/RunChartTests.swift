import Foundation
import FoundationXML
import Report
import Testing

@testable import CommandLineTool

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
    let map = "map-workload.rate-workload.prompt_tokens.svg"
    #expect(files == ["along-workload.prompt_tokens.svg", "along-workload.rate.svg", map, "pareto.svg"])
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
    #expect(await spillway("run", path, "--no-store", "--plot", folder["p.pdf"]).status == .usage)
  }

  private static let hasConverter = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/rsvg-convert")
  }

  @Test("a .png is a picture of the same charts; without rsvg-convert the error says what to install")
  func png() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario)
    let outcome = await spillway("run", path, "--no-store", "--quiet", "--plot", folder["p.png"])
    guard Self.hasConverter else {
      #expect(outcome.status == .unwritable && outcome.error.contains("librsvg2-bin"), "\(outcome.error)")
      #expect(folder.names == ["f.yaml"])
      return
    }
    #expect(outcome.status == .done, "\(outcome.error)")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder["p.png"])))
    #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    // Width, in the header: two columns of charts, two pixels for each of the drawing.
    let width: Int = bytes[16..<20].reduce(0) { $0 << 8 | Int($1) }
    #expect(width == 2 * 2 * 560)
  }

  @Test("a folder of temporary files that is not there is named, and the program for pictures not blamed")
  func noTemporaryFolder() throws {
    let folder = try Folder()
    let error = try #require(
      throws: OutputError.self,
      performing: {
        _ = try PictureConverter.drawing("<svg/>", for: "x.png", in: URL(fileURLWithPath: folder["no-such"]))
      })
    #expect(error.path == "x.png" && error.reason.contains(folder["no-such"]) && !error.reason.contains("rsvg"))
    #expect(error.reason.hasSuffix("No such file or directory"), "\(error.reason)")
    let kept = try PictureConverter.drawing("<svg/>", for: "x.png", in: URL(fileURLWithPath: folder.path))
    #expect(kept.readDataToEndOfFile() == Data("<svg/>".utf8) && folder.names.isEmpty)
  }
}
