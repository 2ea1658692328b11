import Metrics
import SimCore
import Workload

/// Which statistics a request is counted in: one group per (deployment, request class) that the workload can produce.
struct StatisticsGroups {
  var collectors: [GroupCollector] = []
  /// For each stream, the group of its online and of its offline requests; -1 where it makes none.
  var ofStream: [[Int]] = []

  init(_ plan: ClusterPlan) {
    for stream in plan.streams {
      var groups = [-1, -1]
      for (index, requestClass) in [RequestClass.online, .offline].enumerated()
      where stream.stream.canProduce(requestClass) {
        groups[index] = group(stream.deployment, requestClass, stream.objective)
      }
      ofStream.append(groups)
    }
  }

  private mutating func group(_ deployment: Int, _ requestClass: RequestClass, _ objective: ServiceObjective) -> Int {
    for (index, collector) in collectors.enumerated()
    where collector.deployment == Int32(deployment) && collector.requestClass == requestClass {
      return index
    }
    collectors.append(
      GroupCollector(deployment: Int32(deployment), requestClass: requestClass, objective: objective))
    return collectors.count - 1
  }
}

extension WorkloadStream {
  /// Whether a request of this class can come out of the stream; a trace with its own classes can give either.
  func canProduce(_ requestClass: RequestClass) -> Bool {
    components.contains { $0.requestClass == nil || $0.requestClass == requestClass }
  }
}
