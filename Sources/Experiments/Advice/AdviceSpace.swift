import Assembly
import Configuration
import Metrics
import Scenario

/// The settings of one deployment among which advice is sought.
public struct AdviceSpace: Sendable {
  /// A key with the values that are tried, as YAML.
  public struct Axis: Sendable, Hashable {
    /// The key's path.
    public var key: String
    public var values: [String]

    public init(key: String, values: [String]) {
      self.key = key
      self.values = values
    }
  }

  /// One point of the space.
  public struct Candidate: Sendable {
    public var label: VariantLabel
    public var settings: [(key: String, value: String)]
    /// How many replicas its servers hold.
    public var mostReplicas: Int
  }

  public var deployment: String
  public var candidates: [Candidate]
  /// Points that cannot be run, each with the reason.
  public var impossible: [(name: String, reason: String)]

  /// What is tried where nobody names keys: tensor parallelism, and the two limits of the scheduler.
  ///
  /// - Parameter gpus: of the largest server.
  public static func standard(deployment: String, gpus: Int) -> [Axis] {
    let degrees = sequence(first: 1) { $0 * 2 <= gpus ? $0 * 2 : nil }.map { "\($0)" }
    return [
      Axis(key: "deployments.\(deployment).tensor_parallel", values: degrees),
      Axis(
        key: "deployments.\(deployment).engine.max_num_batched_tokens", values: ["2048", "4096", "8192", "16384"]),
      Axis(key: "deployments.\(deployment).engine.max_num_seqs", values: ["128", "256", "1024"]),
    ]
  }

  /// Every value of each axis with every value of the others, as far as the scenario can be resolved and planned so.
  ///
  /// - Throws: `ScenarioSource.Unresolvable` when no point can be resolved: the mistakes of the first.
  public init(deployment: String, axes: [Axis], in source: ScenarioSource) throws {
    self.deployment = deployment
    candidates = []
    impossible = []
    let short = Alternatives.short(axes.map(\.key))
    let points = axes.reduce([[]]) { points, axis in
      points.flatMap { point in axis.values.map { point + [(key: axis.key, value: $0)] } }
    }
    var firstFailure: ScenarioSource.Unresolvable?
    for settings in points {
      let name = zip(short, settings).map { "\($0)=\($1.value)" }.joined(separator: ", ")
      let label = VariantLabel(
        name: name, settings: settings.map { Setting(key: $0.key, text: $0.value, number: Double($0.value)) })
      do {
        let most = try CapacityStudy.mostReplicas { count throws(ScenarioSource.Unresolvable) in
          try source.scenario(
            nil, with: settings + [("deployments.\(deployment).replicas", "\(count)")])
        }
        let one = try source.scenario(nil, with: settings + [("deployments.\(deployment).replicas", "1")])
        _ = try SharedPlan(of: one, policy: one.policies.isEmpty ? nil : 0)
        candidates.append(Candidate(label: label, settings: settings, mostReplicas: most))
      } catch let error as ScenarioSource.Unresolvable {
        if firstFailure == nil { firstFailure = error }
        impossible.append((name, error.diagnostics.first?.message ?? "it cannot be resolved"))
      } catch let error as PlanningError {
        impossible.append((name, error.problems.joined(separator: "; ")))
      }
    }
    if candidates.isEmpty, let firstFailure { throw firstFailure }
  }
}
