import CommandLineTool
import Foundation
import Testing

/// The course's burst, replayed: its fifty requests are not part of the repository, so these need SPILLWAY_DATA, the
/// folder that holds them as `cs5470/cs5470.csv` (arrival_s, prompt_tokens, output_tokens;
/// github.com/mao-code/CS5470_SYSML).
@Suite struct CourseDataTests {
  private static let trace =
    ProcessInfo.processInfo.environment["SPILLWAY_DATA"].map { $0 + "/cs5470/cs5470.csv" } ?? ""
  private static let hasTrace = FileManager.default.fileExists(atPath: trace)

  @Test(
    "what was measured of the course's scheduler is within its gates",
    .enabled(if: hasTrace, "SPILLWAY_DATA names no folder with cs5470/cs5470.csv"),
    arguments: ["t01", "t02", "t03", "t04", "t05"])
  func gatesHold(_ name: String) async {
    let outcome = await spillway([
      "check", scenarioFolder + "/aqua/\(name).yaml", "--quiet", "--set", "workload.users.trace.file=\(Self.trace)",
    ])
    #expect(outcome.status == .done, "\(outcome.output)\(outcome.error)")
    #expect(outcome.output.contains("all hold"))
  }

  @Test(
    "both steppings agree on the replay", .enabled(if: hasTrace, "SPILLWAY_DATA names no folder with cs5470/cs5470.csv")
  )
  func steppingsAgree() async {
    let arguments = [
      "run", scenarioFolder + "/aqua/t03.yaml", "--no-store", "--quiet", "--format", "json", "--set",
      "workload.users.trace.file=\(Self.trace)", "--stepping",
    ]
    let segment = await spillway(arguments + ["segment"])
    let iteration = await spillway(arguments + ["iteration"])
    #expect(segment.status == .done, "\(segment.error)")
    #expect(segment.timeless == iteration.timeless)
  }
}
