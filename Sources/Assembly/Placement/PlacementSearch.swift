/// Looks for a placement in which no server has more than so much memory and so many heads: branch and bound, a server
/// at a time.
///
/// Servers are alike, so the next to be filled can be taken to be one with a model of the first kind that is left. What
/// was found to be impossible, so many models left for so many servers, is not tried again.
struct PlacementSearch {
  enum Answer {
    case found(ModelPlacement)
    case none
    /// The steps were used up.
    case unknown
  }

  private let problem: PlacementProblem
  /// Kinds by what is hardest to place: many GPUs, then much memory either way.
  private let order: [Int]
  private var stepsLeft: Int
  private var memoryLimit: Int64 = 0
  private var headLimit = 0
  private var impossible: Set<[Int]> = []
  private var filled: [[Int]] = []

  init(_ problem: PlacementProblem, effort: Int) {
    self.problem = problem
    stepsLeft = effort
    order = problem.kinds.indices.sorted { a, b in
      let (first, second) = (problem.kinds[a], problem.kinds[b])
      return (second.gpus, abs(second.memory), a) < (first.gpus, abs(first.memory), b)
    }
  }

  mutating func placement(memory: Int64, heads: Int) -> Answer {
    (memoryLimit, headLimit) = (memory, heads)
    impossible = []
    filled = []
    var left = problem.kinds.map(\.count)
    if fill(&left, servers: problem.servers) { return .found(ModelPlacement(counts: filled)) }
    return stepsLeft > 0 ? .none : .unknown
  }

  /// Fills the remaining servers with what is left; false when that cannot be done, or steps are used up.
  private mutating func fill(_ left: inout [Int], servers: Int) -> Bool {
    guard problem.memory(left) <= memoryLimit * Int64(servers), problem.heads(left) <= headLimit * servers,
      problem.used(left) <= problem.gpusPerServer * servers
    else { return false }
    guard let first = order.first(where: { left[$0] > 0 }) else {
      for _ in 0..<servers { filled.append(Array(repeating: 0, count: left.count)) }
      return true
    }
    if servers == 0 || stepsLeft <= 0 || impossible.contains(left + [servers]) { return false }
    var counts = Array(repeating: 0, count: left.count)
    counts[first] = 1
    left[first] -= 1
    let start = order.firstIndex(of: first) ?? 0
    let isDone = choose(from: start, &counts, &left, servers: servers)
    if isDone { return true }
    left[first] += 1
    if stepsLeft > 0 { impossible.insert(left + [servers]) }
    return false
  }

  /// Adds models of the kinds from `place` on to the server that is being filled, as many of each as there is room for
  /// first, and goes on with the next server.
  private mutating func choose(
    from place: Int, _ counts: inout [Int], _ left: inout [Int], servers: Int
  ) -> Bool {
    guard place < order.count else {
      guard stepsLeft > 0 else { return false }
      stepsLeft -= 1
      guard problem.memory(counts) <= memoryLimit, problem.heads(counts) <= headLimit else { return false }
      filled.append(counts)
      if fill(&left, servers: servers - 1) { return true }
      filled.removeLast()
      return false
    }
    let kind = order[place]
    let room = (problem.gpusPerServer - problem.used(counts)) / problem.kinds[kind].gpus
    let most = min(left[kind], room)
    for more in stride(from: most, through: 0, by: -1) {
      counts[kind] += more
      left[kind] -= more
      if choose(from: place + 1, &counts, &left, servers: servers) { return true }
      counts[kind] -= more
      left[kind] += more
      if stepsLeft <= 0 { return false }
    }
    return false
  }
}
