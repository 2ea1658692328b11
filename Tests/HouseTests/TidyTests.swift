import Foundation
import Testing

/// What keeps the tree readable.
struct TidyTests {
  /// Files longer than this want a second file.
  static let longestFile = 400
  static let widestLine = 120

  /// Files with wider lines from before that was checked: single texts that nobody has broken yet. The list is only to
  /// become shorter.
  static let stillWide: Set<String> = [
    "Sources/Assembly/BoundEngine.swift",
    "Sources/Fitting/FitTable.swift",
    "Sources/Scenario/ScenarioResolver+Engine.swift",
    "Sources/Scheduling/Policies/VLLMv1Policy.swift",
    "Sources/StepTime/KernelTimes.swift",
    "Sources/StepTime/MemoryBudget.swift",
    "Sources/Validation/KitReader.swift",
    "Tests/ScenarioTests/FleetKeyTests.swift",
    "Tests/ScenarioTests/PlacementTests.swift",
    "Tests/ScenarioTests/ScenarioSupport.swift",
    "Tests/ValidationTests/SuiteReaderTests.swift",
    "Tests/WorkloadTests/BrokenTraceTests.swift",
  ]

  @Test("no Swift file is longer than 400 lines, or wider than 120 columns")
  func filesAreShort() {
    #expect(Tree.swiftFiles.count > 100)
    for path in Tree.swiftFiles {
      let lines = (Tree.text(path) ?? "").split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count - 1 <= Self.longestFile, "\(path) has \(lines.count - 1) lines")
      if Self.stillWide.contains(path) { continue }
      for (number, line) in lines.enumerated() where line.count > Self.widestLine {
        Issue.record("\(path):\(number + 1) has \(line.count) columns")
      }
    }
  }

  @Test("nothing is left to do later")
  func nothingIsLeft() {
    // Written in two parts, so that this file does not find itself.
    let marks = ["TO" + "DO", "FIX" + "ME", "HA" + "CK"]
    let scripts = Tree.files(under: "Scripts", ending: "")
    for path in Tree.swiftFiles + scripts + ["Package.swift", "Makefile", "README.md"] {
      let text = Tree.text(path) ?? ""
      for mark in marks where text.contains(mark) { Issue.record("\(path) says \(mark)") }
    }
  }

  @Test("scripts say what they are for")
  func scriptsExplain() {
    let scripts = Tree.files(under: "Scripts", ending: ".sh") + [".ci/run"]
    #expect(scripts.count >= 3)
    for path in scripts {
      let lines = (Tree.text(path) ?? "").split(separator: "\n")
      #expect(lines.first == "#!/usr/bin/env bash", "\(path) names no shell")
      #expect(lines.dropFirst().first?.hasPrefix("# ") == true, "\(path) does not start with a comment")
      #expect(lines.contains("set -euo pipefail"), "\(path) goes on after a failure")
      #expect(FileManager.default.isExecutableFile(atPath: Tree.root.appending(path: path).path()), "\(path)")
    }
  }

  @Test("every data file says where its numbers come from")
  func dataHasSources() {
    for path in Tree.files(under: "Sources/CCatalogue/Data/profiles", ending: ".csv") {
      let text = Tree.text(path) ?? ""
      let isSourced = text.contains("# source: ") && text.contains("# licence: ")
      #expect(isSourced, "\(path)")
    }
    for path in Tree.files(under: "Sources/CCatalogue/Data/models", ending: ".json") {
      let isSourced = (Tree.text(path) ?? "").contains("\"_source\"")
      #expect(isSourced, "\(path)")
    }
  }
}
