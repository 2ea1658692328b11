import Replica
import SimCore

/// Lends KV memory between engines as the lenders' own load rises and falls.
///
/// Every `look` interval it looks at each lender. One with few waiting requests and little KV gives blocks of its pool
/// away; one with many waiting asks for them back. A borrower acts at most every `respond` interval, as AQUA's does: it
/// takes an offer, or moves what it has on a lender that wants its memory back to host memory and drops copies
/// it no longer needs. The lender's pool grows back once everything has left; all or nothing, as in AQUA's coordinator.
///
/// Limits: what a borrower is fetching or sending when memory is asked back finishes first; paged sequences that host
/// memory has no room for stay until they are fetched. Offers and answers take no time.
struct LendingDesk {
  private struct Lender {
    var plan: LenderPlan
    var engine: Int
    var lends = false
    var wantsBack = false
  }

  private struct Loan {
    var plan: LoanPlan
    var engine: Int
    var isOpen = false
    var nextResponse = SimTime.zero
  }

  private let intervals: LendingIntervals
  private var lenders: [Lender]
  private var loans: [Loan]
  /// When it looks next; `.never` without lenders of this kind.
  private(set) var nextLook: SimTime

  init(_ plan: ClusterPlan) {
    func engine(_ name: ReplicaName) -> Int {
      plan.deployments[..<name.deployment].reduce(name.replica) { $0 + $1.replicas.count }
    }
    intervals = plan.lendingIntervals
    lenders = plan.lenders.map { Lender(plan: $0, engine: engine($0.lender)) }
    loans = plan.loans.map { Loan(plan: $0, engine: engine($0.borrower)) }
    nextLook = lenders.isEmpty ? .never : .zero
  }

  /// Looks at every lender and borrower once.
  mutating func look(_ engines: [Engine], at now: SimTime) {
    nextLook = now + intervals.look
    for index in lenders.indices { hear(&lenders[index], engines[lenders[index].engine], at: now) }
    for index in loans.indices { respond(&loans[index], engines[loans[index].engine], at: now) }
    for index in lenders.indices where lenders[index].wantsBack {
      let isFree = !loans.contains { $0.isOpen && $0.plan.lenders.contains(index) }
      guard isFree else { continue }
      lenders[index].lends = false
      lenders[index].wantsBack = false
      engines[lenders[index].engine].resizePool(by: lenders[index].plan.blocks, at: now)
    }
  }

  private func hear(_ lender: inout Lender, _ engine: Engine, at now: SimTime) {
    engine.bringUpToDate(to: now)
    let waiting = engine.waitingRequests
    if lender.lends {
      if waiting >= lender.plan.reclaimAtWaiting || engine.isStarved {
        lender.wantsBack = true
      } else if waiting <= lender.plan.offerBelowWaiting {
        lender.wantsBack = false
      }
    } else if waiting <= lender.plan.offerBelowWaiting && engine.state.ledger.local.used <= lender.plan.retainedBlocks
      && engine.spareBlocks >= lender.plan.blocks
    {
      lender.lends = true
      engine.resizePool(by: -lender.plan.blocks, at: now)
    }
  }

  private func respond(_ loan: inout Loan, _ engine: Engine, at now: SimTime) {
    let isOffered = loan.plan.lenders.allSatisfy { lenders[$0].lends && !lenders[$0].wantsBack }
    engine.bringUpToDate(to: now)
    if loan.isOpen { engine.closePeer(!isOffered, at: now) }
    guard now >= loan.nextResponse else { return }
    if isOffered && !loan.isOpen {
      loan.isOpen = true
      loan.nextResponse = now + intervals.respond
      engine.resizePeer(by: loan.plan.blocks, at: now)
      engine.closePeer(false, at: now)
    } else if !isOffered && loan.isOpen {
      loan.nextResponse = now + intervals.respond
      engine.evacuatePeer(at: now)
      if engine.state.ledger.peer.used == 0 {
        engine.resizePeer(by: -loan.plan.blocks, at: now)
        loan.isOpen = false
      }
    }
  }
}
