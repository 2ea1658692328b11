import CommandLineTool
import Foundation
import Testing

/// What the README shows is what a reader gets.
@Suite struct ReadmeTests {
  @Test func theQuickstartPrintsWhatTheReadmeShows() async throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    let outcome = await spillway(
      ["run", root.path + "/Scenarios/quickstart.yaml", "--no-store", "--quiet", "--color", "never"])
    #expect(outcome.status == .done)
    let shown = "```text\n" + outcome.output + "```"
    #expect(readme.contains(shown), "the README shows another quickstart; paste what 'make run' prints")
  }
}
