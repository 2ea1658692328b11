import CommandLineTool
import Foundation
import Testing

/// What the README shows is what a reader gets.
@Suite struct ReadmeTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  /// Recorded steps and requests of vLLM, which are not part of the repository.
  private static let recordings = root.deletingLastPathComponent().appendingPathComponent("shared/data/vllm_h200").path
  private static let hasRecordings = FileManager.default.fileExists(atPath: recordings)

  /// - Parameter end: where the README leaves the rest out, with an ellipsis; nil when it shows everything.
  private func expectShown(_ arguments: [String], upTo end: String? = nil) async throws {
    let readme = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
    let outcome = await spillway(arguments)
    #expect(outcome.status == .done)
    var shown = outcome.output
    if let end { shown = String(shown[..<(try #require(shown.range(of: end))).lowerBound]) + "...\n" }
    let isShown = readme.contains("```text\n" + shown + "```")
    #expect(isShown, "the README shows something else; what 'spillway \(arguments[0])' prints is\n\(shown)")
  }

  @Test func theQuickstartPrintsWhatTheReadmeShows() async throws {
    try await expectShown(
      ["run", Self.root.path + "/Scenarios/quickstart.yaml", "--no-store", "--quiet", "--color", "never"])
  }

  @Test(.enabled(if: hasRecordings, "the recordings are not beside the repository"))
  func fitPrintsWhatTheReadmeShows() async throws {
    try await expectShown(
      ["fit", Self.recordings + "/llama3-8b-A.json.gz", "--experiment", "A_*"], upTo: "\ncross-validated residuals")
  }

  @Test(.enabled(if: hasRecordings, "the recordings are not beside the repository"))
  func validatePrintsWhatTheReadmeShows() async throws {
    try await expectShown(["validate", Self.recordings + "/llama3-8b-B.json.gz", "--experiment", "B_saturation"])
  }
}
