import Assembly
import Cluster
import Replica
import Scheduling
import SimCore
import TextIO
import Workload

extension ResolvedScenario {
  /// Sets aside, where paging goes, what is kept off the GPU for requests to fetch: adapters, and prefixes that prompts
  /// share.
  ///
  /// - Throws: `PlanningError` where that does not fit, or cannot be fetched.
  func keepOffGPU(
    _ plans: inout [DeploymentPlan], _ planned: [PlannedDeployment], under policy: ResolvedPolicy?, replication: Int
  ) throws(PlanningError) {
    var problems: [String] = []
    for index in plans.indices {
      let paging = deployments[index].paging
      let blockBytes = plans[index].blockBytesPerGPU
      let size = plans[index].limits.blockSize
      var bytes: Int64 = 0
      var what: [String] = []
      let served = streams.filter { $0.deployment == index }.map(\.workload)
      if let adapters = plans[index].entrance.adapters {
        let count = served.reduce(0) { $0 + ($1.adapters?.count ?? 0) }
        bytes += Int64(count) * adapters.bytesPerGPU
        what.append("\(count) adapters")
      }
      if paging.storesPrefixes {
        let lengths = served.flatMap { $0.prefixLengths(seed: seed, replication: replication) }
        bytes += lengths.reduce(Int64(0)) { $0 + Int64($1 / size) * blockBytes }
        what.append("\(lengths.count) prefixes")
        plans[index].entrance.keepsPrefixes = true
        let choice = plans[index].policy
        if !choice.type.init(choice.parameters, limits: plans[index].limits).resumes(.online) {
          problems.append(
            "deployment '\(plans[index].name)': under '\(choice.type.descriptor.name)', as it is set, requests cannot "
              + "start from KV that is fetched; leave out 'stored_prefixes'")
        }
      }
      guard !what.isEmpty else { continue }
      let own = deployments[index].policy ?? policy
      let toPeer = (own?.pagingDestination ?? paging.destination) == .peer
      plans[index].entrance.tier = toPeer ? .peer : .host
      if toPeer, paging.lenders.contains(where: { planned[$0].description.lending?.rule == .informer }) {
        problems.append(
          "deployment '\(plans[index].name)': keeps \(what.joined(separator: " and ")) with a lender that may want its "
            + "memory back; give it one that always lends, 'lend: 20 GB'")
      }
      let blocks = Int((bytes + blockBytes - 1) / blockBytes)
      for replica in plans[index].replicas.indices {
        let place = plans[index].replicas[replica]
        let room = toPeer ? place.peerBlocks : place.hostBlocks
        guard blocks <= room, !toPeer || !place.lenders.isEmpty else {
          problems.append(
            "deployment '\(plans[index].name)': \(what.joined(separator: " and ")) take "
              + "\(Printable.gigabytes(bytes)) per GPU, and \(toPeer ? "lenders give" : "'swap_space' has") "
              + "\(Printable.gigabytes(Int64(room) * blockBytes)); raise "
              + (toPeer ? "'lend'" : "'swap_space'"))
          break
        }
        if toPeer {
          plans[index].replicas[replica].peerBlocks -= blocks
        } else {
          plans[index].replicas[replica].hostBlocks -= blocks
        }
      }
    }
    if !problems.isEmpty { throw PlanningError(problems) }
  }
}
