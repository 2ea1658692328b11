import Foundation
import Report
import Validation

extension ValidateCommand {
  /// Writes experiments as scenarios with their traces.
  ///
  /// - Returns: a sentence about each.
  static func export(
    _ comparisons: [ExperimentComparison], _ options: PredictionOptions, to folder: String
  ) throws -> [String] {
    var taken: Set<String> = []
    var lines: [String] = []
    var grids = 0
    for comparison in comparisons {
      guard let run = comparison.run else {
        grids += 1
        continue
      }
      let plain = String(comparison.experiment.name.map { $0.isPlain ? $0 : "-" })
      let name = FileName.of(plain, besides: &taken)
      let export = try ScenarioExport(comparison.experiment, comparison.bound, options: options, name: name)
      for file in export.files {
        let path = "\(folder)/\(file.name)"
        try OutputPlace.makeFolder(of: path)
        switch file.content {
        case .text(let text): try AtomicFile.write(text, to: path)
        case .copy(let source): try copy(source, to: path)
        }
      }
      try export.writeTrace(to: "\(folder)/\(export.traceName)")
      let path = "\(folder)/\(export.scenarioName)"
      try AtomicFile.write(export.scenario, to: path)
      lines.append("wrote \(path): 'spillway run' on it gives the fingerprint \(run.fingerprint)")
    }
    if grids > 0 { lines.append("\(grids) grids of steps have no workload, and are not written") }
    return lines
  }

  private static func copy(_ source: String, to path: String) throws {
    do {
      let partial = path + ".partial"
      try? FileManager.default.removeItem(atPath: partial)
      try FileManager.default.copyItem(atPath: source, toPath: partial)
      if rename(partial, path) != 0 { throw OutputError(path: path, reason: String(cString: strerror(errno))) }
    } catch let error as OutputError {
      throw error
    } catch {
      throw OutputError(path: path, reason: "'\(source)' cannot be copied: \(error.localizedDescription)")
    }
  }
}

extension Character {
  /// Whether it needs no quotes, neither in YAML nor in a file's name.
  fileprivate var isPlain: Bool { isASCII && (isLetter || isNumber || "-_".contains(self)) }
}
