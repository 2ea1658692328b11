import Replica
import Scheduling
import SimCore

/// A deployment's router and what it remembers between requests.
///
/// It keeps each replica's load as it was last told (``note(replica:outstanding:kvBlocks:)``), so that choosing takes
/// O(log replicas) and not a look at every engine. Who runs the engines tells it a replica's load after everything that
/// may have lowered it and after every request that has come to it.
struct RoutingState {
  private let router: Router
  /// Whether the router looks at loads; round robin does not, and one replica needs no choice.
  private(set) var followsLoads: Bool
  /// Replicas that requests may go to, in order.
  private var open: ContiguousArray<Int32>
  /// For each replica, whether it is among them.
  private var isOpen: ContiguousArray<Bool>
  /// Requests at each replica and not finished.
  private var outstanding: ContiguousArray<Int32>
  /// The loads of the open replicas; those that are not open have the greatest key. Of routers that look for the least.
  private var loads: TournamentTree
  /// The same, the greatest first; only of routers with a load guard.
  private var greatest: TournamentTree
  /// What was sent where; only of the cache-aware router.
  private var prefixes: PrefixIndex
  /// Only of session affinity.
  private var ring = HashRing()
  /// Where in `open` the next request goes. Of round robin.
  private var next = 0
  private var stream: RandomStream

  /// Whether it looks at what a request is: its session, or how its prompt begins.
  var followsRequests: Bool { router.followsRequests }

  init(_ deployment: DeploymentPlan, plan: ClusterPlan) {
    router = deployment.router
    let count = deployment.replicas.count
    followsLoads = router != .roundRobin && count > 1
    open = ContiguousArray(0..<Int32(count))
    isOpen = ContiguousArray(repeating: true, count: count)
    outstanding = ContiguousArray(repeating: 0, count: count)
    loads = TournamentTree(slots: max(1, count))
    greatest = TournamentTree(slots: max(1, count))
    prefixes = PrefixIndex(blocks: deployment.limits.kvBlocks * max(1, count))
    for replica in 0..<count {
      loads.set(replica, to: 0)
      greatest.set(replica, to: 0)
      if router == .sessionAffinity { ring.add(Int32(replica)) }
    }
    stream = RandomStream(
      seed: plan.seed, replication: plan.replication, purpose: "routing/\(deployment.name)")
  }

  /// Takes note of a replica's load.
  ///
  /// - Parameters:
  ///   - outstanding: requests there and not finished.
  ///   - kvBlocks: blocks in use and promised to waiting prompts. Iterations that are over but not settled may be left
  ///     out: they only add to it.
  mutating func note(replica: Int, outstanding count: Int, kvBlocks: Int) {
    outstanding[replica] = Int32(count)
    guard isOpen[replica] else { return }
    switch router {
    case .leastOutstanding: loads.set(replica, to: Int64(count))
    case .leastKV: loads.set(replica, to: Int64(kvBlocks))
    case .sessionAffinity, .cacheAware:
      loads.set(replica, to: Int64(count))
      greatest.set(replica, to: -Int64(count))
    case .roundRobin, .powerOfTwo: break
    }
  }

  /// Knows of one replica more; no request goes to it yet.
  mutating func addReplica() {
    outstanding.append(0)
    isOpen.append(false)
    loads.grow(to: outstanding.count)
    greatest.grow(to: outstanding.count)
    followsLoads = router != .roundRobin && outstanding.count > 1
  }

  /// Lets requests go to a replica from now on, or no longer. Its load must be told afterwards.
  mutating func setOpen(_ replica: Int, _ opens: Bool) {
    guard isOpen[replica] != opens else { return }
    isOpen[replica] = opens
    let position = open.firstIndex { $0 >= Int32(replica) } ?? open.count
    if opens {
      open.insert(Int32(replica), at: position)
      if position < next { next += 1 }
      loads.set(replica, to: 0)
      greatest.set(replica, to: 0)
      if router == .sessionAffinity { ring.add(Int32(replica)) }
    } else {
      open.remove(at: position)
      if position < next { next -= 1 }
      if next == open.count { next = 0 }
      loads.set(replica, to: .max)
      greatest.set(replica, to: .max)
      ring.remove(Int32(replica))
    }
  }

  /// The replica that gets the request; ties go to the first.
  ///
  /// - Parameters:
  ///   - request: what it is, for routers that follow sessions or prefixes.
  ///   - kvBlocks: the load of a replica as it is now, settled; asked for few of them.
  mutating func choose(_ request: RoutedRequest?, kvBlocks: (Int) -> Int) -> Int {
    guard open.count > 1 else {
      precondition(!open.isEmpty, "a request has come to a deployment none of whose replicas takes any")
      return Int(open[0])
    }
    switch router {
    case .roundRobin:
      let chosen = Int(open[next])
      next = (next + 1) % open.count
      return chosen
    case .leastOutstanding: return loads.least.slot
    case .leastKV: return leastKV(kvBlocks)
    case .powerOfTwo:
      let first = stream.below(open.count)
      var second = stream.below(open.count - 1)
      if second >= first { second += 1 }
      let (a, b) = (Int(open[min(first, second)]), Int(open[max(first, second)]))
      return outstanding[b] < outstanding[a] ? b : a
    case .sessionAffinity:
      guard let session = request?.session, !isUnbalanced else { return loads.least.slot }
      return Int(ring[session])
    case .cacheAware: return cacheAware(request)
    }
  }

  /// Whether some replica has so much more to do than another that this decides.
  private var isUnbalanced: Bool {
    let most = Int32(clamping: -greatest.least.key)
    return LoadGuard.isUnbalanced(least: Int32(clamping: loads.least.key), most: most)
  }

  /// The replica that was sent the longest beginning of the prompt; the least loaded one where that is too short or no
  /// longer takes requests.
  private mutating func cacheAware(_ request: RoutedRequest?) -> Int {
    guard let request, request.promptBlocks > 0 else { return loads.least.slot }
    var chosen = loads.least.slot
    if !isUnbalanced, let known = prefixes.match(request.blocks), isOpen[Int(known.replica)],
      Double(known.count) > LoadGuard.cacheThreshold * Double(request.promptBlocks)
    {
      chosen = Int(known.replica)
    }
    prefixes.note(request.blocks, at: Int32(chosen))
    return chosen
  }

  /// What is noted of a load is never more than the truth. So the replica with the least note has the least load once
  /// its note is found to be true; until then the note is corrected and the next tried.
  private mutating func leastKV(_ kvBlocks: (Int) -> Int) -> Int {
    while true {
      let (replica, noted) = loads.least
      let load = Int64(kvBlocks(replica))
      if load == noted { return replica }
      precondition(
        load > noted, "replica \(replica) holds \(load) blocks where \(noted) were noted: a fall went untold")
      loads.set(replica, to: load)
    }
  }
}
