import Metrics
import Replica
import Scheduling
import SimCore

/// One replica of a deployment: its sequences, its memory, its policy and the iterations it runs.
///
/// An engine is always in one of three modes. *Running*, a segment of iterations is under way and ends at `boundary`.
/// *Moving*, the decision's page-outs or fetches must end before its iterations start. *Idle*, nothing can run.
/// At a boundary the segment's effects are settled, then the policy decides what comes next.
///
/// This file holds the state; `Engine+Iterating` runs segments, `Engine+Deciding` applies decisions, `Engine+Paging`
/// moves KV, `Engine+Requests` lets requests in and out, `Engine+Checkpoints` copies new KV, `Engine+Audit`
/// recounts everything, `Engine+AskingAgain` holds the policy to its word.
final class Engine {
  enum Mode: UInt8 {
    case idle
    case running
    case pagingOut
    case fetching
  }

  /// Iterations of one unchanged batch, in work time.
  struct Segment {
    /// When its first iteration began, on the work clock.
    var start: Int64 = 0
    var line = IterationCost(first: .zero, growth: .zero, iterations: 0)
    /// How many iterations it may still run.
    var iterations = 0
    /// How many the decision stands for after them: the segment ends early because decode attention changes its slope
    /// or a checkpoint is due, which is nothing to consult anybody about.
    var beyondBend = 0
    var decodes = false
    /// Work time at which its first iteration is given up, -1 when it is not.
    var abortAt: Int64 = -1
  }

  unowned let run: ClusterRun
  let index: Int
  let deployment: Int
  let replica: Int
  let plan: DeploymentPlan
  let place: ReplicaPlan
  let name: String
  let stepping: Stepping
  let state: EngineState
  var policy: any SchedulingPolicy
  /// The replicas it runs in lock step with.
  var lockStep: LockStep?
  var decision = Decision()
  /// What the policy keeps from every request, asked once.
  let reservedBlocks: Int

  var mode = Mode.idle
  var clock = WorkClock()
  var segment = Segment()
  /// When the engine next acts by itself.
  var boundary = SimTime.never

  /// KV tokens resident on the GPU outside the decode batch.
  var parkedTokens: Int64 = 0
  /// Offline members of the decode batch.
  var offlineMembers: Int64 = 0
  /// Copies of new KV to host memory.
  var checkpoints = CheckpointStream()
  /// Page-outs and fetches under way.
  var outboundShipments = 0
  var inboundShipments = 0
  /// Requests here and not finished.
  var outstanding = 0
  /// Prompt blocks of waiting requests, for routing by KV load.
  var waitingBlocks = 0

  var totals: EngineTotals
  var paged: ContiguousArray<TierTraffic>
  /// `totals` and `paged` when the warm-up ended; zero before.
  var warmUpTotals = EngineTotals()
  var warmUpPaged: ContiguousArray<TierTraffic>
  /// Until when `totals` accounts for modes and for the number of requests.
  var accountedUntil = SimTime.zero
  /// Until when `totals.kvTokenTime` is integrated.
  var tokensAccountedUntil = SimTime.zero
  var limitation = AdmissionLimit.none
  /// The first law that was found broken while time passed; the next audit throws it.
  var brokenLaw: BrokenLaw?
  /// Whether a copy of the policy is asked at the iteration boundaries inside segments.
  let asksAgain: Bool

  /// Reused buffers.
  var latencies: ContiguousArray<InterTokenLatencies> = []
  var slots: ContiguousArray<Int32> = []

  /// KV bytes moved to and from one tier.
  struct TierTraffic {
    var out: Int64 = 0
    var back: Int64 = 0
  }

