import CommandLineTool
import Foundation
import FoundationXML
import Testing

/// `report`: one HTML file of a scenario, a sweep or a store.
@Suite struct ReportTests {
  private let scenario = """
    name: small-batches
    description: Do <small> batches wait & see?
    server: hgx-h100-8
    replications: 4
    policies: [vllm-v1, {name: vllm-v1, label: small, engine: {max_num_seqs: 2}}]
    deployments: [{name: chat, model: llama-3.1-8b}]
    workload:
      rate: 8/s
      requests: 60
      prompt_tokens: 300
      output_tokens: {distribution: uniform, low: 20, high: 200}
      slo: {ttft: 1 s}
    """

  private func page(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  /// What the page says between two headings.
  private func section(_ name: String, of page: String) throws -> String {
    let start = try #require(page.range(of: "<h2 id=\"\(name)-0\">"))
    let rest = page[start.upperBound...]
    return String(rest[..<(rest.range(of: "<h2")?.lowerBound ?? rest.endIndex)])
  }

  @Test("a scenario's page has question, answer, tables, charts, scenarios and sources, and loads nothing")
  func ofAScenario() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario)
    let outcome = await spillway("report", path, "--output", folder["r.html"], "--quiet")
    #expect(outcome.status == .done, "\(outcome.error)")
    let text = try page(folder["r.html"])
    // A description is text.
    #expect(text.contains("Do &lt;small&gt; batches wait &amp; see?") && !text.contains("Do <small>"))
    let answer = try section("answer", of: text)
    #expect(answer.components(separatedBy: "<li>").count == 4)
    #expect(answer.contains("best under vllm-v1") && answer.contains("times that of small"), "\(answer)")
    #expect(try section("overview", of: text).contains("<td class=\"best\">"))
    let charts = try section("charts", of: text)
    for title in ["Time to first token", "Time to first token by arrival", "Waiting requests"] {
      #expect(charts.contains("aria-label=\"\(title)\""), "\(title)")
    }
    #expect(charts.contains("data-x=") && charts.contains("class=\"entry\""))
    #expect(try section("sources", of: text).contains("max_num_seqs: 2"))
    #expect(text.contains("default-src 'none'"))
    for outside in ["src=\"", "http://", "https://", "url(", "@import"] {
      let found = text.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "").components(separatedBy: outside)
      // Sources of figures are named with their addresses, as text.
      let inTags = found.dropLast().filter { (piece: String) -> Bool in
        piece.split(separator: ">").last?.contains("<") == true
      }
      #expect(inTags.isEmpty, "\(outside)")
    }
    // Every drawing is well-formed.
    for drawing in charts.components(separatedBy: "<svg class=\"chart\"").dropFirst() {
      let end = try #require(drawing.range(of: "</svg>\n</div>"))
      _ = try XMLDocument(xmlString: "<svg class=\"chart\"" + drawing[..<end.lowerBound] + "</svg>")
    }
    // Bytes are the same whatever the workers.
    let again = await spillway("report", path, "--output", folder["s.html"], "--quiet", "--jobs", "1")
    #expect(again.status == .done)
    #expect(try page(folder["s.html"]) == text)
  }

  @Test("what intervals do not tell apart is undecided")
  func undecided() async throws {
    let folder = try Folder()
    let alike = scenario.replacingOccurrences(of: "max_num_seqs: 2", with: "max_num_seqs: 255")
    let path = try folder.file("f.yaml", alike.replacingOccurrences(of: "vllm-v1, {", with: "vllm-v0, {"))
    for replications in ["1", "2"] {
      let outcome = await spillway(
        "report", path, "--output", folder["r.html"], "--quiet", "--replications", replications)
      #expect(outcome.status == .done, "\(outcome.error)")
      let answer = try section("answer", of: try page(folder["r.html"]))
      #expect(answer.contains("undecided"), "\(answer)")
      #expect(answer.contains("one replication") == (replications == "1"), "\(answer)")
    }
  }

  @Test("a sweep's page, and the same from its store")
  func ofASweep() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml", scenario + "\nsweep: {grid: {workload.rate: [2/s, 8/s, 20/s], workload.prompt_tokens: [100, 900]}}\n")
    let outcome = await spillway(
      "report", path, "--sweep", "--store", folder["s.sqlite"], "--output", folder["r.html"], "--quiet")
    #expect(outcome.status == .done, "\(outcome.error)")
    let text = try page(folder["r.html"])
    #expect(try section("asked", of: text).contains("12 points under a policy each"))
    let answer = try section("answer", of: text)
    #expect(answer.contains("p99_ttft_ms (chat, online): least, ") && answer.contains("overlap"), "\(answer)")
    #expect(try section("charts", of: text).contains("aria-label=\"output_throughput\""))
    let stored = await spillway("report", folder["s.sqlite"], "--output", folder["t.html"], "--quiet")
    #expect(stored.status == .done, "\(stored.error)")
    #expect(try section("answer", of: try page(folder["t.html"])).contains("p99_ttft_ms (chat, online): least, "))
    let unknown = await spillway("report", folder["s.sqlite"], "--output", folder["t.html"], "--scenario", "smal")
    #expect(unknown.status == .usage && unknown.error.contains("unknown scenario 'smal'"))
  }

  @Test("places and options that make no sense are refused before anything is simulated")
  func mistakes() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario)
    for arguments in [
      [path], [path, "--output", folder["r.pdf"]], [path, "--output", folder["r.html"], "--figures", "p99_ttft_ms"],
      [path, "--output", folder["r.html"], "--scenario", "x"],
    ] {
      #expect(await spillway(["report"] + arguments).status == .usage, "\(arguments)")
    }
    #expect(await spillway("report", path, "--output", folder["no/such/r.html"]).status == .unwritable)
    #expect(await spillway("report", folder["none.yaml"], "--output", folder["r.html"]).status == .unreadable)
  }
}
