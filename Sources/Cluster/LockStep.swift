import Replica
import SimCore

/// Replicas whose iterations run side by side, as data-parallel ranks that share the experts of a mixture do: every
/// layer's experts work for the tokens of all ranks, so all ranks begin an iteration together and end it together.
public struct LockStepPlan: Sendable {
  /// What the shared layers take, beyond each replica's own cost, for 0, 1, 2, ... tokens of all replicas together.
  public var total: [SimDuration]
  /// What exchanging tokens takes, for 0, 1, 2, ... tokens of the replica that has most.
  public var largest: [SimDuration]

  /// - Precondition: neither is empty. Beyond their ends the last entries hold.
  public init(total: [SimDuration], largest: [SimDuration]) {
    precondition(!total.isEmpty && !largest.isEmpty, "shared work has a cost for no tokens at least")
    self.total = total
    self.largest = largest
  }

  func shared(total tokens: Int, largest most: Int) -> SimDuration {
    (total[min(tokens, total.count - 1)] + largest[min(most, largest.count - 1)]).roundedUpToTick
  }
}

/// The replicas of one deployment that run in lock step.
///
/// All reach their boundaries at the same moment. Each decides for itself, and says here what it is about to run;
/// when the last has spoken the iteration's length is known: the slowest replica's own work and what they share. One
/// without work takes part with a single token that nobody asked for, as vLLM's ranks do.
final class LockStep {
  private let plan: LockStepPlan
  private var members: [Engine] = []
  /// Tokens of each member that has spoken.
  private var tokens: [Int] = []
  /// No iteration is under way, and none is about to begin.
  private var isResting = true

  init(_ plan: LockStepPlan) { self.plan = plan }

  func add(_ engine: Engine) { members.append(engine) }

  /// A request has come to a member that runs nothing: at once when all rest, else when the iteration ends.
  func wake(at now: SimTime) {
    guard isResting else { return }
    isResting = false
    for member in members { member.setBoundary(now) }
  }

  /// A member is about to run an iteration over so many tokens, or nothing.
  func ready(_ engine: Engine, tokens count: Int) {
    engine.setBoundary(.never)
    tokens.append(count)
    guard tokens.count == members.count else { return }
    let running = members.filter { $0.mode == .running }
    let total = tokens.reduce(0) { $0 + max(1, $1) }
    let most = tokens.max() ?? 1
    tokens.removeAll(keepingCapacity: true)
    guard let slowest = running.map(\.segment.line.first).max() else {
      isResting = true
      return
    }
    isResting = false
    var end = SimTime.never
    for member in running {
      member.segment.line.first = slowest + plan.shared(total: total, largest: most)
      member.scheduleBoundary()
      end = member.boundary
    }
    for member in members where member.mode != .running { member.setBoundary(end) }
  }
}
