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
      outcome.output.hasPrefix("ok      \(path):12:5: completed (online) is above 19 and below 21: measured 20\n"))
    #expect(outcome.output.hasSuffix("2 expectations, all hold\n"))
    #expect(folder.names == ["f.yaml"])
  }

  @Test func anExpectationThatFailsIsStatus1() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario("metric: completed, above: 20", "metric: completed, below: 21"))
    let outcome = await spillway("check", path, "--quiet", "--junit", folder["j.xml"])
    #expect(outcome.status == .expectationFailed)
    #expect(outcome.output.hasPrefix("FAILED  \(path):12:5: completed (online) is above 20: measured 20\nok    "))
    #expect(outcome.output.hasSuffix("2 expectations, 1 failed\n"))
    let xml = try String(contentsOfFile: folder["j.xml"], encoding: .utf8)
    #expect(xml.contains("tests=\"2\" failures=\"1\""))
    #expect(xml.components(separatedBy: "<failure").count == 2)
    let parser = XMLCheck()
    #expect(parser.accepts(xml))
  }

  @Test func replicationsGiveIntervalsAndPoliciesLinesOfTheirOwn() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml", scenario("metric: p99_ttft_ms, below: 5 s", "metric: mean_tpot_ms, ratio: [aqua, vllm-v1], below: 100"))
    let outcome = await spillway(
      "check", path, "--quiet", "--policy", "vllm-v1", "--policy", "aqua", "--replications", "3")
    #expect(outcome.status == .done)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[0].contains("under vllm-v1: measured ") && lines[0].contains(" ±"))
    #expect(lines[1].contains("under aqua: measured "))
    #expect(lines[2].contains("aqua / vllm-v1, is below 100: measured ") && lines[2].contains("["))
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
