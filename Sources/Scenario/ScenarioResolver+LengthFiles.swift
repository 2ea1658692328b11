import Configuration
import Workload

extension ScenarioResolver {
  /// Pairs of lengths from a CSV file whose first line names the columns; `nil` after reporting why not.
  func readPairs(_ file: String, at position: Position) -> LengthPairSample? {
    do throws(WorkloadError) {
      return try LengthFile.pairs(input(file))
    } catch {
      report(error, at: position)
      return nil
    }
  }

  /// Lengths from a file with one per line; `nil` after reporting why not.
  func readSample(_ file: String, at position: Position) -> LengthSample? {
    do throws(WorkloadError) {
      return try LengthFile.values(input(file))
    } catch {
      report(error, at: position)
      return nil
    }
  }

  /// A mistake in a file is reported there; a file that cannot be read, where it is named.
  func report(_ problem: WorkloadError, at position: Position) {
    let named = "'\(problem.file ?? "the file")': \(problem.message)"
    switch (problem.kind, problem.file) {
    case (.badContents, let file?): error(.file(file, line: problem.line ?? 1, column: 1), problem.message)
    case (.unreadableFile, _): diagnostics.unreadable(at: position, named)
    default: error(position, named)
    }
  }
}
