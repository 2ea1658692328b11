import Replica
import SimCore

/// A deployment's router and what it remembers between requests.
struct RoutingState {
  private let router: Router
  private let firstEngine: Int
  private let count: Int
  private var next = 0
  private var stream: RandomStream

  init(_ deployment: DeploymentPlan, firstEngine: Int, plan: ClusterPlan) {
    router = deployment.router
    self.firstEngine = firstEngine
    count = deployment.replicas.count
    stream = RandomStream(
      seed: plan.seed, replication: plan.replication, purpose: "routing/\(deployment.name)")
  }

  /// The index of the engine that gets the request; ties go to the first replica.
  mutating func choose(_ engines: [Engine], at now: SimTime) -> Int {
    guard count > 1 else { return firstEngine }
    switch router {
    case .roundRobin:
      let chosen = firstEngine + next
      next = (next + 1) % count
      return chosen
    case .leastOutstanding:
      return best { engines[$0].outstanding }
    case .leastKV:
      return best { index in
        let engine = engines[index]
        engine.bringUpToDate(to: now)
        return engine.state.local.used + engine.waitingBlocks
      }
    case .powerOfTwo:
      let first = stream.below(count)
      var second = stream.below(count - 1)
      if second >= first { second += 1 }
      let (a, b) = (firstEngine + min(first, second), firstEngine + max(first, second))
      return engines[b].outstanding < engines[a].outstanding ? b : a
    }
  }

  private func best(_ load: (Int) -> Int) -> Int {
    var chosen = firstEngine
    var least = Int.max
    for index in firstEngine..<firstEngine + count {
      let value = load(index)
      if value < least {
        least = value
        chosen = index
      }
    }
    return chosen
  }
}
