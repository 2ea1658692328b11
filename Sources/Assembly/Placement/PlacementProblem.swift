/// Which models go on which server, so that those that lend memory sit beside those that want it: AQUA's placer.
///
/// Every model is on one server, and a server has so many GPUs. A model's memory is what it can lend (positive) or what
/// it wants (negative). What is made small is, as in AQUA's published placer,
///
///     max over servers (Σ memory) + max over servers (GPU memory x Σ heads)
///
/// where a model counts as many heads as it has GPUs: plus for lenders, minus for borrowers, 0 for others. The first
/// term spreads spare memory, the second keeps lenders and borrowers together in equal number.
public struct PlacementProblem: Hashable, Sendable {
  /// Models that are alike.
  public struct Kind: Hashable, Sendable {
    public var name: String
    public var count: Int
    /// GPUs of each.
    public var gpus: Int
    /// Bytes that each can lend, or wants (below zero).
    public var memory: Int64

    public init(name: String, count: Int, gpus: Int = 1, memory: Int64) {
      precondition(count >= 0 && gpus >= 1, "\(count) models of \(gpus) GPUs")
      self.name = name
      self.count = count
      self.gpus = gpus
      self.memory = memory
    }

    /// What each adds to the count of lenders less borrowers.
    public var heads: Int { memory.signum() == 0 ? 0 : Int(memory.signum()) * gpus }
  }

  public var servers: Int
  public var gpusPerServer: Int
  /// What a head weighs, bytes: a GPU's memory.
  public var headWeight: Int64
  public var kinds: [Kind]

  public init(servers: Int, gpusPerServer: Int, headWeight: Int64, kinds: [Kind]) {
    precondition(servers >= 1 && gpusPerServer >= 1 && headWeight >= 0, "\(servers) servers of \(gpusPerServer) GPUs")
    self.servers = servers
    self.gpusPerServer = gpusPerServer
    self.headWeight = headWeight
    self.kinds = kinds
  }

  /// What a placement comes to; nil where it is not one: a model left out or placed twice, or a server too full.
  public func score(of placement: ModelPlacement) -> PlacementScore? {
    guard placement.counts.count == servers, placement.counts.allSatisfy({ $0.count == kinds.count }) else {
      return nil
    }
    for kind in kinds.indices where placement.counts.reduce(0, { $0 + $1[kind] }) != kinds[kind].count { return nil }
    var score = PlacementScore(memory: .min, heads: .min, lendersAndBorrowers: (0, 0, 0))
    for server in placement.counts {
      guard server.allSatisfy({ $0 >= 0 }), used(server) <= gpusPerServer else { return nil }
      score.memory = max(score.memory, memory(server))
      score.heads = max(score.heads, heads(server))
      let lenders = zip(kinds, server).reduce(0) { $0 + max(0, $1.0.heads) * $1.1 }
      let borrowers = zip(kinds, server).reduce(0) { $0 + max(0, -$1.0.heads) * $1.1 }
      score.lenders += lenders
      score.borrowers += borrowers
      score.paired += min(lenders, borrowers)
    }
    score.objective = score.memory + headWeight * Int64(score.heads)
    return score
  }

  func used(_ counts: [Int]) -> Int { zip(kinds, counts).reduce(0) { $0 + $1.0.gpus * $1.1 } }
  func memory(_ counts: [Int]) -> Int64 { zip(kinds, counts).reduce(0) { $0 + $1.0.memory * Int64($1.1) } }
  func heads(_ counts: [Int]) -> Int { zip(kinds, counts).reduce(0) { $0 + $1.0.heads * $1.1 } }

  /// Models one by one, as indices of their kinds, in order.
  var models: [Int] { kinds.indices.flatMap { Array(repeating: $0, count: kinds[$0].count) } }

  /// No placement's objective is less: neither term is less than its mean over servers, in steps of what there is.
  public var lowerBound: Int64 { memoryBound + headWeight * Int64(headBound) }

  var memoryBound: Int64 {
    Self.stepsUp(kinds.reduce(0) { $0 + $1.memory * Int64($1.count) }, over: Int64(servers), step: memoryStep)
  }

  var headBound: Int {
    Int(Self.stepsUp(Int64(kinds.reduce(0) { $0 + $1.heads * $1.count }), over: Int64(servers), step: 1))
  }

  /// Every server's memory is a multiple of this.
  var memoryStep: Int64 {
    func commonFactor(_ a: Int64, _ b: Int64) -> Int64 { b == 0 ? a : commonFactor(b, a % b) }
    return max(1, kinds.filter { $0.count > 0 }.reduce(0) { commonFactor($0, abs($1.memory)) })
  }

  /// The least multiple of `step` that is at least `sum / parts`.
  private static func stepsUp(_ sum: Int64, over parts: Int64, step: Int64) -> Int64 {
    let unit = parts * step
    let (whole, rest) = sum.quotientAndRemainder(dividingBy: unit)
    return (rest > 0 ? whole + 1 : whole) * step
  }
}

/// How many models of each kind are on each server.
public struct ModelPlacement: Hashable, Sendable {
  /// For each server, for each kind of the problem.
  public var counts: [[Int]]

  public init(counts: [[Int]]) { self.counts = counts }
}

/// What a placement comes to.
public struct PlacementScore: Sendable {
  /// Of the server with most, spare memory less wanted memory, bytes.
  public var memory: Int64
  /// Of the server with most, lending GPUs less borrowing GPUs.
  public var heads: Int
  /// Both together, bytes.
  public var objective: Int64 = 0
  /// GPUs that lend, that borrow, and that borrow where a lender of their own is on the same server.
  public var lenders: Int
  public var borrowers: Int
  public var paired: Int

  init(memory: Int64, heads: Int, lendersAndBorrowers: (Int, Int, Int)) {
    self.memory = memory
    self.heads = heads
    (lenders, borrowers, paired) = lendersAndBorrowers
  }
}
