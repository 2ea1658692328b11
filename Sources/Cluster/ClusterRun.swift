import Hardware
import Metrics
import Network
import Observing
import Replica
import Scheduling
import SimCore
import Workload

/// One simulated run: request streams, routers, engines and the links between them, on one clock.
///
/// The life of a run: every source of events (`EventKind`) has a slot on a board that holds when it next has something
/// to say. The run takes the earliest, lets it happen, performs what the engine that it happened to asks for
/// (`EngineActions`), and puts the new times on the board; until nothing is left, or the plan ends it.
final class ClusterRun {
  let plan: ClusterPlan
  var engines: [Engine] = []
  var transport: Transport
  var collector: RunCollector
  private var sources: [RequestSource] = []
  var routing: [RoutingState] = []
  /// For each deployment, the engines of its replicas.
  private var enginesOf: [[Int]] = []
  private var board: EventBoard
  private var events: EventSlots
  /// What links had carried when the warm-up ended.
  private(set) var warmUpLinks: [LinkUse] = []
  private var lockSteps: [LockStep?] = []
  private var desk: LendingDesk
  /// What an observer is shown; nil when nobody looks.
  var observations: ObservedEvents?
  private(set) var recorder: SeriesRecorder?
  var fleet: FleetSchedule
  private let groupCount: Int
  private let iterationObserver: IterationObserver?
  /// For each GPU, the engine whose iterations its traffic slows; -1 for none.
  private var engineOnGPU: [Int]
  /// Statistics group of (stream, request class).
  private var groupOfStream: [[Int]] = []
  /// Of each stream, what every request needs: a stream's plan is too large to be copied for each.
  private let deploymentOfStream: [Int]
  private let frontEndOfStream: [SimDuration]
  private(set) var injected: Int64 = 0
  private var complete: ContiguousArray<Shipment> = []
  private var changedGPUs: ContiguousArray<Int> = []
  private(set) var now = SimTime.zero
  private var refusals = RefusalCount()
  /// Asked now and then; true ends the run early, as cancelled.
  var isCancelled: (@Sendable () -> Bool)?

  init(
    _ plan: ClusterPlan, sink: (@Sendable (RequestOutcome) -> Void)? = nil, iterations: IterationObserver? = nil,
    observer: (any RunObserver)? = nil
  ) throws {
    self.plan = plan
    deploymentOfStream = plan.streams.map(\.deployment)
    frontEndOfStream = deploymentOfStream.map { plan.deployments[$0].frontEnd }
    for change in plan.fleet {
      let deployment = plan.deployments[change.deployment]
      precondition(
        deployment.lockStep == nil && deployment.replicas.allSatisfy { $0.lenders.isEmpty },
        "'\(deployment.name)' runs in lock step or borrows memory: its replicas stay as they are")
    }
    let groups = StatisticsGroups(plan)
    collector = RunCollector(groups: groups.collectors, warmUpEnd: plan.warmUpEnd, sink: sink)
    groupOfStream = groups.ofStream
    desk = LendingDesk(plan)
    fleet = FleetSchedule(plan.fleet)
    groupCount = groups.collectors.count
    iterationObserver = iterations
    let engineCount = plan.deployments.reduce(0) { $0 + $1.replicas.count }
    transport = Transport(servers: plan.servers, network: plan.network, engines: engineCount)
    observations = observer.map { [transport] in ObservedEvents($0, network: transport.network) }
    engineOnGPU = [Int](repeating: -1, count: transport.network.gpuCount)
    events = EventSlots { kind in
      switch kind {
      case .network, .fleet, .lending, .warmUpEnd: 1
      case .series: plan.seriesInterval == nil ? 0 : 1
      case .arrival: plan.streams.count
      case .engine: engineCount
      }
    }
    board = EventBoard(slots: events.count)
    board.set(events.slot(.lending), to: desk.nextTime)
    board.set(events.slot(.fleet), to: fleet.nextTime)
    if plan.warmUpEnd > .zero { board.set(events.slot(.warmUpEnd), to: plan.warmUpEnd) }
    for (index, stream) in plan.streams.enumerated() {
      let source = try RequestSource(
        stream.stream, number: Int32(index), seed: plan.seed, replication: plan.replication)
      sources.append(source)
      board.set(events.slot(.arrival, index), to: nextArrival(index))
    }
    for (index, deployment) in plan.deployments.enumerated() {
      let members = engines.count..<engines.count + deployment.replicas.count
      routing.append(RoutingState(deployment, plan: plan))
      enginesOf.append([])
      lockSteps.append(deployment.lockStep.map { LockStep($0, members: members) })
      for place in deployment.replicas { makeEngine(deployment: index, place) }
    }
    if let interval = plan.seriesInterval {
      recorder = SeriesRecorder(interval: interval, links: transport.network.links, start: mark(at: .zero), plan)
      board.set(events.slot(.series), to: recorder?.nextTime ?? .never)
    }
  }

