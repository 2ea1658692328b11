import Hardware
import Metrics
import Network
import Scheduling
import SimCore
import Workload

/// One simulated run: request streams, routers, engines and the links between them, on one clock.
///
/// Events wait on a board with one slot per source, numbered by kind: the link network first, then request streams,
/// the lending desk, the end of the warm-up, and engines. At equal times they happen in that order, so a decision at a boundary sees every arrival and every
/// finished transfer of its moment.
final class ClusterRun {
  let plan: ClusterPlan
  var engines: [Engine] = []
  var transport: Transport
  var collector: RunCollector
  private var sources: [RequestSource] = []
  private var routing: [RoutingState] = []
  /// For each deployment, the engine of its first replica; the others follow.
  private var firstEngineOf: [Int] = []
  private var board: EventBoard
  private let firstStream = 1
  private let deskSlot: Int
  private let warmUpSlot: Int
  /// What links had carried when the warm-up ended.
  private(set) var warmUpLinks: [LinkUse] = []
  private let firstEngine: Int
  private var desk: LendingDesk
  /// For each GPU, the engine whose iterations it slows; -1 for none.
  private var engineOnGPU: [Int]
  /// Statistics group of (stream, request class).
  private var groupOfStream: [[Int]] = []
  private(set) var injected: Int64 = 0
  private var complete: ContiguousArray<Shipment> = []
  private var changedGPUs: ContiguousArray<Int> = []
  private var now = SimTime.zero
  /// Requests of closed loops refused in a row without time passing.
  private var refusedAtOnce = 0
  private var lastRefusal = SimTime.zero
  /// Users who do not think come back at once; that many refusals in one moment say that time will never go on.
  private static let mostRefusalsAtOnce = 100_000
  /// Shown every iteration as it starts.
  var iterationObserver: IterationObserver?
  /// Asked now and then; true ends the run early, as cancelled.
  var isCancelled: (@Sendable () -> Bool)?

  init(_ plan: ClusterPlan, sink: (@Sendable (RequestOutcome) -> Void)? = nil) throws {
    self.plan = plan
    transport = Transport(servers: plan.servers)
    let groups = StatisticsGroups(plan)
    collector = RunCollector(groups: groups.collectors, warmUpEnd: plan.warmUpEnd, sink: sink)
    groupOfStream = groups.ofStream
    deskSlot = firstStream + plan.streams.count
    warmUpSlot = deskSlot + 1
    firstEngine = warmUpSlot + 1
    desk = LendingDesk(plan)
    let engineCount = plan.deployments.reduce(0) { $0 + $1.replicas.count }
    board = EventBoard(slots: firstEngine + engineCount)
    engineOnGPU = [Int](repeating: -1, count: transport.network.gpuCount)
    board.set(deskSlot, to: desk.nextLook)
    if plan.warmUpEnd > .zero { board.set(warmUpSlot, to: plan.warmUpEnd) }
    for (index, stream) in plan.streams.enumerated() {
      let source = try RequestSource(
        stream.stream, number: Int32(index), seed: plan.seed, replication: plan.replication)
      sources.append(source)
      board.set(firstStream + index, to: source.nextTime)
    }
    for (index, deployment) in plan.deployments.enumerated() {
      routing.append(RoutingState(deployment, plan: plan))
      firstEngineOf.append(engines.count)
      let lockStep = deployment.lockStep.map(LockStep.init)
      for replica in deployment.replicas.indices {
        let engine = Engine(
          run: self, index: engines.count, deployment: index, replica: replica, plan: plan,
          groups: groups.collectors.count)
        for gpu in engine.place.gpus { engineOnGPU[gpu] = engine.index }
        engine.lockStep = lockStep
        lockStep?.add(engine)
        engines.append(engine)
      }
    }
  }

  /// Runs to the end; afterwards every request is recorded.
  ///
  /// - Returns: when the run ended.
  func runToEnd() throws -> SimTime {
    var steps = 0
    while true {
      let (slot, time) = board.earliest
      if time == .never { break }
      if time > plan.end {
        now = plan.end
        break
      }
      // Neither the desk nor the end of the warm-up keeps a run going.
      if (slot == deskSlot || slot == warmUpSlot) && !hasMoreToDo {
        board.set(slot, to: .never)
        continue
      }
      now = time
      if slot == 0 {
        try deliver()
      } else if slot == deskSlot {
        desk.look(engines, at: now)
        board.set(deskSlot, to: desk.nextLook)
      } else if slot == warmUpSlot {
        for engine in engines { engine.endWarmUp(at: now) }
        warmUpLinks = linkUse(at: now)
        board.set(warmUpSlot, to: .never)
      } else if slot < firstEngine {
        try arrive(stream: slot - firstStream)
      } else {
        let engine = engines[slot - firstEngine]
        try engine.reachBoundary(at: now)
        noteLoad(of: engine)
      }
      if transport.changed { adjustPace() }
      if plan.checksInvariants { try audit() }
      steps += 1
      if steps & 0xfff == 0, let isCancelled, isCancelled() { throw CancellationError() }
    }
    for engine in engines { engine.close(at: now) }
    return now
  }

