import Cluster
import Replica
import SimCore
import Workload

extension RandomPlan {
  /// The same cluster, with adapters, prefixes that are kept off the GPU, or both; where lenders decide by their own
  /// load these are in host memory.
  func fetching() -> RandomPlan {
    var copy = self
    var random = RandomStream(seed: plan.seed, replication: 0, purpose: "random entrance")
    func whole(_ range: ClosedRange<Int>) -> Int { range.lowerBound + random.below(range.count) }
    func chance(_ p: Double) -> Bool { random.uniform() < p }
    let keeps = chance(0.7)
    var entrance = EntrancePlan()
    entrance.keepsPrefixes = keeps
    if !keeps || chance(0.6) {
      entrance.adapters = EntrancePlan.Adapters(
        places: whole(1...4), bytesPerGPU: Int64(whole(1...200)) * 100_000, pieceBytes: 50_000)
    }
    let lendsAlways = plan.lenders.isEmpty && plan.deployments[0].replicas.allSatisfy { !$0.lenders.isEmpty }
    entrance.tier = lendsAlways && chance(0.5) ? .peer : .host
    copy.plan.deployments[0].entrance = entrance
    copy.plan.deployments[0].cachesPrefixes = chance(0.5)
    let longest = plan.deployments[0].limits.maxModelLength
    for index in copy.plan.streams.indices where copy.plan.streams[index].deployment == 0 {
      if keeps, chance(0.7) {
        copy.plan.streams[index].stream.sharedPrefix = SharedPrefix(
          tokens: LengthDistribution(.uniform(low: 1, high: max(1, longest / 3))), groups: 1 + random.below(4),
          exponent: random.uniform() * 2)
      }
      if chance(0.7) {
        copy.plan.streams[index].stream.adapters = AdapterMix(
          count: 1 + random.below(8), exponent: random.uniform() * 2)
      }
    }
    return copy
  }
}