  @discardableResult
  private func makeEngine(deployment: Int, _ place: ReplicaPlan) -> Engine {
    let engine = Engine(
      index: engines.count, deployment: deployment, replica: enginesOf[deployment].count, at: place, from: now,
      plan: plan, groups: groupCount, iterationObserver: iterationObserver, isObserved: observations != nil)
    let deploymentPlan = engine.plan
    engine.state.predictTransfer = { [unowned self] blocks, direction, tier, now in
      transport.predictedTime(
        direction == .out ? .pageOut : .fetch, tier, blocks: blocks, of: deploymentPlan, place, at: now)
    }
    for gpu in place.gpus { engineOnGPU[gpu] = engine.index }
    enginesOf[deployment].append(engine.index)
    engines.append(engine)
    observations?.take(
      .replica(
        ReplicaStart(
          engine: engine.index, deployment: deploymentPlan.name, replica: engine.replica, gpus: place.gpus, time: now)))
    return engine
  }

  /// Adds a replica to the fleet; requests do not go to it yet.
  func addEngine(deployment: Int, _ place: ReplicaPlan) -> Engine {
    events.addEngine()
    board.grow(to: events.count)
    routing[deployment].addReplica()
    transport.addEngine()
    let engine = makeEngine(deployment: deployment, place)
    setPace(of: engine)
    // A router that had no choice until now has not followed loads.
    for index in enginesOf[deployment] { noteLoad(of: engines[index]) }
    return engine
  }

  /// The engine of a replica.
  func engine(_ deployment: Int, _ replica: Int) -> Engine { engines[enginesOf[deployment][replica]] }

  /// Something has been put into the fleet's schedule, or taken out.
  func fleetHasMoved() { board.set(events.slot(.fleet), to: fleet.nextTime) }

  /// Runs to the end; afterwards every request is recorded.
  ///
  /// - Returns: when the run ended.
  /// - Throws: ``RunTooLong`` where the time of a replica's GPUs would leave the range of a clock.
  func runToEnd() throws -> SimTime {
    var steps = 0
    let gpus = max(1, plan.deployments.flatMap(\.replicas).map(\.gpus.count).max() ?? 1)
    let latest = RunTooLong.latest(gpus: gpus)
    while true {
      let (slot, time) = board.earliest
      if time == .never { break }
      if time > plan.end {
        guard plan.end <= latest else { throw RunTooLong(gpus: gpus) }
        now = plan.end
        break
      }
      let event = events.event(in: slot)
      if !event.kind.keepsRunGoing && !hasMoreToDo {
        board.set(slot, to: .never)
        continue
      }
      guard time <= latest else { throw RunTooLong(gpus: gpus) }
      now = time
      try happen(event.kind, event.index)
      if transport.changed { adjustPace() }
      if plan.checksInvariants { try audit() }
      steps += 1
      if steps & 0xfff == 0, let isCancelled, isCancelled() { throw CancellationError() }
    }
    for engine in engines {
      engine.note(transport.checkpointWork(of: engine.index, at: now))
      engine.close(at: now)
      perform(engine)
    }
    observations?.finish()
    return now
  }

