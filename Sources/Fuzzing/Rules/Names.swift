import Cluster
import Scheduling
import SimCore
import StepTime
import Workload

extension RunRule {
  /// Other names of deployments for which nothing is drawn, and of streams likewise, change nothing.
  static let names = RunRule(name: "other names") { plan in
    var renamed = plan
    var count = 0
    for index in plan.deployments.indices where !plan.drawsByName(index) {
      renamed.deployments[index].name += ", renamed"
      count += 1
    }
    for index in plan.streams.indices where plan.streams[index].stream.isGiven {
      renamed.streams[index].stream.name += ", renamed"
      count += 1
    }
    return count > 0 ? renamed : nil
  }

  /// The same requests written down, under another seed: where nothing else is drawn, the seed is the requests.
  static let seeds = RunRule(name: "the same requests under another seed") { plan in
    guard !plan.deployments.indices.contains(where: plan.drawsByName), var other = try plan.listed() else { return nil }
    other.seed = plan.seed == .max ? 1 : plan.seed + 1
    return other
  }
}

extension ClusterPlan {
  /// Whether a deployment's routing or its hosts draw random numbers, which go by its name.
  fileprivate func drawsByName(_ index: Int) -> Bool {
    let deployment = deployments[index]
    let grows = fleet.contains { change in
      if case .add = change.action { change.deployment == index } else { false }
    }
    let isRouted = deployment.replicas.count > 1 || grows
    return deployment.router == .powerOfTwo && isRouted || deployment.host.variation != nil
  }
}

extension WorkloadStream {
  /// Whether nothing of it is drawn.
  fileprivate var isGiven: Bool {
    switch arrivals {
    case .constant, .batch, .listed: break
    default: return false
    }
    guard components.count == 1, sharedPrefix == nil, adapters == nil, conversations == nil else { return false }
    switch components[0].lengths {
    case .recorded: return true
    case .pairs: return false
    case .independent(let prompt, let output):
      guard case .fixed = prompt.shape, case .fixed = output.shape else { return false }
      return true
    }
  }

  /// Whether its requests come whatever happens to those before them, and are known by their lengths alone.
  var isOpen: Bool {
    if case .closedLoop = arrivals { return false }
    return sharedPrefix == nil && adapters == nil && conversations == nil
  }

  /// The most requests that are asked of a stream here; runs of the harness have fewer.
  private static let most = 1_000

  /// All of its requests, with their times on the run's clock; nil where answers decide what comes, or it does not end.
  func requests(number: Int, of plan: ClusterPlan) throws -> [Request]? {
    guard isOpen else { return nil }
    let source = try RequestSource(self, number: Int32(number), seed: plan.seed, replication: plan.replication)
    var requests: [Request] = []
    while source.nextTime != .never {
      requests.append(try source.take())
      if requests.count > Self.most { return nil }
    }
    return requests
  }
}

extension ClusterPlan {
  /// The plan with every request written down in place of what it was drawn from; nil where that cannot be.
  func listed() throws -> ClusterPlan? {
    var plan = self
    for (index, stream) in streams.enumerated() {
      guard stream.prefixBlocks == nil, let requests = try stream.stream.requests(number: index, of: self) else {
        return nil
      }
      plan.streams[index].stream.arrivals = .listed(requests)
      plan.streams[index].stream.components = [WorkloadComponent(lengths: .recorded)]
      plan.streams[index].stream.start = .zero
      plan.streams[index].stream.durationLimit = nil
      // What is written down has bounds that drawn times need not keep, such as the longest time of a request.
      guard plan.streams[index].stream.problems().isEmpty else { return nil }
    }
    return plan
  }
}
