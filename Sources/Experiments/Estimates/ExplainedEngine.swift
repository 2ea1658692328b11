import Assembly
import Scenario
import Workload

/// A deployment's serving engine as `explain` tells of it: what it is taken to be, and where that comes from.
package struct ExplainedEngine {
  /// A setting.
  package struct Setting {
    /// By the name that scenarios have for it.
    package var key: String
    package var value: String
    /// Where it comes from; of a default that is not modelled, what is simulated instead.
    package var source: String
  }

  /// The stack and its version, as people call them.
  package var name: String
  package var maxBatchedTokens: Int
  package var maxSequences: Int
  package var settings: [Setting]
  /// Defaults of the stack that are on and not modelled, in words.
  package var notModelled: [String]

  /// - Throws: `WorkloadError` when a trace cannot be opened.
  package init(ofDeployment index: Int, in scenario: ResolvedScenario) throws {
    let deployment = scenario.deployments[index]
    let engine = deployment.engine
    let version = engine.stackVersion
    name = version?.fullName ?? engine.stack.name
    maxBatchedTokens = engine.maxBatchedTokens
    maxSequences = engine.maxSequences
    notModelled = []
    settings = []
    func add(_ key: String, _ value: String, note: String? = nil) {
      let source = deployment.engineDefaults[key] ?? "written in the scenario"
      settings.append(
        Setting(key: key, value: value, source: [source, note].compactMap { $0 }.joined(separator: "; ")))
    }
    add("stack", engine.stack.name)
    add("version", engine.stack.version)
    add("max_num_batched_tokens", "\(engine.maxBatchedTokens)")
    add("max_num_seqs", "\(engine.maxSequences)")
    add("gpu_memory_utilization", "\(engine.gpuMemoryUtilization)")
    if engine.cachesPrefixes {
      let named = try scenario.streams.contains { stream in
        try stream.deployment == index && stream.workload.namesPrefixes(seed: scenario.seed)
      }
      if !named { notModelled.append("prefix caching (nothing says which prompts begin alike)") }
      add(
        "enable_prefix_caching", "true",
        note: named
          ? "the trace or the stream says which prompts begin alike"
          : "without effect: nothing says which prompts begin alike, and every one is processed in full")
    } else {
      add("enable_prefix_caching", "false")
    }
    if let version { tellScheduling(version, deployment, under: deployment.policy.map { [$0] } ?? scenario.policies) }
  }

  /// Whether iterations are planned ahead, under each policy that a deployment runs under.
  private mutating func tellScheduling(
    _ version: StackVersion, _ deployment: ResolvedDeployment, under policies: [ResolvedPolicy]
  ) {
    var told: [(value: Bool, source: String, labels: [String])] = []
    var without: [String] = []
    for policy in policies {
      let engine = deployment.engine(under: policy)
      let (value, source, isSimplified) = Self.scheduling(of: policy, on: engine, version)
      if isSimplified { without.append(policy.label) }
      if let index = told.firstIndex(where: { $0.value == value && $0.source == source }) {
        told[index].labels.append(policy.label)
      } else {
        told.append((value, source, [policy.label]))
      }
    }
    guard version.schedulesAsynchronously || told.contains(where: \.value) else { return }
    for (value, source, labels) in told {
      let who = told.count > 1 ? " (\(labels.joined(separator: ", ")))" : ""
      settings.append(Setting(key: "async_scheduling" + who, value: value ? "true" : "false", source: source))
    }
    guard !without.isEmpty else { return }
    notModelled.append(
      "asynchronous scheduling"
        + (without.count < policies.count ? " (under \(without.joined(separator: ", ")))" : ""))
  }

  private static func scheduling(
    of policy: ResolvedPolicy, on engine: EngineSettings, _ version: StackVersion
  ) -> (value: Bool, source: String, isSimplified: Bool) {
    let value = policy.plansAhead(on: engine)
    if policy.saysWhetherAhead { return (value, "written in the scenario", false) }
    if policy.name == version.policy, policy.canPlanAhead {
      return (value, engine.scheduling.source, engine.scheduling.isSimplified)
    }
    let isAsynchronous = version.schedulesAsynchronously
    return (
      value,
      isAsynchronous
        ? "\(version.fullName)'s default is true; '\(policy.name)' plans each iteration when the last has ended"
        : "'\(policy.name)' plans each iteration when the last has ended", isAsynchronous
    )
  }

  /// On one line.
  package var summary: String {
    "\(name): at most \(maxBatchedTokens) tokens and \(maxSequences) sequences in an iteration"
  }

  /// What is on by default and not modelled, in a sentence; nil when everything is.
  package var omission: String? {
    notModelled.isEmpty ? nil : "Not modelled of \(name)'s defaults: \(notModelled.joined(separator: ", "))."
  }
}
