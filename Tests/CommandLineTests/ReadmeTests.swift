import CommandLineTool
import Foundation
import TestSupport
import Testing

/// What the README shows is what a reader gets.
@Suite struct ReadmeTests {
  /// - Parameter end: where the README leaves the rest out, with an ellipsis; nil when it shows everything.
  private func expectShown(_ arguments: [String], upTo end: String? = nil) async throws {
    let readme = try String(contentsOfFile: RecordedData.committed("README.md"), encoding: .utf8)
    let outcome = await spillway(arguments)
    #expect(outcome.status == .done)
    var shown = outcome.output
    if let end { shown = String(shown[..<(try #require(shown.range(of: end))).lowerBound]) + "...\n" }
    let isShown = readme.contains("```text\n" + shown + "```")
    #expect(isShown, "the README shows something else; what 'spillway \(arguments[0])' prints is\n\(shown)")
  }

  @Test func theQuickstartPrintsWhatTheReadmeShows() async throws {
    try await expectShown(
      ["run", RecordedData.committed("Scenarios/quickstart.yaml"), "--no-store", "--quiet", "--color", "never"])
  }

  @Test func fitPrintsWhatTheReadmeShows() async throws {
    try await expectShown(
      ["fit", RecordedData.kit("A"), "--experiment", "A_*"], upTo: "\ncross-validated residuals")
  }

  @Test func validatePrintsWhatTheReadmeShows() async throws {
    try await expectShown(["validate", RecordedData.kit("B"), "--experiment", "B_saturation"])
  }
}
