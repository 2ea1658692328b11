import Metrics
import Network
import Replica
import Scheduling
import SimCore
import StepTime
import Workload

/// One replica of a deployment: its sequences, its memory, its policy and the iterations it runs.
///
/// A state machine. Its state is `mode`; its transitions are what happens to it: a boundary is reached, a request
/// comes, a transfer ends, its pace changes, memory is lent or called back. Each transition first brings the books up
/// to its moment, then changes the state, and leaves in `actions` what the run is to do. At a boundary the segment's
/// effects are booked, then the policy decides what comes next.
///
/// This file holds the state; `Engine+Books` keeps accounts, `Engine+Deciding` applies decisions, `Engine+Running` runs
/// segments, `Engine+Paging` moves KV, `Engine+Checkpoints` copies new KV, `Engine+Safepoints` gives up iterations,
/// `Engine+Requests` lets requests in and out, `Engine+Entrance` fetches what they need first,
/// `Engine+Audit` recounts everything, `Engine+AskingAgain` holds the policy to its word.
final class Engine {
  let index: Int
  let deployment: Int
  let replica: Int
  let plan: DeploymentPlan
  let place: ReplicaPlan
  let name: String
  /// For each stream, the blocks of its requests' prompts, where they are listed; empty when nobody looks for them.
  let prefixes: [PrefixBlocks?]
  /// For each stream, whose numbers its prefix groups and sessions have; empty when nobody looks for them.
  let prefixOrigins: [Int]
  /// For each stream, whether the prefixes of its groups are kept off the GPU.
  let storesPrefixes: [Bool]
  let lendingRules: LendingRules
  /// Requests that arrive earlier are not counted.
  let warmUpEnd: SimTime

  // From here to `totals` stands what every event reads or writes, side by side: with a thousand engines none is still
  // in the processor's caches when its next event comes, and each line of memory is fetched anew.

  /// What the policy sees.
  let state: EngineState
  // Parts of `state`, held here too: a property that never changes is read without retain and release, which one of
  // another object's is not.
  let table: SequenceTable
  let ledger: KVLedger
  let batch: DecodeBatch
  let cost: BoundStepCost
  let policy: PolicyHolder
  /// How many GPUs compute for it.
  let gpuCount: Int
  let stepping: Stepping
  /// Whether its iterations begin and end with those of other replicas.
  let runsInLockStep: Bool
  /// Whether its events are shown to anybody.
  let isObserved: Bool
  /// Whether `levels` is kept.
  let recordsLevels: Bool
  /// Whether a copy of the policy is asked at the iteration boundaries inside segments.
  let asksAgain: Bool
  /// Whether iterations that have ended are booked before a request comes in: where its arrival, or who watches, looks
  /// at what they have done.
  let booksAtArrivals: Bool
  /// Whether an iteration has ended that began as many requests as may run.
  var hasRunFullBatch = false
  /// Whether the decision that stands moves, admits or prefills anything: asked several times for each decision.
  var decisionChanges = false
  var limitation = AdmissionLimit.none
  /// Shown every iteration as it starts; may say how long it takes.
  let iterationObserver: IterationObserver?

  var mode = EngineMode.idle
  var clock = WorkClock()
  /// When the engine next acts by itself; `.never` while only something from outside can go on.
  var boundary = SimTime.never
  /// Until when `totals` accounts for modes and for the number of requests.
  var accountedUntil = SimTime.zero
  /// Until when `totals.kvTokenTime` is integrated.
  var tokensAccountedUntil = SimTime.zero
  /// When the iteration under way began.
  var iterationStart = SimTime.zero
  /// How long the host has had for the next iteration while the GPU worked on the last.
  var hostStart = SimDuration.zero
  /// Its pace where that never changes; else nil.
  let steadyPace: Double?
  /// Requests here and not finished.
  var outstanding = 0
  /// KV tokens resident on the GPU outside the decode batch.
  var parkedTokens: Int64 = 0
  /// Offline members of the decode batch.
  var offlineMembers: Int64 = 0
  /// Requests here that hold nothing on the GPU and no copies.
  var waitingRequests = 0
  /// Blocks of what they are to prefill, for routing by KV load.
  var waitingBlocks = 0
  /// How often the batch's membership has changed, for an observer.
  var batchChanges = 0
  /// Since when the iteration under way has been asked to stop at a safepoint; nil when it has not.
  var askedToStop: SimTime?
  /// By slot, layers of chunks that need not be run again.
  var keptLayers: [Int32: KeptLayers] = [:]
  /// What copies on its GPUs do.
  var traffic = GPUTraffic()
  /// What becomes of its requests when it takes leave of the fleet; nil while it serves.
  var leave: Leave?
  var decision = Decision()
  /// What the run has to do for it.
  var actions = EngineActions()
  /// Reused buffer.
  var slots = ReusedList<Int32>()
  /// Numbers of tokens beyond the largest captured graph that iterations have had.
  var metSizes = MetSizes()
  /// Copies of new KV to host memory.
  var checkpoints = CheckpointStream()
  var totals: EngineTotals

