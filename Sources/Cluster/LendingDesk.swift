import Replica
import SimCore

/// Lends KV memory between engines as the lenders' own load rises and falls.
///
/// Every `look` interval it looks at each lender. One with few waiting requests and little KV gives blocks of its pool
/// away; one with many waiting asks for them back. One that serves batches offers once, when it has run a full one, and
/// asks for nothing back. A borrower acts at most every `respond` interval, as AQUA's does: it
/// takes an offer, or moves what it has on a lender that wants its memory back to host memory and drops copies
/// it no longer needs. The lender's pool grows back once everything has left; all or nothing, as in AQUA's coordinator.
///
/// Both speak to the coordinator of the lender's server (`Coordinator`), which answers calls one after the other, each
/// after `control`. What they heard may be out of date by then: an offer that was withdrawn meanwhile is refused, and
/// the borrower tries again a `respond` interval after it last did. Who has a call under way makes no other.
///
/// Limits: what a borrower is fetching or sending when memory is asked back finishes first; paged sequences that host
/// memory has no room for stay until they are fetched.
struct LendingDesk {
  private struct Lender {
    var plan: LenderPlan
    var engine: Int
    var server: Int
    var lends = false
    var wantsBack = false
    var isCalling = false
  }

  private struct Loan {
    var plan: LoanPlan
    var engine: Int
    var isOpen = false
    var isCalling = false
    /// Its copies are leaving the peer's memory.
    var isLeaving = false
    var nextResponse = SimTime.zero
  }

  /// What lenders and borrowers ask of a coordinator, by their number.
  private enum Call {
    /// A lender offers what it has taken from its pool.
    case offer(Int)
    /// A lender wants it back, or no longer does.
    case reclaim(Int)
    case cancel(Int)
    /// A lender asks whether everything has left.
    case status(Int)
    /// A borrower asks for its share of what is offered.
    case allocate(Int)
    /// A borrower asks whether it has to leave.
    case respond(Int)
    /// A borrower has left.
    case free(Int)
  }

  private let rules: LendingRules
  private var lenders: [Lender]
  private var loans: [Loan]
  private var coordinators: [Coordinator<Call>]
  private var nextLook: SimTime

  init(_ plan: ClusterPlan) {
    func engine(_ name: ReplicaName) -> Int {
      plan.deployments[..<name.deployment].reduce(name.replica) { $0 + $1.replicas.count }
    }
    rules = plan.lendingRules
    lenders = plan.lenders.map { lender in
      Lender(
        plan: lender, engine: engine(lender.lender),
        server: plan.deployments[lender.lender.deployment].replicas[lender.lender.replica].server)
    }
    loans = plan.loans.map { Loan(plan: $0, engine: engine($0.borrower)) }
    let control = plan.lendingRules.control
    coordinators = lenders.isEmpty ? [] : plan.servers.map { _ in Coordinator(timePerCall: control) }
    nextLook = lenders.isEmpty ? .never : .zero
  }

  /// When it next has something to do; `.never` without lenders of this kind.
  var nextTime: SimTime { coordinators.reduce(nextLook) { min($0, $1.nextAnswer) } }

  /// Answers the calls that are due, and looks at every lender and borrower once when it is time to.
  mutating func act(_ engines: [Engine], at now: SimTime) {
    for server in coordinators.indices {
      while let call = coordinators[server].answer(at: now) { carryOut(call, engines, at: now) }
    }
    guard now >= nextLook else { return }
    nextLook = now + rules.look
    for index in lenders.indices { hear(index, engines, at: now) }
    for index in loans.indices { respond(index, engines, at: now) }
    for index in lenders.indices where lenders[index].wantsBack && !lenders[index].isCalling {
      call(.status(index), of: index, engines, at: now)
    }
  }

  // MARK: Calls

  /// Makes a call; without control latency it is answered at once.
  private mutating func call(_ call: Call, of lender: Int, _ engines: [Engine], at time: SimTime, now: SimTime) {
    if rules.control == .zero && time == now { return carryOut(call, engines, at: now) }
    setCalling(call, true)
    coordinators[lenders[lender].server].take(call, at: time)
  }

  private mutating func call(_ call: Call, of lender: Int, _ engines: [Engine], at now: SimTime) {
    self.call(call, of: lender, engines, at: now, now: now)
  }

  private mutating func setCalling(_ call: Call, _ isCalling: Bool) {
    switch call {
    case .offer(let index), .reclaim(let index), .cancel(let index), .status(let index):
      lenders[index].isCalling = isCalling
    case .allocate(let index), .respond(let index), .free(let index): loans[index].isCalling = isCalling
    }
  }

