import Hardware
import Metrics
import Network
import Observing
import Replica
import Scheduling
import SimCore
import Workload

/// Runs plans. The one entrance to this module.
public enum Simulation {
  /// Simulates one plan from start to end.
  ///
  /// Deterministic: equal plans give equal results, but for `wallSeconds`, which the caller sets.
  ///
  /// - Parameters:
  ///   - provenance: what the result says of where it came from.
  ///   - policy: what the result calls the policy.
  ///   - warnings: what the reader of the result should know.
  ///   - sink: called with every request as it leaves.
  ///   - iterations: shown every iteration as it starts, where the plan steps by iteration.
  ///   - observer: shown everything that happens, at the grain of decisions, and told when the run is over.
  ///   - isCancelled: asked every few thousand events.
  /// - Throws: `EngineFault` when a policy breaks a rule, `BrokenLaw` when a law of the simulator does not hold,
  ///   a workload error when a trace turns out bad, `CancellationError`, and what the observer throws at the end.
  public static func run(
    _ plan: ClusterPlan, provenance: RunProvenance, policy: String, warnings: [String] = [],
    sink: (@Sendable (RequestOutcome) -> Void)? = nil, iterations: IterationObserver? = nil,
    observer: (any RunObserver)? = nil, isCancelled: (@Sendable () -> Bool)? = nil
  ) throws -> RunResult {
    precondition(iterations == nil || plan.stepping == .iteration, "iterations are seen one by one or not at all")
    let run = try ClusterRun(plan, sink: sink, iterations: iterations, observer: observer)
    run.isCancelled = isCancelled
    let end = try run.runToEnd()
    try run.audit()
    if let law = run.collector.checkConservation(injected: run.injected) { throw law }
    let present = run.engines.reduce(Int128(0)) { $0 + $1.totals.requestTime }
    if let law = run.collector.checkLittlesLaw(requestTime: present, until: end) { throw law }
    var result = RunResult(
      provenance: provenance, policy: policy, seed: plan.seed, replication: plan.replication,
      deployments: plan.deployments.enumerated().map { index, deployment in
        label(deployment, changes: plan.fleet.contains { $0.deployment == index })
      }, collector: run.collector,
      engines: run.engines.sorted { ($0.deployment, $0.replica) < ($1.deployment, $1.replica) }
        .map { $0.totals.since($0.warmUpTotals) },
      links: run.countedLinks(at: end), paging: run.pagingTotals(), simulatedEnd: end,
      warnings: warnings + run.warmUpWarnings() + run.traceWarnings())
    result.timeSeries = run.recorder?.series(
      until: end, last: run.mark(at: end),
      replicas: run.engines.map { (deployment: $0.deployment, replica: $0.replica) }, of: plan.deployments)
    try observer?.runEnded(at: end)
    return result
  }

  private static func label(_ deployment: DeploymentPlan, changes: Bool) -> DeploymentLabel {
    let count = deployment.replicas.count
    let gpus = deployment.replicas.first?.gpus.count ?? 0
    let each = "\(gpus) GPU\(gpus == 1 ? "" : "s")"
    let servers = Set(deployment.replicas.map(\.server)).count
    var placement = count == 1 ? each : "\(count) replicas of \(each)"
    if servers > 1 { placement += " on \(servers) servers" }
    let policy = deployment.policy.type.descriptor
    if changes { placement += " at first" }
    return DeploymentLabel(
      name: deployment.name, model: deployment.model, placement: placement,
      fixedPolicy: deployment.hasOwnPolicy ? policy.name : nil, promise: policy.promise?(deployment.policy.parameters),
      frontEnd: deployment.frontEnd, trust: deployment.trust)
  }
}

extension ClusterRun {
  /// What went over each kind of link after the warm-up; busy is that of the busiest one.
  func countedLinks(at end: SimTime) -> [LinkTotals] {
    let before = warmUpLinks
    return linkUse(at: end).enumerated().compactMap { index, use in
      var bytes = use.bytes
      var busy = use.busy
      if index < before.count {
        bytes -= before[index].bytes
        for gpu in busy.indices { busy[gpu] -= before[index].busy[gpu] }
      }
      guard bytes > 0 else { return nil }
      return LinkTotals(name: use.kind.rawValue, kind: use.family, bytes: bytes, busy: busy.max() ?? .zero)
    }
  }

