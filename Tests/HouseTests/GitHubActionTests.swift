import Configuration
import Foundation
import TestSupport
import Testing

/// The composite action for GitHub, as far as it can be tried elsewhere: its form, and what its step does with each
/// exit code.
struct GitHubActionTests {
  static let folder = "Examples/GitHubAction"

  private func document(_ name: String) throws -> DocumentNode {
    let diagnostics = Diagnostics()
    let path = Tree.root.appending(path: "\(Self.folder)/\(name)").path()
    let document = try #require(try Document.read(path: path, into: diagnostics))
    #expect(diagnostics.errors.isEmpty)
    return document.root
  }

  @Test("the workflow gives the action inputs that it has")
  func inputs() throws {
    let inputs = try #require(try document("action.yml")["inputs"]?.members?.map(\.key))
    let steps = try #require(try document("workflow.yml")["jobs"]?["check"]?["steps"]?.items)
    let use = try #require(steps.first { $0["uses"]?.text == "./spillway/Examples/GitHubAction" })
    let given = try #require(use["with"]?.members?.map(\.key))
    #expect(Set(inputs).isSuperset(of: given) && given.contains("scenarios"))
  }

  @Test(
    "the step says what the verdict is, and fails as it should",
    arguments: [
      (0, "fail", 0, "holds"), (1, "pass", 1, "broken"), (3, "fail", 3, "undecided"), (3, "pass", 0, "undecided"),
      (65, "pass", 65, ""),
    ])
  func step(status: Int32, undecided: String, expected: Int32, verdict: String) throws {
    let script = try #require(try document("action.yml")["runs"]?["steps"]?.items?.first?["run"]?.text)
    let folder = FileManager.default.temporaryDirectory.appending(path: "action-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // In place of the program: notes its arguments, writes the summary, ends as told.
    let program = folder.appending(path: "program").path()
    try """
    #!/bin/bash
    printf '%s\\n' "$@" > '\(folder.path())/arguments'
    while [ "$1" != --markdown ]; do shift; done
    echo summary > "$2"
    exit \(status)

    """.write(toFile: program, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    let process = try Child(
      "/bin/bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script],
      environment: [
        "PATH": "/usr/bin:/bin", "SCENARIOS": "a.yaml b.yaml", "SPILLWAY": program, "BASELINE": "base line.json",
        "MAX_REPLICATIONS": "20", "UNDECIDED": undecided, "RUNNER_TEMP": folder.path(),
        "GITHUB_OUTPUT": folder.appending(path: "output").path(),
        "GITHUB_STEP_SUMMARY": folder.appending(path: "summary").path(),
      ])
    #expect(try process.wait(seconds: 60) == .status(expected), "\(process.error)")
    func text(_ name: String) -> String {
      (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
    }
    let arguments = text("arguments").split(separator: "\n")
    #expect(arguments.prefix(3) == ["check", "a.yaml", "b.yaml"])
    #expect(arguments.suffix(2) == ["--baseline", "base line.json"])
    #expect(text("output").hasPrefix(verdict.isEmpty ? "" : "verdict=\(verdict)\n"))
    #expect(text("summary") == (verdict.isEmpty ? "" : "summary\n"))
  }
}

extension DocumentNode {
  fileprivate var members: [Entry]? { if case .mapping(let entries) = content { entries } else { nil } }
  fileprivate var items: [DocumentNode]? { if case .list(let items) = content { items } else { nil } }
}
