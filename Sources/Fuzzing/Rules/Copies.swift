import Cluster
import Hardware
import Metrics
import Scheduling
import Workload

extension RunRule {
  /// Everything twice, on servers of its own: both halves do what the one did.
  static let copies = RunRule(
    name: "everything twice", change: { $0.doubled() },
    expected: { plan, rows in
      rows
        + rows.map { row in
          var row = row
          row.stream += Int32(plan.streams.count)
          row.deployment += Int32(plan.deployments.count)
          return row
        }
    })

  /// Streams to other deployments, on servers of their own, change nothing for these.
  static let strangers = RunRule(name: "streams to others added") { plan in
    guard plan.streams.allSatisfy({ $0.prefixBlocks == nil }), var more = plan.doubled() else { return nil }
    for index in plan.streams.count..<more.streams.count { more.streams[index].stream.name += ", added" }
    return more
  }
}

extension ClusterPlan {
  /// The cluster and a copy of it that shares nothing with it; nil where the copy would share switches, and where
  /// requests are routed by their stream's number, which sessions are told apart by.
  fileprivate func doubled() -> ClusterPlan? {
    guard servers.count == 1 || network == .oneSwitch,
      !deployments.contains(where: { $0.router == .sessionAffinity && $0.replicas.count > 1 })
    else { return nil }
    let gpus = servers.reduce(0) { $0 + $1.gpuCount }
    func moved(_ replica: ReplicaPlan) -> ReplicaPlan {
      var replica = replica
      replica.gpus = replica.gpus.map { $0 + gpus }
      replica.lenders = replica.lenders.map { $0 + gpus }
      replica.server += servers.count
      return replica
    }
    var twice = self
    twice.servers += servers
    twice.deployments += deployments.map { deployment in
      var deployment = deployment
      deployment.replicas = deployment.replicas.map(moved)
      return deployment
    }
    twice.streams += streams.map { stream in
      var stream = stream
      stream.deployment += deployments.count
      stream.prefixOrigin = stream.prefixOrigin.map { $0 + streams.count }
      return stream
    }
    twice.lenders += lenders.map { lender in
      var lender = lender
      lender.lender.deployment += deployments.count
      return lender
    }
    twice.loans += loans.map { loan in
      var loan = loan
      loan.borrower.deployment += deployments.count
      loan.lenders = loan.lenders.map { $0 + lenders.count }
      return loan
    }
    // In order of time, as the engine takes them; what happens at one time keeps its order within each half.
    twice.fleet = fleet.flatMap { change in
      var copy = change
      copy.deployment += deployments.count
      if case .add(let replica, let startUp) = change.action { copy.action = .add(moved(replica), startUp: startUp) }
      return [change, copy]
    }
    return twice
  }
}
