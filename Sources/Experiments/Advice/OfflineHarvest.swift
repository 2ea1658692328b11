import Cluster
import Metrics
import Report
import Scenario
import SimCore
import Statistics
import Workload

/// How much offline work fits beneath a deployment's online load while that load keeps its target.
///
/// Documents of one length are there all the time, so many at once; the more at once, the more work and the worse for
/// the people who wait. The most at once that keeps the target is searched for, under vLLM's scheduler with the
/// documents at lower priority and under ConServe.
public struct OfflineHarvest: Sendable {
  /// What one offline request is.
  public struct Documents: Hashable, Sendable {
    public var promptTokens: Int
    public var outputTokens: Int

    public init(promptTokens: Int, outputTokens: Int) {
      self.promptTokens = promptTokens
      self.outputTokens = outputTokens
    }
  }

  /// The schedulers that are tried: labels, with the entry of `policies`.
  public static let schedulers = [
    (label: "vllm-v1-priorities", entry: "{name: vllm-v1, label: vllm-v1-priorities, order: priority}"),
    (label: "conserve", entry: "conserve"),
  ]

  /// More at once than engines keep running changes nothing.
  static let mostAtOnce = 4096

  var documents: Documents
  var deployment: Int

  /// - Parameters:
  ///   - deployment: index of the deployment that serves them.
  public init(_ documents: Documents, deployment: Int) {
    self.documents = documents
    self.deployment = deployment
  }

  /// The offline streams that a scenario has of its own: their work could not be told from the documents'.
  public static func ownOfflineStreams(of scenario: ResolvedScenario) -> [String] {
    scenario.streams.filter { $0.requestClasses.contains(.offline) && !$0.canBeOnline }.map(\.name)
  }

  /// - Parameters:
  ///   - scenario: the deployment with its settings, under an entry of `policies`.
  ///   - span: how long documents come, from the start.
  /// - Returns: for each scheduler what fits, and how many runs that took.
  /// - Throws: what `scenario` and running throw.
  func rows(
    target: Double, replications: Int, span: SimDuration, width: Int, stop: StopRequest, spillwayVersion: String,
    scenario: (_ entry: String) throws -> ResolvedScenario
  ) async throws -> (rows: [AdviceReport.Harvest], runs: Int) {
    let candidates = try Self.schedulers.map { scheduler in
      let base = try scenario(scheduler.entry)
      return CapacityStudy.Candidate(
        alternative: Alternative(policy: scheduler.label, variant: nil), range: 0...Self.mostAtOnce, start: 32,
        leap: { $1 ? $0 * 4 : $0 / 4 }, scenario: { adding($0, to: base, span: span) }, value: { Double($0) })
    }
    let study = CapacityStudy(
      candidates, target: target, replications: replications, spillwayVersion: spillwayVersion)
    let found = try await study.searches(width: width, stop: stop) { _, _ in }
    let rows = try candidates.indices.map { index -> AdviceReport.Harvest in
      let answer = found.searches[index].answer
      let runs = answer.flatMap { found.results[index][$0] } ?? []
      let warmUp = try candidates[index].scenario(0).warmUp
      let hours = (span - warmUp).seconds / 3600
      let done = runs.map { run in
        let group = run.groups.first { $0.deployment == deployment && $0.requestClass == .offline }
        // Each document but the first ones follows the end of another; those at the start are not counted in a warm-up.
        let ended = Int(group?.injected ?? 0) - (warmUp > .zero ? 0 : answer ?? 0)
        return hours > 0 ? Double(max(0, ended)) / hours : 0
      }
      return AdviceReport.Harvest(
        scheduler: candidates[index].alternative.policy, atOnce: answer,
        isEverything: answer == Self.mostAtOnce, documentsPerHour: done.isEmpty ? nil : Summary(done, confidence: 0.95),
        load: try study.row(candidates[index], found.searches[index], found.results[index]))
    }
    return (rows, found.runs)
  }

  private func adding(_ count: Int, to scenario: ResolvedScenario, span: SimDuration) -> ResolvedScenario {
    guard count > 0 else { return scenario }
    let stream = WorkloadStream(
      name: "documents beneath",
      arrivals: .closedLoop(ClosedLoop(users: count, thinkTime: .fixed(seconds: 0), firstRequests: .together)),
      components: [
        WorkloadComponent(
          requestClass: .offline, priority: 1,
          lengths: .independent(prompt: .fixed(documents.promptTokens), output: .fixed(documents.outputTokens)))
      ], durationLimit: span)
    return scenario.adding(stream, to: deployment)
  }
}

extension AdviceRace {
  /// How much offline work fits beneath the load with a setting's replicas.
  ///
  /// - Throws: what planning and running throw.
  public func harvest(
    _ documents: OfflineHarvest.Documents, beneath finisher: Finisher, width: Int, stop: StopRequest = StopRequest()
  ) async throws -> (rows: [AdviceReport.Harvest], runs: Int) {
    let base = try scenario(finisher.candidate, replicas: finisher.replicas)
    let index = base.deployments.firstIndex { $0.name == space.deployment } ?? 0
    // A trace ends when it ends: as long as one run of it takes.
    var span = base.duration
    if span == nil {
      let batch = try RunBatch(
        [Study([base])], replications: [0..<1], stepping: stepping, checksInvariants: false,
        spillwayVersion: spillwayVersion, plans: SharedPlans())
      span = try await batch.results(width: width, stop: stop).first?.first.map { $0.simulatedEnd - SimTime.zero }
    }
    return try await OfflineHarvest(documents, deployment: index).rows(
      target: target, replications: replications, span: span ?? .zero, width: width, stop: stop,
      spillwayVersion: spillwayVersion
    ) { entry in
      let settings =
        finisher.candidate.settings + [
          ("deployments.\(space.deployment).replicas", "\(finisher.replicas)"), ("policies", "[\(entry)]"),
        ]
      return try source.scenario(nil, with: settings)
    }
  }
}
