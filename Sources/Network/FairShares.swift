/// Max-min fair rates by progressive filling.
///
/// All undecided flows rise together. The next to stop rising are those that reach their own limit, or, if a resource
/// fills up first, those that cross it. A rate is fair in this sense when no flow could have more without taking
/// from one that has less (Bertsekas and Gallager, *Data Networks*, 2nd ed., section 6.5.2).
///
/// Flows are visited in order of starting and resources in the order the flows name them, so equal inputs give equal
/// bits. Cost: O((flows + resources in use) x distinct rates); nothing is allocated once the buffers have grown.
struct FairShares: Sendable {
  /// Undistributed bytes per second of each resource; valid for `touched`.
  private var left: ContiguousArray<Double>
  /// Undecided flows on each resource; zero outside a calculation.
  private var count: ContiguousArray<Int32>
  /// What those flows take for each byte, together; valid where there are any.
  private var load: ContiguousArray<Double>
  /// The resources that the flows of the latest calculation cross.
  private(set) var touched: ContiguousArray<Int32> = []

  init(resourceCount: Int) {
    left = ContiguousArray(repeating: 0, count: resourceCount)
    count = ContiguousArray(repeating: 0, count: resourceCount)
    load = ContiguousArray(repeating: 0, count: resourceCount)
    touched.reserveCapacity(resourceCount)
  }

  /// Sets `nextRate` of every flow.
  mutating func divide(_ flows: inout ContiguousArray<Flow>, _ capacities: ContiguousArray<Double>, at now: Int64) {
    var undecided = enlist(&flows, capacities, now)
    while undecided > 0 {
      var share = Double.infinity
      var bottleneck: Int32 = -1
      for resource in touched where count[Int(resource)] > 0 {
        let each = left[Int(resource)] / load[Int(resource)]
        if each < share { (share, bottleneck) = (each, resource) }
      }
      var decided = 0
      for index in flows.indices where flows[index].nextRate < 0 && flows[index].timing.rateLimit <= share {
        decide(&flows[index], flows[index].timing.rateLimit)
        decided += 1
      }
      if decided == 0 {
        for index in flows.indices where flows[index].nextRate < 0 && crosses(flows[index], bottleneck) {
          decide(&flows[index], share)
          decided += 1
        }
      }
      undecided -= decided
    }
  }

  private mutating func enlist(
    _ flows: inout ContiguousArray<Flow>, _ capacities: ContiguousArray<Double>, _ now: Int64
  ) -> Int {
    touched.removeAll(keepingCapacity: true)
    var undecided = 0
    for index in flows.indices {
      guard flows[index].sharesLinks(at: now) else {
        flows[index].nextRate = 0
        continue
      }
      flows[index].nextRate = -1
      undecided += 1
      for step in 0..<Int(flows[index].route.count) {
        let resource = Int(flows[index].route.resources[step])
        if count[resource] == 0 {
          left[resource] = capacities[resource]
          load[resource] = 0
          touched.append(Int32(resource))
        }
        count[resource] += 1
        load[resource] += flows[index].route.weight(step)
      }
    }
    return undecided
  }

  private mutating func decide(_ flow: inout Flow, _ rate: Double) {
    flow.nextRate = rate
    for step in 0..<Int(flow.route.count) {
      let resource = Int(flow.route.resources[step])
      let weight = flow.route.weight(step)
      left[resource] -= rate * weight
      count[resource] -= 1
      load[resource] -= weight
    }
  }

  private func crosses(_ flow: Flow, _ resource: Int32) -> Bool {
    for step in 0..<Int(flow.route.count) where flow.route.resources[step] == resource { return true }
    return false
  }
}
