import Metrics
import Observing
import Replica
import SimCore

/// Changes of the fleet: replicas are added, take leave, and hand their requests over.
///
/// Requests that leave at the end of an iteration leave a picosecond later: what happens at a boundary must not change
/// another engine at that same moment, which one way of stepping has already passed and the other has not.
extension ClusterRun {
  private static let afterBoundary = SimDuration(picoseconds: 1)

  /// Lets the next thing happen to the fleet, now.
  func changeFleet() throws {
    switch fleet.take() {
    case .change(let number): begin(plan.fleet[number])
    case .open(let engine): open(engines[engine])
    case .release(let engine):
      engines[engine].releaseRequests(at: now)
      perform(engines[engine])
    }
    fleetHasMoved()
  }

  /// The last iteration of an engine that gives its requests away has ended.
  func releaseRequestsSoon(of engine: Engine) {
    fleet.put(.release(engine: engine.index), at: now + Self.afterBoundary)
    fleetHasMoved()
  }

  private func begin(_ change: FleetChange) {
    switch change.action {
    case .add(let place, let startUp):
      let engine = addEngine(deployment: change.deployment, place)
      if startUp == .zero { open(engine) } else { fleet.put(.open(engine: engine.index), at: now + startUp) }
    case .drain(let replica, let handsOver):
      close(engine(change.deployment, replica), handsOver ? .handingOver : .whenFinished, atOnce: false)
    case .remove(let replica, let handsOver):
      let engine = engine(change.deployment, replica)
      if !handsOver { abandonTransfers(of: engine) }
      close(engine, handsOver ? .handingOver : .dropping, atOnce: true)
    }
  }

  /// A replica that has started takes requests.
  private func open(_ engine: Engine) {
    guard engine.leave == nil else { return }
    routing[engine.deployment].setOpen(engine.replica, true)
  }

  private func close(_ engine: Engine, _ way: Engine.Leave, atOnce: Bool) {
    routing[engine.deployment].setOpen(engine.replica, false)
    engine.takeLeave(way, atOnce: atOnce, at: now)
    perform(engine)
  }

  /// What an engine that stops at once has under way goes nowhere.
  private func abandonTransfers(of engine: Engine) {
    for shipment in transport.abandon(of: engine.index, at: now) {
      observations?.take(.transferEnded(TransferEnd(id: shipment.number, engine: shipment.replica, time: now)))
      guard shipment.kind == .handOver else {
        engine.lost(shipment.cargo, of: shipment.kind, at: now)
        continue
      }
      let (source, target) = (engines[shipment.replica], engines[shipment.recipient])
      source.kvLeft(shipment.blocksLeft, in: shipment.tier, at: now)
      for item in shipment.cargo { target.missed(item, at: now) }
      for other in [source, target] where other !== engine { perform(other) }
    }
  }

  /// Finds another replica for each request that an engine has let go.
  func migrate(_ migrations: ContiguousArray<Migration>, from source: Engine) {
    struct Group {
      var target: Int
      var tier: MemoryTier
      var blocks = 0
      var blocksLeft = 0
      var cargo: ContiguousArray<CargoItem> = []
    }
    var groups: [Group] = []
    for migration in migrations {
      let target = route(to: source.deployment)
      if migration.tokens > 0, let slot = target.expect(migration, at: now) {
        let item = CargoItem(
          slot: slot, request: migration.sequence.request,
          blocks: Int32(target.state.blocks(forTokens: Int(migration.tokens) + 1)), tokens: migration.tokens)
        let same = groups.firstIndex { $0.target == target.index && $0.tier == migration.tier }
        let index = same ?? groups.count
        if same == nil { groups.append(Group(target: target.index, tier: migration.tier)) }
        groups[index].blocks += target.state.blocks(forTokens: Int(migration.tokens))
        groups[index].blocksLeft += migration.blocks
        groups[index].cargo.append(item)
        source.totals.handedOver += 1
      } else {
        var migration = migration
        if migration.tokens > 0 {
          source.kvLeft(migration.blocks, in: migration.tier, at: now)
          source.giveUp(&migration)
        }
        target.reenter(migration, at: now)
        source.totals.requeued += 1
      }
      perform(target)
    }
    for group in groups {
      let (bytes, number) = transport.handOver(
        from: source, to: engines[group.target], group.tier, blocks: group.blocks, blocksLeft: group.blocksLeft,
        group.cargo, at: now)
      source.totals.handedOverBytes += bytes
      observations?.take(
        .transferBegan(
          TransferStart(
            id: number, engine: source.index, kind: .handOver, tier: group.tier, bytes: bytes, time: now,
            requests: group.cargo.map(\.request))))
    }
  }

  /// KV of one engine's requests has arrived at another.
  func handedOver(_ shipment: Shipment) throws {
    let (source, target) = (engines[shipment.replica], engines[shipment.recipient])
    source.kvLeft(shipment.blocksLeft, in: shipment.tier, at: now)
    perform(source)
    observations?.take(.transferEnded(TransferEnd(id: shipment.number, engine: source.index, time: now)))
    for item in shipment.cargo { try target.received(item, at: now) }
    perform(target)
  }
}
