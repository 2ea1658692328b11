import Foundation
import Metrics
import SimCore
import Statistics
import Testing

@testable import Report

/// The file of expected text beside this one; written anew when `SPILLWAY_RECORD_GOLDEN` is set.
private func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(name).txt")
  if ProcessInfo.processInfo.environment["SPILLWAY_RECORD_GOLDEN"] != nil {
    try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: path)
  }
  let expected = try String(contentsOf: path, encoding: .utf8)
  #expect(text == expected, "\(name).txt differs", sourceLocation: sourceLocation)
}

@Suite struct ComparisonTableTests {
  @Test func oneReplication() throws { try expectGolden(ComparisonTable.text(Fixture.results()), "table") }

  @Test func fiveReplications() throws {
    try expectGolden(ComparisonTable.text(Fixture.results(replications: 5)), "table-replicated")
  }

  @Test func ratios() throws {
    try expectGolden(
      RatioTable.text(Fixture.results(replications: 5), baseline: "vllm-v1"), "compare-replicated")
  }

  @Test(arguments: [60, 80, 100, 160], [1, 5])
  func noLineIsWiderThanTheTerminal(width: Int, replications: Int) throws {
    let text = try ComparisonTable.text(Fixture.results(replications: replications), width: width)
    for line in text.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
    // Whatever the width, every policy heads a column in both classes and in the engine's part.
    for policy in ["vllm-v1", "aqua", "conserve"] {
      let headings = text.split(separator: "\n").filter { line in
        !line.contains(":") && line.split(separator: " ").contains { $0 == policy }
          && !line.contains("KV memory") && line.hasPrefix("      ")
      }
      #expect(headings.count == 3)
    }
  }

  @Test func everyFigureHasAnIntervalWhenReplicated() throws {
    let text = try ComparisonTable.text(Fixture.results(replications: 3))
    var figures = 0
    for line in text.split(separator: "\n") where line.hasPrefix("  ") && line.contains("±") {
      figures += line.split(separator: "±").count - 1
    }
    // Two classes of 3 policies: 12 latencies, 2 throughputs, completed and preempted; goodput twice, in one class.
    #expect(figures >= 3 * (2 * 16 + 2 + 4))
    let rows = text.split(separator: "\n").filter { $0.contains(" ms") || $0.contains("/s ") || $0.contains(" GB") }
    for row in rows where !row.contains("SLO:") { #expect(row.contains("±"), "\(row)") }
  }

  @Test func colourIsOnlyAddedNeverChangesTheText() throws {
    let plain = try ComparisonTable.text(Fixture.results())
    let coloured = try ComparisonTable.text(Fixture.results(), style: .ansi)
    #expect(!plain.contains("\u{1b}"))
    #expect(coloured.contains("\u{1b}[1;32m"))
    #expect(coloured.replacing(#/\u{1b}\[[0-9;]*m/#, with: "") == plain)
  }

  @Test func theBestIsMarkedAndNothingAmongEquals() throws {
    let text = try ComparisonTable.text(Fixture.results())
    let lines = text.split(separator: "\n").map(String.init)
    let ttft = try #require(lines.first { $0.contains("TTFT") && $0.contains("mean") })
    #expect(ttft.filter { $0 == "*" }.count == 1)
    let completed = try #require(lines.first { $0.contains("completed") })
    #expect(!completed.contains("*"))
    let single = try ComparisonTable.text(ResultSet([Fixture.run(policy: "aqua")]))
    #expect(!single.contains("*"))
  }

  @Test func aRatioToZeroIsGivenAsADifference() throws {
    let results = try Fixture.results(replications: 3)
    let text = try RatioTable.text(results, baseline: "vllm-v1")
    let goodput = try #require(text.split(separator: "\n").first { $0.contains("within SLO") })
    #expect(goodput.contains("+0.300 ±"))
    let error = #expect(throws: RatioTable.UnknownBaseline.self) {
      try RatioTable.text(results, baseline: "fifo")
    }
    #expect(error?.description == "no policy 'fifo' to compare with; there are: vllm-v1, aqua, conserve")
  }

  @Test func mismatchedRunsAreRefused() {
    #expect(throws: ResultSet.Mismatch.self) { try ResultSet([]) }
    #expect(throws: ResultSet.Mismatch.self) {
      try ResultSet([Fixture.run(policy: "aqua"), Fixture.run(policy: "aqua")])
    }
    var other = Fixture.run(policy: "conserve")
    other.groups.removeLast()
    #expect(throws: ResultSet.Mismatch.self) { try ResultSet([Fixture.run(policy: "aqua"), other]) }
  }
}