  /// What was read of each stream that replays a trace.
  var traceReports: [(stream: String, report: TraceReport)] {
    zip(plan.streams, sources).compactMap { plan, source in source.traceReport.map { (plan.stream.name, $0) } }
  }

  /// Whether any request is here or still to come; without one, nobody looks at lenders any more.
  private var hasMoreToDo: Bool {
    engines.contains { $0.outstanding > 0 } || sources.contains { $0.nextTime != .never }
  }

  /// An engine's next boundary has moved.
  func boundaryMoved(of engine: Int, to time: SimTime) { board.set(firstEngine + engine, to: time) }

  func record(_ outcome: RequestOutcome, group: Int) { collector.record(outcome, group: group) }

  /// A request of a closed loop is done; its user thinks and comes back.
  func completed(stream: Int32, user: Int32, at now: SimTime) {
    guard user >= 0 else { return }
    sources[Int(stream)].completed(user: user, at: now)
    board.set(firstStream + Int(stream), to: sources[Int(stream)].nextTime)
  }

  private func arrive(stream: Int) throws {
    let request = try sources[stream].take()
    let plan = plan.streams[stream]
    let number = injected
    injected += 1
    let group = groupOfStream[stream][request.requestClass == .online ? 0 : 1]
    let engine = route(to: plan.deployment)
    if let reason = engine.refusal(of: request) {
      collector.record(
        RequestOutcome(
          id: number, stream: Int32(stream), deployment: Int32(plan.deployment), replica: -1,
          requestClass: request.requestClass, tenant: request.tenant, status: .rejected, rejectionReason: reason,
          arrival: now, promptTokens: request.promptTokens, outputTokens: request.outputTokens), group: group)
      try noteRefusal(of: request, plan)
      completed(stream: Int32(stream), user: request.user, at: now)
    } else {
      try engine.enter(request, number: number, group: group, at: now)
      noteLoad(of: engine)
    }
    board.set(firstStream + stream, to: sources[stream].nextTime)
  }

  /// The engine of the replica that gets a deployment's next request.
  private func route(to deployment: Int) -> Engine {
    let first = firstEngineOf[deployment]
    let replica = routing[deployment].choose { replica in
      let engine = engines[first + replica]
      engine.settle(before: now)
      return engine.kvLoad
    }
    return engines[first + replica]
  }

  /// Tells an engine's router how loaded it is, after an event that may have changed that.
  private func noteLoad(of engine: Engine) {
    guard routing[engine.deployment].followsLoads else { return }
    routing[engine.deployment].note(
      replica: engine.replica, outstanding: engine.outstanding, kvBlocks: engine.kvLoad)
  }

  private func noteRefusal(of request: Request, _ stream: StreamPlan) throws {
    guard request.user >= 0 else { return }
    if now > lastRefusal { refusedAtOnce = 0 }
    lastRefusal = now
    refusedAtOnce += 1
    if refusedAtOnce < Self.mostRefusalsAtOnce { return }
    throw WorkloadError(
      .badDescription,
      "stream '\(stream.stream.name)': \(refusedAtOnce) requests in a row were too long for "
        + "'\(plan.deployments[stream.deployment].name)', and their users do not think before they send the next")
  }

  private func deliver() throws {
    complete.removeAll(keepingCapacity: true)
    transport.advance(to: now, complete: &complete)
    for shipment in complete {
      let engine = engines[shipment.replica]
      try engine.delivered(shipment, at: now)
      noteLoad(of: engine)
    }
  }

  /// After the network changed: its next event, and the pace of the engines on GPUs that its traffic now slows more or
  /// less than before.
  private func adjustPace() {
    transport.changed = false
    board.set(0, to: transport.network.nextChange)
    changedGPUs.removeAll(keepingCapacity: true)
    transport.network.takeChangedGPUs(into: &changedGPUs)
    for gpu in changedGPUs where engineOnGPU[gpu] >= 0 {
      let engine = engines[engineOnGPU[gpu]]
      var slowdown = 1024
      for gpu in engine.place.gpus { slowdown = max(slowdown, transport.network.slowdown(ofGPU: gpu)) }
      let stretch = (Int64(slowdown) * WorkClock.denominator + 512) / 1024
      engine.setStretch(stretch, at: now)
    }
  }

  /// Recounts every ledger; throws the first broken law.
  func audit() throws {
    for engine in engines { try engine.audit(at: now) }
    if let law = transport.network.brokenLaw() { throw BrokenLaw("at \(now.seconds) s: \(law)") }
  }
}
