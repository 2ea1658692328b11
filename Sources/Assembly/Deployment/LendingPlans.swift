import Cluster
import StepTime

extension ClusterPlan {
  /// Adds lenders that follow their own load, and takes what they would lend from borrowers until they do.
  ///
  /// - Parameters:
  ///   - deployments: those that the plan's were made of, in order.
  ///   - services: those of the plan's that come after these.
  public mutating func addLenders(of deployments: [PlannedDeployment], services: [PlannedService] = []) {
    var ofDeployment: [Int: [Int]] = [:]
    let parties = deployments.map { LendingParty($0) } + services.map { LendingParty($0) }
    for (index, service) in services.enumerated() where service.description.lending?.rule == .batch {
      for replica in service.replicas.indices {
        let name = ReplicaName(deployment: deployments.count + index, replica: replica)
        var lender = LenderPlan(
          lender: name, blocks: service.lentBlocks, retainedBlocks: 0, offerBelowWaiting: 0, reclaimAtWaiting: .max)
        lender.offersAfterFullBatch = true
        ofDeployment[name.deployment, default: []].append(lenders.count)
        lenders.append(lender)
      }
    }
    for (index, deployment) in deployments.enumerated() {
      guard let lending = deployment.description.lending, lending.rule == .informer else { continue }
      for replica in deployment.replicas.indices {
        ofDeployment[index, default: []].append(lenders.count)
        lenders.append(
          LenderPlan(
            lender: ReplicaName(deployment: index, replica: replica),
            blocks: Int(deployment.lentBytesPerGPU / deployment.budget.blockBytes),
            retainedBlocks: Int(Int64(lending.retain) / deployment.budget.blockBytes),
            offerBelowWaiting: lending.offerBelowWaiting, reclaimAtWaiting: lending.reclaimAtWaiting))
      }
    }
    guard !lenders.isEmpty else { return }
    for (index, deployment) in self.deployments.enumerated() {
      for (replica, place) in deployment.replicas.enumerated() where place.peerBlocks > 0 {
        var ofBorrower: [Int] = []
        for (lenderDeployment, numbers) in ofDeployment.sorted(by: { $0.key < $1.key }) {
          for (lenderReplica, gpus) in parties[lenderDeployment].replicas.enumerated()
          where place.lenders.contains(where: gpus.contains) {
            ofBorrower.append(numbers[lenderReplica])
          }
        }
        guard !ofBorrower.isEmpty else { continue }
        loans.append(
          LoanPlan(
            borrower: ReplicaName(deployment: index, replica: replica), lenders: ofBorrower,
            blocks: place.peerBlocks))
        self.deployments[index].replicas[replica].peerBlocks = 0
      }
    }
  }
}
