import CommandLineTool
import Foundation
import Testing

@Suite struct CheckTests {
  private func scenario(_ expectations: String...) -> String {
    quickScenario + "expect:\n" + expectations.map { "  - {\($0)}\n" }.joined()
  }

  @Test func expectationsThatHold() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml", scenario("metric: completed, above: 19, below: 21", "metric: p99_ttft_ms, below: 5 s"))
    let outcome = await spillway("check", path, "--quiet")
    #expect(outcome.status == .done)
    #expect(
      outcome.output.hasPrefix(
        "holds      \(path):12:5: completed (online) is above 19 and below 21: 20 [20, 20], 5 replications\n"
          + "holds      \(path):13:5: p99_ttft_ms (online) is below 5 s: "))
    #expect(outcome.output.hasSuffix("2 claims, all hold\n"))
    #expect(folder.names == ["f.yaml"])
  }

  @Test func anExpectationThatIsBrokenIsStatus1() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario("metric: completed, above: 20", "metric: completed, below: 21"))
    let outcome = await spillway(
      "check", path, "--quiet", "--junit", folder["j.xml"], "--json", folder["j.json"], "--markdown", folder["j.md"],
      "--github")
    #expect(outcome.status == .expectationFailed)
    #expect(
      outcome.output.hasPrefix(
        "BROKEN     \(path):12:5: completed (online) is above 20: 20 [20, 20], 5 replications\nholds "))
    #expect(
      outcome.output.hasSuffix(
        "2 claims: 1 holds, 1 broken\n"
          + "::error file=\(path),line=12,col=5,title=broken::"
          + "completed (online) is above 20: 20 [20, 20], 5 replications\n"
      ))
    let xml = try String(contentsOfFile: folder["j.xml"], encoding: .utf8)
    #expect(xml.contains("tests=\"2\" failures=\"1\" skipped=\"0\""))
    #expect(xml.components(separatedBy: "<failure").count == 2)
    #expect(XMLCheck().accepts(xml))
    let markdown = try String(contentsOfFile: folder["j.md"], encoding: .utf8)
    #expect(markdown.contains("| **broken** | completed (online) is above 20 | 20 \\[20, 20\\], 5 replications |"))
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder["j.json"])))
        as? [String: Any])
    #expect(json["verdict"] as? String == "broken" && json["holds"] as? Int == 1 && json["broken"] as? Int == 1)
    let claims = try #require((json["scenarios"] as? [[String: Any]])?.first?["claims"] as? [[String: Any]])
    #expect(claims.map { $0["above"] as? Double } == [20, nil] && claims.map { $0["below"] as? Double } == [nil, 21])
  }

  /// A bound beside the mean: no number of replications up to the limit tells on which side of it the mean is.
  @Test func anIntervalThatSpansTheBoundIsUndecided() async throws {
    let folder = try Folder()
    let measured = await spillway(
      "run", try folder.file("m.yaml", quickScenario), "--replications", "16", "--no-store", "--format", "json",
      "--quiet")
    let results = try #require(try measured.json()["results"] as? [[String: Any]])
    let mean = try #require(results.last?["mean_ttft_ms"] as? Double)
    let path = try folder.file(
      "f.yaml", scenario("metric: mean_ttft_ms, below: \(mean) ms", "metric: completed, below: 21"))
    let outcome = await spillway(
      "check", path, "--quiet", "--max-replications", "16", "--junit", folder["j.xml"], "--github")
    #expect(outcome.status == .undecided)
    #expect(outcome.output.hasPrefix("undecided  \(path):12:5: mean_ttft_ms (online) is below "))
    // The other was decided at the first look, and stays so.
    #expect(outcome.output.contains("], 16 replications\nholds      "))
    #expect(outcome.output.contains("20 [20, 20], 5 replications\n2 claims: 1 holds, 1 undecided\n"))
    #expect(outcome.output.contains("::warning file="))
    #expect(try String(contentsOfFile: folder["j.xml"], encoding: .utf8).contains("<skipped message="))
    // What is broken outweighs it.
    let both = try folder.file(
      "g.yaml", scenario("metric: mean_ttft_ms, below: \(mean) ms", "metric: completed, below: 20"))
    #expect(await spillway("check", both, "--quiet", "--max-replications", "5").status == .expectationFailed)
  }

  @Test func oneRunIsJudgedAsItIs() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario("metric: completed, above: 19"))
    let outcome = await spillway("check", path, "--quiet", "--max-replications", "1")
    #expect(outcome.status == .done)
    #expect(outcome.output.contains("completed (online) is above 19: 20, one run\n"))
  }

  @Test func policiesHaveLinesOfTheirOwn() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml", scenario("metric: p99_ttft_ms, below: 5 s", "metric: mean_tpot_ms, ratio: [aqua, vllm-v1], below: 100"))
    let outcome = await spillway(
      "check", path, "--quiet", "--policy", "vllm-v1", "--policy", "aqua", "--replications", "3")
    #expect(outcome.status == .done)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[0].contains("is below 5 s, under vllm-v1: ") && lines[0].hasSuffix("], 3 replications"))
    #expect(lines[1].contains("under aqua: "))
    #expect(lines[2].contains("aqua / vllm-v1, is below 100: ") && lines[2].contains("["))
  }

  @Test func wrongArguments() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario("metric: completed, above: 19"))
    for arguments in [
      ["--max-replications", "0"], ["--confidence", "1"], ["--update-baseline"], ["--tolerance", "0.1"],
      ["--baseline", "b.json", "--update-baseline", "--tolerance", "1"],
    ] {
      #expect(await spillway(["check", path] + arguments).status == .usage, "\(arguments)")
    }
  }

  @Test func aScenarioWithoutExpectationsIsAnError() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let outcome = await spillway("check", path)
    #expect(outcome.status == .badInput)
    #expect(
      outcome.errorLines == ["\(path):1:1: error: the file has no 'expect' block, so there is nothing to check"])
  }

  @Test func junitThatCannotBeWritten() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario("metric: completed, above: 1"))
    let outcome = await spillway("check", path, "--quiet", "--junit", folder["none/j.xml"])
    #expect(outcome.status == .unwritable)
    #expect(outcome.output.isEmpty)
  }
}

/// Whether text is well-formed XML as far as our own writer could break it: tags balance, no stray `<` or `&`.
private struct XMLCheck {
  func accepts(_ text: String) -> Bool {
    var open: [Substring] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "<") {
      guard let end = rest[start...].firstIndex(of: ">") else { return false }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.contains("<") { return false }
      if tag.hasPrefix("?") || tag.hasSuffix("/") { continue }
      if tag.hasPrefix("/") {
        if open.popLast() != tag.dropFirst() { return false }
      } else {
        open.append(tag.prefix { $0 != " " })
      }
    }
    return open.isEmpty && text.split(separator: "&").dropFirst().allSatisfy { $0.prefix(5).contains(";") }
  }
}
