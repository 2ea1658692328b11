import ArgumentParser
import Calibration
import Configuration
import Foundation
import HardwareCatalogue
import Models
import Scenario
import Scheduling

/// What a shell offers behind options: names that the program knows, and those of the scenario on the line.
///
/// Asked while somebody types: nothing is printed, and a file that cannot be read offers nothing.
enum Completions {
  /// The policies of the program that is asked.
  @TaskLocal static var policies = PolicyCatalogue.builtIn

  /// The first scenario file among the words of a command line.
  fileprivate static func scenario(in words: [String]) -> DocumentNode? {
    let isScenario = { (word: String) in word.hasSuffix(".yaml") || word.hasSuffix(".yml") }
    guard let path = words.first(where: { isScenario($0) && FileManager.default.fileExists(atPath: $0) }) else {
      return nil
    }
    return try? Document.read(path: path, into: Diagnostics())?.root
  }

  /// What the items of a list in the scenario are called.
  fileprivate static func names(of key: String, in words: [String]) -> [String] {
    guard case .list(let items)? = scenario(in: words)?[key]?.content else { return [] }
    return items.compactMap(\.itemName)
  }

  /// The policies that can be named: the scenario's own first.
  fileprivate static func policyNames(in words: [String]) -> [String] {
    let own = names(of: "policies", in: words)
    return own + policies.descriptors.map(\.name).filter { !own.contains($0) }
  }

  fileprivate static func settings(beginningWith prefix: String, in words: [String]) -> [String] {
    ScenarioSchema.section(policies: policies, metrics: ScenarioLoading.metricNames)
      .paths(beginningWith: prefix, in: scenario(in: words))
  }

  /// What `hardware`, `models` and `policies` list.
  fileprivate static func listed(by words: [String]) -> [String] {
    switch words.dropFirst().first {
    case "hardware": HardwareCatalogue.gpuNames + HardwareCatalogue.serverNames + HardwareCatalogue.networkNames
    case "models": ModelCatalogue.names
    default: policies.descriptors.map(\.name)
    }
  }
}

extension CompletionKind {
  static let scenario = CompletionKind.file(extensions: ["yaml", "yml"])
  static let policy = CompletionKind.custom { words, _, _ in Completions.policyNames(in: words) }
  static let policies = list { words in Completions.policyNames(in: words) }
  static let variant = CompletionKind.custom { words, _, _ in Completions.names(of: "variants", in: words) }
  static let deployment = CompletionKind.custom { words, _, _ in Completions.names(of: "deployments", in: words) }
  /// A key of a scenario, as `--set` and `--vary` have it.
  static let setting = CompletionKind.custom { words, _, prefix in
    Completions.settings(beginningWith: prefix, in: words)
  }
  static let model = CompletionKind.custom { _, _, _ in ModelCatalogue.names }
  static let gpu = CompletionKind.custom { _, _, _ in HardwareCatalogue.gpuNames }
  static let server = CompletionKind.custom { _, _, _ in HardwareCatalogue.serverNames }
  static let listed = CompletionKind.custom { words, _, _ in Completions.listed(by: words) }
  static let figures = list { _ in ScenarioLoading.metricNames }
  static let measurements = list { _ in MeasurementGroup.allCases.map(\.rawValue) }

  /// Names separated by commas, of which the last is completed.
  private static func list(of names: @escaping @Sendable ([String]) -> [String]) -> CompletionKind {
    .custom { words, _, prefix in
      let start = prefix.lastIndex(of: ",").map { prefix[...$0] } ?? ""
      return names(words).map { start + $0 }
    }
  }
}
