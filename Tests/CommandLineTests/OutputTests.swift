import CommandLineTool
import Foundation
import GRDB
import Metrics
import Report
import ResultsStore
import Synchronization
import Testing

@Suite struct OutputTests {
  @Test func requestsThatCannotBeWrittenAreToldBeforeAnythingRuns() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    try FileManager.default.createDirectory(atPath: folder["d.csv"], withIntermediateDirectories: false)
    for (target, reason) in [("none/r.csv", "No such file or directory"), ("d.csv", "Is a directory")] {
      let outcome = await spillway("run", path, "--store", folder["s.sqlite"], "--requests", folder[target])
      #expect(outcome.status == .unwritable)
      #expect(outcome.errorLines == ["error: \(folder[target]): cannot be written: \(reason)"])
      #expect(outcome.output.isEmpty)
      #expect(try storedRuns(folder["s.sqlite"]) == 0)
    }
    #expect(folder.names.filter { $0.hasPrefix("r") }.isEmpty)
  }

  @Test func aFullDeviceIsStatus73() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    try FileManager.default.createSymbolicLink(atPath: folder["full.csv"], withDestinationPath: "/dev/full")
    let outcome = await spillway("run", path, "--no-store", "--quiet", "--requests", folder["full.csv"])
    #expect(outcome.status == .unwritable)
    #expect(
      outcome.errorLines == ["error: \(folder["full.csv"]): cannot be written: No space left on device"])
    #expect(folder.names == ["f.yaml", "full.csv"])
  }

  @Test func resultsThatNobodyTakesAreStatus73() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let errors = Mutex("")
    let console = Console(
      output: { (_: String) throws(OutputError) in throw OutputError(path: "standard output", reason: "it is closed") },
      error: { text in errors.withLock { $0 += text } })
    let status = await SpillwayCommand.run(
      ["run", path, "--no-store", "--quiet"], context: CommandContext(console: console))
    #expect(status == .unwritable)
    #expect(errors.withLock { $0 } == "error: standard output: cannot be written: it is closed\n")
  }

  @Test func storesThatCannotBe() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let text = try folder.file("text.sqlite", "This is no database, whatever its name says.\n")
    try FileManager.default.createDirectory(atPath: folder["d.sqlite"], withIntermediateDirectories: false)
    let cases = [
      (text, "is not a results store"), (folder["d.sqlite"], "cannot be written: Is a directory"),
      (folder["f.yaml/s.sqlite"], "cannot be written: Not a directory"),
      ("/proc/none/s.sqlite", "cannot be written: No such file or directory"),
    ]
    for (store, message) in cases {
      let outcome = await spillway("run", path, "--quiet", "--store", store)
      #expect(outcome.status == .unwritable)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.error.hasPrefix("error: \(store): \(message)"))
      #expect(outcome.output.isEmpty)
    }
    #expect(try String(contentsOfFile: text, encoding: .utf8).hasPrefix("This is no database"))
  }

  @Test func theFolderOfAStoreIsMade() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let store = folder["a/b/s.sqlite"]
    #expect(await spillway("run", path, "--store", store).status == .done)
    #expect(try storedRuns(store) == 1)
  }

  @Test func aStoreThatAnotherWritesToIsStatus75() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let place = folder["s.sqlite"]
    #expect(await spillway("run", path, "--store", place).status == .done)
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: place, configuration: configuration)
    try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    let outcome = await spillway(
      ["run", path, "--quiet", "--seed", "2", "--store", place, "--requests", folder["r.csv"]], patience: 0.05)
    try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    #expect(outcome.status == .busy)
    #expect(outcome.errorLines == ["error: \(place): another process is writing to this store"])
    #expect(outcome.output.isEmpty)
    #expect(!folder.names.contains { $0.hasPrefix("r.csv") })
  }

  @Test func rowsOfRequests() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let arguments = ["run", path, "--no-store", "--replications", "3", "--policy", "vllm-v1", "--policy", "aqua"]
    #expect(await spillway(arguments + ["--jobs", "1", "--requests", folder["a.csv"]]).status == .done)
    #expect(await spillway(arguments + ["--jobs", "3", "--requests", folder["b.csv"]]).status == .done)
    let rows = try String(contentsOfFile: folder["a.csv"], encoding: .utf8)
    // A header, and 20 requests in each of two policies and three replications.
    #expect(rows.split(separator: "\n").count == 121)
    #expect(try String(contentsOfFile: folder["b.csv"], encoding: .utf8) == rows)
    #expect(folder.names == ["a.csv", "b.csv", "f.yaml"])
  }
}
