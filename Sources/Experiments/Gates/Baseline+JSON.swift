import Configuration
import Metrics
import SimCore
import Statistics
import TextIO

/// Why a baseline cannot be used: every mistake.
public struct BaselineProblems: Error, Sendable, Hashable {
  /// Complete lines, each with its place.
  public var lines: [String]
}

extension Baseline {
  /// The file's text.
  public var text: String {
    var json = JSONWriter()
    json.object { json in
      json.integer("baseline_version", 1)
      json.string("spillway_version", spillwayVersion)
      json.number("tolerance", tolerance)
      json.array("scenarios") { json in
        for scenario in scenarios {
          json.object { json in
            json.string("name", scenario.name)
            json.string("sha256", scenario.digest)
            json.integer("seed", scenario.seed)
            json.array("figures") { json in
              for figure in scenario.figures {
                json.object { json in
                  json.string("deployment", figure.deployment)
                  json.string("class", figure.requestClass.rawValue)
                  json.string("policy", figure.policy)
                  json.string("metric", figure.metric)
                  if let tolerance = figure.tolerance { json.number("tolerance", tolerance) }
                  json.numbers("values", figure.values)
                }
              }
            }
          }
        }
      }
    }
    return json.text + "\n"
  }

  /// Reads a baseline.
  ///
  /// - Throws: `UnreadableFile`, or ``BaselineProblems`` with every mistake.
  public init(path: String) throws {
    let bytes = try ReadableFile.bytes(path, upTo: 256 << 20)
    let root: JSONNode
    do throws(JSONError) {
      root = try JSONReader.value(of: bytes)
    } catch {
      throw BaselineProblems(lines: ["\(path):\(error)"])
    }
    let reader = BaselineReader(path: path)
    let baseline = reader.baseline(root)
    guard let baseline, reader.problems.isEmpty else { throw BaselineProblems(lines: reader.problems) }
    self = baseline
  }
}

/// Checks the values of a baseline's file, and notes every mistake.
private final class BaselineReader {
  let path: String
  private(set) var problems: [String] = []

  init(path: String) { self.path = path }

  private func problem(_ node: JSONNode, _ message: String) {
    problems.append("\(path):\(node.line):\(node.column): error: \(message)")
  }

  /// Whether a node is an object with these members and no others; those behind a `?` may be left out.
  private func isObject(_ node: JSONNode, _ names: [String], _ what: String) -> Bool {
    guard let members = node.members else {
      problem(node, "\(what) should be an object, found \(node.shape)")
      return false
    }
    let plain = names.map { $0.hasSuffix("?") ? String($0.dropLast()) : $0 }
    for member in members where !plain.contains(member.name) {
      let clause = NearestName.clause(for: member.name, among: plain, plural: "keys")
      problem(member.value, "unknown key '\(member.name)' in \(what)\(clause)")
    }
    let missing = names.filter { name in !name.hasSuffix("?") && !members.contains { $0.name == name } }
    if !missing.isEmpty { problem(node, "\(what) lacks \(missing.map { "'\($0)'" }.joined(separator: ", "))") }
    return missing.isEmpty
  }

  private func value<T>(_ node: JSONNode, _ name: String, _ wanted: String, _ read: (JSONNode) -> T?) -> T? {
    guard let member = node[name] else { return nil }
    if let value = read(member) { return value }
    problem(member, "'\(name)' wants \(wanted), found \(member.shape)")
    return nil
  }

  func baseline(_ root: JSONNode) -> Baseline? {
    let names = ["baseline_version", "spillway_version", "tolerance", "scenarios"]
    guard isObject(root, names, "a baseline") else { return nil }
    if let version = value(root, "baseline_version", "a whole number", \.integer), version != 1 {
      problem(root["baseline_version"] ?? root, "this program reads baselines of version 1, found \(version)")
      return nil
    }
    let version = value(root, "spillway_version", "a text", \.string)
    let tolerance = tolerance(root)
    let scenarios = value(root, "scenarios", "a list", \.array)?.compactMap(scenario)
    guard let version, let tolerance, let scenarios else { return nil }
    return Baseline(path: path, spillwayVersion: version, tolerance: tolerance, scenarios: scenarios)
  }

  private func tolerance(_ node: JSONNode) -> Double? {
    value(node, "tolerance", "a share from 0 to below 1, such as 0.03") { node in
      node.number.flatMap { (0..<1).contains($0) ? $0 : nil }
    }
  }

  private func scenario(_ node: JSONNode) -> Baseline.Scenario? {
    guard isObject(node, ["name", "sha256", "seed", "figures"], "a scenario") else { return nil }
    let name = value(node, "name", "a text", \.string)
    let digest = value(node, "sha256", "a text", \.string)
    let seed = value(node, "seed", "a whole number of at least 0") { $0.integer.flatMap { UInt64(exactly: $0) } }
    let figures = value(node, "figures", "a list", \.array)?.compactMap(figure)
    guard let name, let digest, let seed, let figures else { return nil }
    return Baseline.Scenario(name: name, digest: digest, seed: seed, figures: figures)
  }

  private func figure(_ node: JSONNode) -> Baseline.Figure? {
    guard isObject(node, ["deployment", "class", "policy", "metric", "tolerance?", "values"], "a figure") else {
      return nil
    }
    let deployment = value(node, "deployment", "a text", \.string)
    let requestClass = value(node, "class", "'online' or 'offline'") { $0.string.flatMap(RequestClass.init) }
    let policy = value(node, "policy", "a text", \.string)
    let metric = value(node, "metric", "a text", \.string)
    if let metric, MetricKey.named(metric) == nil {
      let clause = NearestName.clause(for: metric, among: MetricKey.all.map(\.name), plural: "metrics")
      problem(node["metric"] ?? node, "unknown metric '\(metric)'\(clause)")
    }
    let values = value(node, "values", "a list of numbers up to 1e15, one of each replication") { node -> [Double]? in
      guard let items = node.array, !items.isEmpty else { return nil }
      // The squares of greater ones, of which intervals are made, may leave the range of a `Double`.
      let numbers = items.compactMap(\.number).filter { abs($0) <= 1e15 }
      return numbers.count == items.count ? numbers : nil
    }
    let tolerance = node["tolerance"] == nil ? nil : tolerance(node)
    guard let deployment, let requestClass, let policy, let metric, let values else { return nil }
    return Baseline.Figure(
      deployment: deployment, requestClass: requestClass, policy: policy, metric: metric, tolerance: tolerance,
      values: values)
  }
}
