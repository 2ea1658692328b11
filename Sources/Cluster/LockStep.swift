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
struct LockStep {
  /// What a member says.
  enum Message {
    /// A request has come to it while it runs nothing.
    case wantsToRun
    /// It is about to run an iteration over so many tokens that by itself costs so much; nil when it has nothing to
    /// run.
    case decided(tokens: Int, cost: SimDuration?)
  }

  /// What the members are told.
  enum Answer {
    /// To decide, now.
    case decide
    /// Those with work, that their iteration takes so long; the others, to decide when it ends.
    case run(SimDuration)
  }

  private let plan: LockStepPlan
  /// Engine numbers.
  let members: Range<Int>
  /// How many have decided, their tokens, and the longest iteration of any.
  private var decided = 0
  private var total = 0
  private var most = 0
  private var slowest: SimDuration?
  /// No iteration is under way, and none is about to begin.
  private var isResting = true

  init(_ plan: LockStepPlan, members: Range<Int>) {
    self.plan = plan
    self.members = members
  }

  /// Takes a member's word.
  ///
  /// - Returns: what all members are told, once that is known.
  mutating func hear(_ message: Message) -> Answer? {
    switch message {
    case .wantsToRun:
      // Else it is looked at when the iteration under way ends.
      guard isResting else { return nil }
      isResting = false
      return .decide
    case .decided(let tokens, let cost):
      decided += 1
      total += max(1, tokens)
      most = max(most, tokens)
      if let cost { slowest = max(slowest ?? cost, cost) }
      guard decided == members.count else { return nil }
      defer { (decided, total, most, slowest) = (0, 0, 0, nil) }
      isResting = slowest == nil
      return slowest.map { .run($0 + plan.shared(total: total, largest: most)) }
    }
  }
}