  private mutating func carryOut(_ call: Call, _ engines: [Engine], at now: SimTime) {
    setCalling(call, false)
    switch call {
    case .offer(let index): lenders[index].lends = true
    case .reclaim(let index): lenders[index].wantsBack = true
    case .cancel(let index): lenders[index].wantsBack = false
    case .status(let index):
      let isFree = !loans.contains { $0.isOpen && $0.plan.lenders.contains(index) }
      guard isFree, lenders[index].wantsBack else { return }
      lenders[index].lends = false
      lenders[index].wantsBack = false
      let engine = engines[lenders[index].engine]
      engine.bringUpToDate(to: now)
      engine.hold(until: now + rules.resize, at: now)
      engine.resizePool(by: lenders[index].plan.blocks, at: now)
    case .allocate(let index):
      // What was offered may be wanted back by now: refused, and tried again.
      if isOffered(loans[index]) { open(index, engines, at: now) }
    case .respond(let index):
      if loans[index].isOpen && !isOffered(loans[index]) { leave(index, engines, at: now) }
    case .free(let index): close(index, engines, at: now)
    }
  }

  // MARK: Lenders

  private mutating func hear(_ index: Int, _ engines: [Engine], at now: SimTime) {
    let lender = lenders[index]
    let engine = engines[lender.engine]
    engine.bringUpToDate(to: now)
    guard !lender.isCalling else { return }
    if lender.plan.offersAfterFullBatch {
      if !lender.lends, engine.hasRunFullBatch { offer(index, engine, at: now, engines) }
      return
    }
    let waiting = engine.waitingRequests
    if lender.lends {
      if waiting >= lender.plan.reclaimAtWaiting || engine.isStarved {
        if !lender.wantsBack { call(.reclaim(index), of: index, engines, at: now) }
      } else if waiting <= lender.plan.offerBelowWaiting, lender.wantsBack {
        call(.cancel(index), of: index, engines, at: now)
      }
    } else if waiting <= lender.plan.offerBelowWaiting && engine.state.ledger.local.used <= lender.plan.retainedBlocks
      && engine.spareBlocks >= lender.plan.blocks
    {
      offer(index, engine, at: now, engines)
    }
  }

  /// Takes what a lender offers from its pool, and lets it say so.
  private mutating func offer(_ index: Int, _ engine: Engine, at now: SimTime, _ engines: [Engine]) {
    engine.hold(until: now + rules.resize, at: now)
    engine.resizePool(by: -lenders[index].plan.blocks, at: now)
    call(.offer(index), of: index, engines, at: now + rules.resize, now: now)
  }

  // MARK: Borrowers

  private func isOffered(_ loan: Loan) -> Bool {
    loan.plan.lenders.allSatisfy { lenders[$0].lends && !lenders[$0].wantsBack }
  }

  private mutating func respond(_ index: Int, _ engines: [Engine], at now: SimTime) {
    let loan = loans[index]
    let engine = engines[loan.engine]
    let isOffered = isOffered(loan)
    engine.bringUpToDate(to: now)
    // Allocations for single sequences are refused as soon as a lender wants its memory back.
    if loan.isOpen && rules.unit == .sequence { engine.closePeer(!isOffered, at: now) }
    guard !loan.isCalling, let first = loan.plan.lenders.first else { return }
    if loan.isLeaving && engine.isPeerEmpty { return call(.free(index), of: first, engines, at: now) }
    guard now >= loan.nextResponse else { return }
    if isOffered && !loan.isOpen && fits(loan, engine) {
      loans[index].nextResponse = now + rules.respond
      call(.allocate(index), of: first, engines, at: now)
    } else if !isOffered && loan.isOpen {
      loans[index].nextResponse = now + rules.respond
      call(.respond(index), of: first, engines, at: now)
    }
  }

  private func fits(_ loan: Loan, _ engine: Engine) -> Bool {
    rules.unit == .sequence || loan.plan.blocks >= engine.place.hostBlocks && engine.place.hostBlocks > 0
  }

  private mutating func open(_ index: Int, _ engines: [Engine], at now: SimTime) {
    let engine = engines[loans[index].engine]
    loans[index].isOpen = true
    loans[index].isLeaving = false
    engine.bringUpToDate(to: now)
    switch rules.unit {
    case .sequence:
      engine.resizePeer(by: loans[index].plan.blocks, at: now)
      engine.closePeer(false, at: now)
      if rules.returnsToPeer { engine.returnToPeer(at: now) }
    case .swapSpace:
      engine.resizePeer(by: engine.place.hostBlocks, at: now)
      engine.moveSwapSpace(to: .peer, at: now)
    }
  }

  private mutating func leave(_ index: Int, _ engines: [Engine], at now: SimTime) {
    let engine = engines[loans[index].engine]
    switch rules.unit {
    case .sequence: engine.evacuatePeer(at: now)
    case .swapSpace: engine.moveSwapSpace(to: .host, at: now)
    }
    if engine.isPeerEmpty { return close(index, engines, at: now) }
    // A borrower that waits for its copies to have moved gives the memory back as soon as they have.
    loans[index].isLeaving = rules.holdsBorrowers || rules.unit == .swapSpace
  }

  private mutating func close(_ index: Int, _ engines: [Engine], at now: SimTime) {
    let engine = engines[loans[index].engine]
    loans[index].isLeaving = false
    guard loans[index].isOpen, engine.isPeerEmpty else { return }
    engine.bringUpToDate(to: now)
    engine.resizePeer(by: -engine.state.ledger.peer.capacity, at: now)
    loans[index].isOpen = false
  }
}