  /// Lets one event happen, now.
  private func happen(_ kind: EventKind, _ index: Int) throws {
    switch kind {
    case .network: try deliver()
    case .fleet: try changeFleet()
    case .arrival: try arrive(stream: index)
    case .lending:
      desk.act(engines, at: now)
      for engine in engines { perform(engine) }
      board.set(events.slot(.lending), to: desk.nextTime)
    case .warmUpEnd:
      for engine in engines {
        engine.note(transport.checkpointWork(of: engine.index, at: now))
        engine.endWarmUp(at: now)
        perform(engine)
      }
      warmUpLinks = linkUse(at: now)
      board.set(events.slot(.warmUpEnd), to: .never)
    case .series:
      let mark = mark(at: now)
      recorder?.add(mark)
      for engine in engines { perform(engine) }
      board.set(events.slot(.series), to: recorder?.nextTime ?? .never)
    case .engine:
      let engine = engines[index]
      try engine.reachBoundary(at: now)
      perform(engine)
    }
  }

  /// Does what an engine's transition asked for, and notes when it next acts and how loaded it is.
  func perform(_ engine: Engine) {
    if !engine.actions.isEmpty {
      for index in 0..<engine.actions.latencies.count {
        let latency = engine.actions.latencies[index]
        collector.recordInterTokenLatencies(
          group: Int(latency.group), first: latency.first, step: latency.step, iterations: latency.terms,
          sequences: latency.weight)
      }
      for index in 0..<engine.actions.departures.count {
        let departure = engine.actions.departures[index]
        collector.record(departure.outcome, group: departure.group, frontEnd: engine.plan.frontEnd)
        completed(departure.outcome, user: departure.user)
      }
      if observations != nil { for event in engine.actions.events { observations?.take(event) } }
      for index in 0..<engine.actions.transfers.count {
        let order = engine.actions.transfers[index]
        switch order {
        case .ship(let shipment):
          let number = transport.ship(shipment, of: engine.index, engine.plan, engine.place, at: now)
          observations?.take(.transferBegan(TransferStart(shipment, number, of: engine, at: now)))
        case .stopCheckpoint:
          let number = transport.stopCheckpoint(of: engine.index, at: now)
          observations?.take(.transferEnded(TransferEnd(id: number, engine: engine.index, time: now)))
        }
      }
      let message = engine.actions.lockStep
      let migrations = engine.actions.migrations.isEmpty ? nil : engine.actions.migrations
      if engine.actions.releasesRequests { releaseRequestsSoon(of: engine) }
      engine.actions.removeAll()
      if let message { tellGroup(of: engine, message) }
      if let migrations { migrate(migrations, from: engine) }
    }
    if engine.leave != nil { engine.stopIfEmpty(at: now) }
    board.set(events.slot(.engine, engine.index), to: engine.boundary)
    noteLoad(of: engine)
  }

  /// Tells an engine's router how loaded it is.
  private func noteLoad(of engine: Engine) {
    guard routing[engine.deployment].followsLoads else { return }
    routing[engine.deployment].note(
      replica: engine.replica, outstanding: engine.outstanding, kvBlocks: engine.kvLoad)
  }

  /// Passes a member's word to its lock-step group, and the group's answer to all members.
  private func tellGroup(of engine: Engine, _ message: LockStep.Message) {
    guard let answer = lockSteps[engine.deployment]?.hear(message),
      let members = lockSteps[engine.deployment]?.members
    else { return }
    var end = now
    if case .run(let duration) = answer {
      for member in members.map({ engines[$0] }) {
        guard case .running = member.mode else { continue }
        member.runTogether(for: duration)
        end = member.boundary
      }
    }
    for member in members.map({ engines[$0] }) {
      if case .run = answer, case .running = member.mode {} else { member.boundary = end }
      board.set(events.slot(.engine, member.index), to: member.boundary)
    }
  }

  /// What was read of each stream that replays a trace.
  var traceReports: [(stream: String, report: TraceReport)] {
    zip(plan.streams, sources).compactMap { plan, source in source.traceReport.map { (plan.stream.name, $0) } }
  }

  /// Whether any request is here or still to come; without one, nobody looks at lenders any more.
  private var hasMoreToDo: Bool {
    engines.contains { $0.outstanding > 0 } || sources.contains { $0.nextTime != .never }
  }

  /// A request of a closed loop, or a session's turn, is done; its user thinks and comes back.
  private func completed(_ outcome: RequestOutcome, user: Int32) {
    guard user >= 0 else { return }
    let source = sources[Int(outcome.stream)]
    source.completed(user: user, at: now, isAnswered: outcome.status == .completed)
    board.set(events.slot(.arrival, Int(outcome.stream)), to: nextArrival(Int(outcome.stream)))
  }

