import Metrics
import Observing
import Replica
import Scheduling
import SimCore
import StepTime
import TestSupport
import Testing
import Workload

@testable import Cluster

/// What lending costs when its rules are those that AQUA publishes, one by one.
struct LendingRulesTests {
  private func plan(_ change: (inout LendingRules) -> Void = { _ in }, hostBlocks: Int = 300) -> ClusterPlan {
    var plan = LendingWorld.plan(reclaimAt: 4, burst: 12, hostBlocks: hostBlocks)
    change(&plan.lendingRules)
    return plan
  }

  /// Runs in both steppings, which must agree; everything is served.
  private func run(_ plan: ClusterPlan) throws -> RunResult {
    var plan = plan
    let result = try Simulation.run(plan, provenance: RandomPlan.provenance, policy: "test")
    plan.stepping = .iteration
    #expect(try Simulation.run(plan, provenance: RandomPlan.provenance, policy: "test") == result)
    #expect(result.groups.allSatisfy { $0.unfinished == 0 && $0.rejected == 0 })
    return result
  }

  private func out(_ result: RunResult, _ tier: PagingTier) -> Int64 {
    result.paging.filter { $0.tier == tier && $0.deployment == 0 }.reduce(0) { $0 + $1.pagedOutBytes }
  }

  private func back(_ result: RunResult, _ tier: PagingTier) -> Int64 {
    result.paging.filter { $0.tier == tier && $0.deployment == 0 }.reduce(0) { $0 + $1.pagedInBytes }
  }

  @Test func aLenderThatResizesComputesNothingMeanwhile() throws {
    // It gives its memory away before anybody comes, and takes it back when its burst is there.
    let free = try run(plan())
    let slow = try run(plan { $0.resize = .milliseconds(300) })
    let first = try #require(free.groups[1].ttft.max)
    let later = try #require(slow.groups[1].ttft.max)
    #expect(later > first + .milliseconds(150), "\(first.seconds) s and \(later.seconds) s")
  }

  @Test func aBorrowerThatIsHeldWaitsForItsCopies() throws {
    let free = try run(plan())
    let held = try run(plan { $0.holdsBorrowers = true })
    #expect(out(free, .host) > 0 && out(held, .host) > 0)
    #expect(held.engines[0].blockedOnTransfer > free.engines[0].blockedOnTransfer)
  }

  @Test func copiesReturnAfterANewLoan() throws {
    let away = try run(plan())
    let returned = try run(plan { $0.returnsToPeer = true })
    let kinds = try transfers(plan { $0.returnsToPeer = true })
    #expect(kinds.contains(.evacuation) && kinds.contains(.returning))
    #expect(try !transfers(plan()).contains(.returning))
    #expect(back(returned, .host) < back(away, .host), "what has returned is fetched from the peer")
  }

  @Test func swapSpaceThatIsOneAllocationMovesWhole() throws {
    let result = try run(plan { $0.unit = .swapSpace })
    let whole: Int64 = 300 << 20
    #expect(out(result, .peerGPU) >= whole, "all of it went to the peer when it lent")
    #expect(out(result, .host) >= whole, "and all of it back when the lender wanted its memory")
    #expect(try transfers(plan { $0.unit = .swapSpace }).filter { $0 == .returning }.count >= 1)
    // 400 blocks are lent; 500 do not fit, and none of them goes there.
    let large = try run(plan({ $0.unit = .swapSpace }, hostBlocks: 500))
    #expect(out(large, .peerGPU) == 0 && out(large, .host) > 0)
  }

  @Test func swapSpaceOnAPeerThatAlwaysLendsNeverTouchesTheHost() throws {
    for (lent, usesPeer) in [(300, true), (299, false)] {
      var plan = plan { $0.unit = .swapSpace }
      plan.lenders = []
      plan.loans = []
      plan.deployments[0].replicas[0].peerBlocks = lent
      let result = try run(plan)
      #expect((out(result, .peerGPU) > 0) == usesPeer && (out(result, .host) > 0) != usesPeer)
    }
  }

  @Test func callsTakeTimeAndOffersMayHaveGone() throws {
    // So slow a coordinator that the lender's burst comes before the borrower has been given what was offered.
    let slow = try run(plan { $0.control = .milliseconds(600) })
    #expect(out(slow, .peerGPU) < out(try run(plan()), .peerGPU))
    let quick = try run(plan { $0.control = .milliseconds(1) })
    #expect(out(quick, .peerGPU) > 0)
    #expect(quick.fingerprint != (try run(plan()).fingerprint), "a millisecond a call is felt")
  }

  @Test func aCoordinatorAnswersOneCallAfterTheOther() {
    var coordinator = Coordinator<Int>(timePerCall: .milliseconds(1))
    let start = SimTime.zero + .seconds(1)
    coordinator.take(3, at: start + .milliseconds(10))
    coordinator.take(1, at: start)
    coordinator.take(2, at: start)
    #expect(coordinator.nextAnswer == start + .milliseconds(1))
    #expect(coordinator.answer(at: start) == nil)
    #expect(coordinator.answer(at: start + .milliseconds(1)) == 1)
    #expect(coordinator.answer(at: start + .milliseconds(1)) == nil, "the second waits for the first")
    #expect(coordinator.answer(at: start + .milliseconds(2)) == 2)
    #expect(coordinator.nextAnswer == start + .milliseconds(11), "one made later holds up nobody")
  }

  private func transfers(_ plan: ClusterPlan) throws -> [TransferStart.Kind] {
    let observer = Kinds()
    _ = try Simulation.run(plan, provenance: RandomPlan.provenance, policy: "test", observer: observer)
    return observer.kinds
  }

  private final class Kinds: RunObserver {
    var kinds: [TransferStart.Kind] = []
    func observe(_ event: RunEvent) { if case .transferBegan(let start) = event { kinds.append(start.kind) } }
    func runEnded(at time: SimTime) {}
  }
}