  /// What each kind of link carried until `time`, and how long each of them was busy.
  func linkUse(at time: SimTime) -> [LinkUse] {
    var list: [LinkUse] = []
    for kind in LinkKind.allCases {
      guard let family = kind.family else { continue }
      list.append(
        LinkUse(
          kind: kind, family: family, bytes: transport.network.bytesMoved(over: kind, at: time),
          busy: transport.network.busyTimes(of: kind, at: time)))
    }
    return list
  }

  /// Classes of which every request came during the warm-up, so that none of their latencies is counted.
  func warmUpWarnings() -> [String] {
    zip(collector.groups, collector.warmUpRequestsOfGroups).compactMap { group, count in
      guard count > 0, group.injected == 0 else { return nil }
      let name = plan.deployments[Int(group.deployment)].name
      return "\(name): all \(count) \(group.requestClass.rawValue) requests came "
        + "during the warm-up (\(plan.warmUpEnd.seconds) s): they are simulated, and no latency of theirs is counted; "
        + "with 'start' at its end, or less 'warmup', they would be"
    }
  }

  /// What traces had to say that is not modelled, or was left out.
  func traceWarnings() -> [String] {
    var warnings: [String] = []
    let known = Set(plan.streams.filter { $0.prefixBlocks != nil }.map(\.stream.name))
    for (stream, report) in traceReports {
      if let column = report.blockColumn, !known.contains(stream) {
        warnings.append(
          "\(stream): the trace's '\(column)' were passed over: its requests go where no prefixes are cached")
      }
      if !report.unmodelledColumns.isEmpty {
        let names = report.unmodelledColumns.map { "'\($0)'" }.joined(separator: ", ")
        warnings.append("\(stream): the trace's \(names) are not modelled and were passed over")
      }
      if report.badRows > 0 {
        let first = report.firstProblems.first.map { "; the first: \($0.description)" } ?? ""
        warnings.append("\(stream): bad rows of the trace left out: \(report.badRows)\(first)")
      }
      if report.failedRows > 0 {
        warnings.append("\(stream): \(report.failedRows) rows of the trace record failed requests and were left out")
      }
    }
    return warnings
  }

  /// What each deployment moved to and from each tier.
  func pagingTotals() -> [PagingTotals] {
    var totals: [PagingTotals] = []
    for index in plan.deployments.indices {
      for tier in [MemoryTier.peer, .host] {
        var out: Int64 = 0
        var back: Int64 = 0
        var lender: (own: Int, other: Int)?
        for engine in engines where engine.deployment == index {
          let (all, before) = (engine.paged[Int(tier.rawValue)], engine.warmUpPaged[Int(tier.rawValue)])
          out += all.out - before.out
          back += all.back - before.back
          if let own = engine.place.gpus.first, let other = engine.place.lenders.first { lender = (own, other) }
        }
        guard out > 0 || back > 0 else { continue }
        var link = "PCIe"
        if tier == .peer, let lender, let medium = transport.network.medium(from: lender.own, to: lender.other) {
          link = medium.inWords
        }
        totals.append(
          PagingTotals(
            deployment: Int32(index), tier: tier == .peer ? .peerGPU : .host, link: link, pagedOutBytes: out,
            pagedInBytes: back))
      }
    }
    return totals
  }
}

/// What one kind of link carried.
struct LinkUse {
  var kind: LinkKind
  var family: LinkFamily
  var bytes: Int64
  /// For each link of the kind, in order.
  var busy: [SimDuration]
}

extension LinkKind {
  /// The results' name for links of this kind; nil for what is no link of its own.
  var family: LinkFamily? {
    switch self {
    case .nvlinkOut, .nvlinkIn: .nvlink
    case .pcieToHost, .pcieFromHost: .pcie
    case .networkOut, .networkIn, .leafUp, .leafDown: .network
    case .gpuMemory, .pcieBothWays, .switchToHost, .switchFromHost, .hostMemory: nil
    }
  }
}
