import Observing
import Replica
import Scheduling
import SimCore

/// What an observer is shown. Every function returns at once when nobody looks, the most frequent ones without a call.
extension Engine {
  @inline(__always) func observe(_ slot: Int32, _ phase: RequestPhase, at time: SimTime) {
    if isObserved { show(slot, phase, at: time) }
  }

  private func show(_ slot: Int32, _ phase: RequestPhase, at time: SimTime) {
    actions.events.append(
      .phase(PhaseChange(engine: index, request: table[slot].request, phase: phase, time: time)))
  }

  /// Iterations that are booked.
  @inline(__always) func observe(_ count: Int, of segment: Segment, _ times: IterationTimes) {
    if isObserved { show(count, of: segment, times) }
  }

  private func show(_ count: Int, of segment: Segment, _ times: IterationTimes) {
    actions.events.append(
      .iterations(
        IterationRun(
          engine: index, start: iterationStart, times: times, count: count,
          decodes: segment.decodes ? batch.count : 0, context: segment.decodes ? batch.contextTokens : 0,
          chunks: observedChunks, isAborted: false, batch: batchChanges)))
  }

  /// An iteration that is given up at `time`.
  func observeAbort(of segment: Segment, at time: SimTime) {
    guard isObserved else { return }
    actions.events.append(
      .iterations(
        IterationRun(
          engine: index, start: iterationStart, times: IterationTimes(firstEnd: time, gap: .zero, growth: .zero),
          count: 1, decodes: segment.decodes ? batch.count : 0,
          context: segment.decodes ? batch.contextTokens : 0, chunks: observedChunks, isAborted: true,
          batch: batchChanges)))
    iterationStart = time
  }

  private var observedChunks: [IterationRun.Chunk] {
    decision.chunks.map { IterationRun.Chunk(request: table[$0.slot].request, tokens: Int($0.tokens)) }
  }

  /// A time, up to `time`, in which nothing ran because KV had to move first.
  func observeBlocked(for span: SimDuration, until time: SimTime) {
    guard isObserved else { return }
    actions.events.append(.blocked(TransferWait(engine: index, start: time - span, end: time)))
  }

  /// What keeps the first waiting request out is this from now on.
  @inline(__always) func limit(to limit: AdmissionLimit, at time: SimTime) {
    if limit != limitation { change(to: limit, at: time) }
  }

  private func change(to limit: AdmissionLimit, at time: SimTime) {
    limitation = limit
    if isObserved { actions.events.append(.limit(LimitChange(engine: index, limit: limit, time: time))) }
  }

  /// The memory's levels.
  func observeLevels(at time: SimTime) {
    guard isObserved else { return }
    let levels = PoolLevels(
      engine: index, time: time, local: ledger.local.used, localCapacity: ledger.local.capacity, peer: ledger.peer.used,
      peerCapacity: ledger.peer.capacity, host: ledger.host.used)
    actions.events.append(.levels(levels))
  }
}

extension TransferStart {
  init(_ order: ShipmentOrder, _ number: Int64, of engine: Engine, at time: SimTime) {
    let kind: Kind =
      switch order.kind {
      case .pageOut: .pageOut
      case .fetch: .fetch
      case .checkpoint: .checkpoint
      case .evacuation: .evacuation
      case .returning: .returning
      case .handOver: .handOver
      case .storedPrefix: .storedPrefix
      case .adapter: .adapter
      }
    self.init(
      id: number, engine: engine.index, kind: kind, tier: order.tier,
      bytes: order.bytesPerGPU * Int64(engine.gpuCount), time: time,
      requests: kind == .adapter ? [] : order.cargo.map(\.request),
      lenders: order.tier == .peer ? engine.place.lenders : [])
  }
}
