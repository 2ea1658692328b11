import Assembly
import Fitting
import Models
import StepTime

/// Which logged iterations an engine's costs are fitted to: step logs, and experiments of kits.
public struct StepLogSelection: Sendable {
  /// Step logs and kits.
  public var paths: [String]
  /// Names of the kits' experiments, in which '*' stands for any characters; all of them when empty.
  public var experiments: [String] = []
  /// The model of logs that are no kits.
  public var model: ModelArchitecture?
  /// The GPU, in place of what kits say.
  public var gpu: GPURates?
  /// GPUs that share each layer, for logs that are no kits.
  public var tensorParallel = 1
  /// Whether the engine of logs that are no kits captures graphs.
  public var capturesGraphs = true

  public init(paths: [String]) { self.paths = paths }

  /// Reads the logs.
  ///
  /// - Throws: what reading files throws; ``UndescribedLog``; ``UnknownExperiment`` for a name that no kit has.
  public func logs() throws -> [StepLog] {
    var result: [StepLog] = []
    var names: [String] = []
    for path in paths {
      if StepLogReader.recognises(path: path) {
        result.append(try log(path))
        continue
      }
      for experiment in try KitReader.read(path: path).experiments {
        names.append(experiment.name)
        let isWanted = experiments.isEmpty || experiments.contains { Self.matches(experiment.name, $0) }
        if isWanted { result.append(try experiment.stepLog(gpu: gpu)) }
      }
    }
    for pattern in experiments where !names.contains(where: { Self.matches($0, pattern) }) {
      throw UnknownExperiment(name: pattern, known: names)
    }
    return result
  }

  private func log(_ path: String) throws -> StepLog {
    guard let model else { throw UndescribedLog(path: path, lacks: .model) }
    guard let gpu else { throw UndescribedLog(path: path, lacks: .gpu) }
    return StepLog(
      name: path, model: model, gpu: gpu, tensorParallel: tensorParallel,
      captureSizes: capturesGraphs ? StackLibrary.standard.newest.costs.captureSizes : [],
      capturesMixedIterations: capturesGraphs, steps: try StepLogReader.steps(path: path))
  }

  /// Whether a name fits a pattern in which '*' stands for any characters.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard let first = parts.first, let last = parts.last, parts.count > 1 else { return name == pattern }
    guard name.hasPrefix(first) else { return false }
    var rest = name.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}

/// A log of steps alone, which does not say what it ran on.
public struct UndescribedLog: Error, Hashable, Sendable {
  /// What has to be given beside the log.
  public enum Fact: String, Sendable {
    case model
    case gpu
  }

  public var path: String
  public var lacks: Fact
}
