import SimCore

/// Names a replica of a deployment.
public struct ReplicaName: Hashable, Sendable {
  public var deployment: Int
  public var replica: Int

  public init(deployment: Int, replica: Int) {
    self.deployment = deployment
    self.replica = replica
  }
}

/// A replica that lends memory by its own load: KV memory while nobody waits (AQUA's LLM informer), or what is left
/// beside full batches (AQUA's batch informer).
public struct LenderPlan: Hashable, Sendable {
  public var lender: ReplicaName
  /// Blocks it gives up while it lends; taken from its own pool.
  public var blocks: Int
  /// It offers only while its KV fills at most this many blocks.
  public var retainedBlocks: Int
  /// It offers while at most this many requests wait.
  public var offerBelowWaiting: Int
  /// It wants its memory back when at least this many wait.
  public var reclaimAtWaiting: Int
  /// Whether it offers once, after its first full batch, and never wants its memory back; the three before say nothing
  /// then.
  public var offersAfterFullBatch = false

  public init(
    lender: ReplicaName, blocks: Int, retainedBlocks: Int, offerBelowWaiting: Int, reclaimAtWaiting: Int
  ) {
    self.lender = lender
    self.blocks = blocks
    self.retainedBlocks = retainedBlocks
    self.offerBelowWaiting = offerBelowWaiting
    self.reclaimAtWaiting = reclaimAtWaiting
  }
}

/// How lenders and borrowers come to terms, and what it costs them.
public struct LendingRules: Hashable, Sendable {
  /// Between two looks at the lenders. 1 s is an assumption; AQUA's informer runs every few iterations.
  public var look = SimDuration(picoseconds: 1_000_000_000_000)
  /// The least time between two actions of a borrower: 4 s, as in AQUA's `respond`.
  public var respond = SimDuration(picoseconds: 4_000_000_000_000)
  /// How long the coordinator of a server takes for one call; it serves one after the other. AQUA's is an HTTP server
  /// on the same host, of which 1 ms is assumed.
  public var control = SimDuration.zero
  /// For how long a lender computes nothing when it gives blocks away or takes them back.
  public var resize = SimDuration.zero
  /// Whether a borrower computes nothing while its copies move to or from the peer.
  public var holdsBorrowers = false
  /// Whether copies that had to move to host memory move back once there is a new loan.
  public var returnsToPeer = false
  /// What is in one place.
  public var unit = Unit.sequence

  /// What a borrower's copies move by.
  public enum Unit: String, CaseIterable, Hashable, Sendable {
    /// Each sequence's copies are where there was room for them.
    case sequence
    /// All swap space is one allocation, in the peer's memory or the host's: AQUA's. It is in the peer's when all of it
    /// fits there, and moves as a whole, used or not, while the borrower computes nothing.
    case swapSpace = "swap-space"
  }

  public init() {}

  public init(look: SimDuration, respond: SimDuration) {
    self.look = look
    self.respond = respond
  }
}

/// A replica that borrows, while all of its informer-led lenders lend.
public struct LoanPlan: Hashable, Sendable {
  public var borrower: ReplicaName
  /// Indices into the plan's lenders; those that lend all the time are not among them.
  public var lenders: [Int]
  /// Peer blocks it then has, in its own block size.
  public var blocks: Int

  public init(borrower: ReplicaName, lenders: [Int], blocks: Int) {
    self.borrower = borrower
    self.lenders = lenders
    self.blocks = blocks
  }
}
