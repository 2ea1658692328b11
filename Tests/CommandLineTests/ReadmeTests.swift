import CommandLineTool
import Foundation
import TestSupport
import Testing

/// What the README shows is what a reader gets.
@Suite struct ReadmeTests {
  /// A block of the document is what the command prints; lines of dots in it stand for what is left out.
  private func expectShown(_ arguments: [String], in document: String = "README.md", from first: String) async throws {
    let text = try String(contentsOfFile: RecordedData.committed(document), encoding: .utf8)
    let outcome = await spillway(arguments)
    #expect(outcome.status == .done)
    let start = try #require(text.range(of: "```text\n" + first), "\(document) shows no \(first)")
    let block = text[text.index(start.lowerBound, offsetBy: "```text\n".count)...]
    let shown = block[..<(try #require(block.range(of: "```"))).lowerBound]
    var rest = outcome.output[...]
    for piece in shown.components(separatedBy: "...\n") where !piece.isEmpty {
      guard let range = rest.range(of: piece) else {
        Issue.record("\(document) shows something else; 'spillway \(arguments[0])' prints\n\(outcome.output)")
        return
      }
      rest = rest[range.upperBound...]
    }
    #expect(rest.isEmpty || shown.hasSuffix("...\n"), "\(document) leaves out the end without saying so")
  }

  /// Both take seconds unoptimised: they are what a newcomer sees first.
  @Test("make run prints what the README shows", arguments: ["burst", "harvest"])
  func theQuickstartPrintsWhatTheReadmeShows(name: String) async throws {
    let scenario = RecordedData.committed("Scenarios/quickstart-\(name).yaml")
    try await expectShown(
      ["run", "--short", scenario, "--no-store", "--quiet", "--color", "never"], from: name + ": ")
  }

  @Test func fitPrintsWhatIsShown() async throws {
    try await expectShown(
      ["fit", RecordedData.kit("A"), "--experiment", "A_*"], in: "Documentation/Fitting.md", from: "vllm-v1: fitted")
  }

  @Test func validatePrintsWhatTheReadmeShows() async throws {
    try await expectShown(["validate", RecordedData.kit("B"), "--experiment", "B_saturation"], from: "B_saturation\n")
  }

  @Test("the README is short: a newcomer sees a scenario before its output")
  func theReadmeIsShort() throws {
    let text = try String(contentsOfFile: RecordedData.committed("README.md"), encoding: .utf8)
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 150)
    let yaml = try #require(text.range(of: "```yaml")?.lowerBound)
    #expect(try #require(text.range(of: "```text")?.lowerBound) > yaml)
  }
}