  private func arrive(stream: Int) throws {
    let request = try sources[stream].take()
    let deployment = deploymentOfStream[stream]
    let number = injected
    injected += 1
    let group = groupOfStream[stream][request.requestClass == .online ? 0 : 1]
    let frontEnd = frontEndOfStream[stream]
    let engine = route(to: deployment, request)
    if let reason = engine.refusal(of: request) {
      let outcome = RequestOutcome(
        id: number, stream: Int32(stream), deployment: Int32(deployment), replica: -1,
        requestClass: request.requestClass, tenant: request.tenant, status: .rejected, rejectionReason: reason,
        arrival: now, promptTokens: request.promptTokens, outputTokens: request.outputTokens,
        deadline: request.deadline.map { now + $0 - frontEnd } ?? .never)
      collector.record(outcome, group: group, frontEnd: frontEnd)
      try noteRefusal(of: request, plan.streams[stream])
      completed(outcome, user: request.user)
    } else {
      engine.enter(request, number: number, group: group, at: now)
      perform(engine)
    }
    board.set(events.slot(.arrival, stream), to: nextArrival(stream))
  }

  /// When a stream's next request is through the front end.
  private func nextArrival(_ stream: Int) -> SimTime {
    let time = sources[stream].nextTime
    return time == .never ? .never : time + frontEndOfStream[stream]
  }

  /// The engine of the replica that gets a deployment's next request.
  ///
  /// - Parameter request: nil for one that comes from another replica.
  func route(to deployment: Int, _ request: Request? = nil) -> Engine {
    var routed: RoutedRequest?
    if let request, routing[deployment].followsRequests {
      let first = engine(deployment, 0)
      let blocks = Int(request.promptTokens) / first.state.limits.blockSize
      routed = RoutedRequest(
        blocks: first.blockNames(of: request).prefix(blocks), promptBlocks: blocks,
        session: request.session < 0 ? nil : Int(request.session) * plan.streams.count + Int(request.stream))
    }
    let replica = routing[deployment].choose(routed) { replica in
      let engine = engine(deployment, replica)
      engine.bringUpToDate(to: now)
      return engine.kvLoad
    }
    return engine(deployment, replica)
  }

  private func noteRefusal(of request: Request, _ stream: StreamPlan) throws {
    guard request.user >= 0, let count = refusals.tooMany(at: now) else { return }
    throw WorkloadError(
      .badDescription,
      "stream '\(stream.stream.name)': \(count) requests in a row were too long for "
        + "'\(plan.deployments[stream.deployment].name)', and their users do not think before they send the next")
  }

  private func deliver() throws {
    complete.removeAll(keepingCapacity: true)
    transport.advance(to: now, complete: &complete)
    for shipment in complete {
      if shipment.kind == .handOver {
        try handedOver(shipment)
        continue
      }
      let engine = engines[shipment.replica]
      try engine.delivered(shipment, at: now)
      perform(engine)
    }
  }

  /// After the network changed: its next event, and the pace of the engines on GPUs that its traffic now slows more or
  /// less than before.
  private func adjustPace() {
    transport.changed = false
    observations?.look(at: transport.network, now)
    board.set(events.slot(.network), to: transport.network.nextChange)
    changedGPUs.removeAll(keepingCapacity: true)
    transport.network.takeChangedGPUs(into: &changedGPUs)
    for gpu in changedGPUs where engineOnGPU[gpu] >= 0 { setPace(of: engines[engineOnGPU[gpu]]) }
  }

  /// Lets an engine's iterations go at the pace that traffic on its GPUs leaves.
  private func setPace(of engine: Engine) {
    var traffic = GPUTraffic()
    for gpu in engine.place.gpus { traffic = traffic.worst(transport.network.traffic(onGPU: gpu)) }
    if traffic == engine.traffic { return }
    engine.setTraffic(traffic, at: now)
    perform(engine)
  }

  /// Recounts every ledger; throws the first broken law.
  func audit() throws {
    for engine in engines { try engine.audit(at: now) }
    if let law = transport.network.brokenLaw() { throw BrokenLaw("at \(now.seconds) s: \(law)") }
  }
}