  /// Requests that the policy has not heard of.
  var entrance = Entrance()
  /// What the policy keeps from every request, asked once.
  let reservedBlocks: Int
  /// Page-outs and fetches under way.
  var outboundShipments = 0
  var inboundShipments = 0
  var paged: ContiguousArray<TierTraffic>
  /// `totals` and `paged` when the warm-up ended; zero before.
  var warmUpTotals = EngineTotals()
  var warmUpPaged: ContiguousArray<TierTraffic>
  /// The first law that was found broken while time passed; the next audit throws it.
  var brokenLaw: BrokenLaw?

  /// Sequences whose KV is off the GPU, on its way out or on its way in.
  var offGPU = 0
  /// Integrals over time for a time series.
  var levels = LevelIntegrals()

  /// Collectives' share of an iteration, in 1/1024ths, and the batch it is of: `batchChanges`, −1 with prompts.
  var collectiveShare: Int64 = 0
  var collectiveBatch = -1

  /// Until when it computes nothing because its memory is being resized.
  var heldUntil = SimTime.zero
  /// Shipments between the peer's memory and the host's under way.
  var relocations = 0
  /// Where its swap space is to move as a whole, once nothing else travels.
  var swapSpaceMove: MemoryTier?

  /// How fast its host is.
  let host: HostPace
  /// When the host's pace changes next, from when the iteration under way began.
  var paceChange = SimTime.never

  /// KV bytes moved to and from one tier.
  struct TierTraffic {
    var out: Int64 = 0
    var back: Int64 = 0
  }

  /// - Parameter time: when its life begins.
  init(
    index: Int, deployment: Int, replica: Int, at place: ReplicaPlan, from time: SimTime, plan: ClusterPlan,
    groups: Int, iterationObserver: IterationObserver?, isObserved: Bool = false
  ) {
    self.index = index
    self.deployment = deployment
    self.replica = replica
    self.plan = plan.deployments[deployment]
    self.iterationObserver = iterationObserver
    self.isObserved = isObserved
    host = self.plan.host.drawn(
      RandomStream(
        seed: plan.seed, replication: plan.replication, purpose: "host/\(self.plan.name)/\(replica)"))
    steadyPace = host.varies ? nil : host.changes[0].pace
    recordsLevels = plan.seriesInterval != nil
    self.place = place
    gpuCount = place.gpus.count
    accountedUntil = time
    tokensAccountedUntil = time
    name = "\(self.plan.name)[\(replica)]"
    stepping = plan.stepping
    asksAgain = plan.checksInvariants && plan.stepping == .segment
    warmUpEnd = plan.warmUpEnd
    lendingRules = plan.lendingRules
    runsInLockStep = self.plan.lockStep != nil
    let limits = self.plan.limits
    batch =
      stepping == .segment
      ? ClosedFormBatch(blockSize: limits.blockSize, groups: groups) : TokenByTokenBatch(blockSize: limits.blockSize)
    state = EngineState(
      limits: limits, cost: self.plan.cost, peerBlocks: Self.peerBlocks(place, plan.lendingRules),
      hostBlocks: place.hostBlocks, sharesPrefixes: self.plan.cachesPrefixes, batch: batch)
    table = state.table
    ledger = state.ledger
    cost = state.cost
    if plan.lendingRules.unit == .swapSpace, state.ledger.peer.capacity > 0 { state.ledger.closeHost(true) }
    prefixes = self.plan.cachesPrefixes ? plan.streams.map(\.prefixBlocks) : []
    prefixOrigins = self.plan.cachesPrefixes ? plan.streams.enumerated().map { $1.prefixOrigin ?? $0 } : []
    let keepsPrefixes = self.plan.entrance.keepsPrefixes
    storesPrefixes = plan.streams.map { keepsPrefixes && $0.stream.sharedPrefix != nil }
    entrance.cache = self.plan.entrance.adapters.map { AdapterCache(places: $0.places) }
    policy = PolicyHolder.holding(self.plan.policy.type, self.plan.policy.parameters, limits: limits)
    reservedBlocks = policy.reservedBlocks
    booksAtArrivals = policy.looksAtStateOnArrival || asksAgain || isObserved || !self.plan.entrance.isOpen
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
      policy: policy.descriptor.name, engine: name, time: state.now, rule: rule)
  }

  /// The engine's boundary: books what ran and decides what runs next.
  func reachBoundary(at now: SimTime) throws(EngineFault) {
    state.now = now
    guard case .running(let segment) = mode else {
      bringUpToDate(to: now)
      return try consult(at: now)
    }
    if case .bend(let left) = segment.ending { return goOn(after: segment, iterationsLeft: left) }
    let work = finish(segment, at: now)
    if givesRequestsAway {
      boundary = .never
      actions.releasesRequests = true
    } else {
      try consult(at: now, after: work)
    }
  }

  /// Something happened outside; an idle engine looks at it at once, after everything else of this moment.
  func wake(at now: SimTime) {
    guard case .idle = mode, !givesRequestsAway else { return }
    if runsInLockStep { actions.lockStep = .wantsToRun } else { boundary = now }
  }

  /// What the policy was not asked about has changed: it is asked at the end of the iteration under way, or at once.
  func reconsider(at now: SimTime) {
    switch mode {
    case .running: cut(at: now)
    case .idle: if outstanding > 0 { wake(at: now) }
    case .pagingOut, .fetching, .stopped: break
    }
  }

  /// What happened until now is not counted in results.
  func endWarmUp(at now: SimTime) {
    bringUpToDate(to: now)
    warmUpTotals = totals
    warmUpPaged = paged
  }
}