  init(run: ClusterRun, index: Int, deployment: Int, replica: Int, plan: ClusterPlan, groups: Int) {
    self.run = run
    self.index = index
    self.deployment = deployment
    self.replica = replica
    self.plan = plan.deployments[deployment]
    place = self.plan.replicas[replica]
    name = "\(self.plan.name)[\(replica)]"
    stepping = plan.stepping
    asksAgain = plan.checksInvariants && plan.stepping == .segment
    let limits = self.plan.limits
    let batch: any DecodeBatch =
      stepping == .segment
      ? ClosedFormBatch(blockSize: limits.blockSize, groups: groups) : TokenByTokenBatch(blockSize: limits.blockSize)
    state = EngineState(
      limits: limits, cost: self.plan.cost, peerBlocks: place.peerBlocks, hostBlocks: place.hostBlocks, batch: batch)
    if self.plan.cachesPrefixes {
      state.prefixCache = PrefixCache(blocks: limits.kvBlocks)
      state.prefixes = plan.streams.map(\.prefixBlocks)
    }
    policy = self.plan.policy.type.init(self.plan.policy.parameters, limits: limits)
    reservedBlocks = policy.reservedBlocks
    state.checkpointsOnline = policy.checkpoints(.online)
    state.checkpointsOffline = policy.checkpoints(.offline)
    totals = EngineTotals(deployment: Int32(deployment), replica: Int32(replica))
    totals.kvBlockSize = Int32(limits.blockSize)
    totals.kvCapacityBlocks = Int64(limits.kvBlocks)
    totals.kvCapacityTokens = Int64(limits.kvBlocks) * Int64(limits.blockSize)
    paged = ContiguousArray(repeating: TierTraffic(), count: MemoryTier.allCases.count)
    warmUpPaged = paged
  }

  func fault(_ rule: String) -> EngineFault {
    EngineFault(
      policy: type(of: policy).descriptor.name, engine: name, time: state.now, rule: rule)
  }

  /// The engine's boundary: settles what ran and decides what runs next.
  func reachBoundary(at now: SimTime) throws(EngineFault) {
    state.now = now
    if mode == .running {
      if segment.beyondBend > 0 { return goOnAfterBend(at: now) }
      finishSegment(at: now)
    }
    try consult(at: now)
  }

  /// Something happened outside; an idle engine looks at it at once, after everything else of this moment.
  func wake(at now: SimTime) {
    guard mode == .idle else { return }
    if let lockStep { lockStep.wake(at: now) } else { setBoundary(now) }
  }

  func setBoundary(_ time: SimTime) {
    boundary = time
    run.boundaryMoved(of: index, to: time)
  }

  /// Brings the time-weighted totals up to `now`.
  func account(until now: SimTime) {
    let span = now - accountedUntil
    guard span > .zero else { return }
    accountedUntil = now
    totals.elapsed += span
    totals.requestTime += Int128(span.picoseconds) * Int128(outstanding)
    switch mode {
    case .running: totals.busy += span
    case .pagingOut, .fetching: totals.blockedOnTransfer += span
    case .idle:
      if outstanding == 0 {
        totals.idle += span
      } else if state.sequencesInTransfer > 0 {
        totals.blockedOnTransfer += span
      }
    }
    switch limitation {
    case .none, .policy: break
    case .memory: totals.headWaitedForMemory += span
    case .sequences: totals.headWaitedForSlots += span
    case .tokens: totals.headWaitedForTokenBudget += span
    }
  }

  /// Integrates resident KV tokens over time up to `now`, while no iteration ends.
  func accountTokens(until now: SimTime) {
    let span = now - tokensAccountedUntil
    guard span > .zero else { return }
    tokensAccountedUntil = now
    let resident = parkedTokens + state.batch.contextTokens - Int64(state.batch.count)
    totals.kvTokenTime += Int128(span.picoseconds) * Int128(resident)
  }

  /// What happened until now is not counted in results.
  func endWarmUp(at now: SimTime) {
    settle(before: now)
    account(until: now)
    accountTokens(until: now)
    warmUpTotals = totals
    warmUpTotals.checkpointedBytes += checkpointBytesUnderWay(at: now)
    warmUpPaged = paged
  }

  func notePeaks() {
    if Int64(state.local.used) > totals.peakKVBlocks { totals.peakKVBlocks = Int64(state.local.used) }
  }
}
