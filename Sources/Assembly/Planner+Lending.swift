import Cluster
import Scenario
import SimCore
import StepTime

extension Planner {
  /// Puts lenders that follow their own load into a plan, and takes what they would lend from borrowers until they do.
  static func lend(in plan: inout ClusterPlan, _ deployments: [PlannedDeployment]) {
    var ofDeployment: [Int: [Int]] = [:]
    for (index, deployment) in deployments.enumerated() {
      guard let lending = deployment.resolved.lending, lending.rule == .informer else { continue }
      for replica in deployment.replicas.indices {
        ofDeployment[index, default: []].append(plan.lenders.count)
        plan.lenders.append(
          LenderPlan(
            lender: ReplicaName(deployment: index, replica: replica),
            blocks: Int(deployment.lentBytesPerGPU / deployment.budget.blockBytes),
            retainedBlocks: Int(Int64(lending.retain) / deployment.budget.blockBytes),
            offerBelowWaiting: lending.offerBelowWaiting, reclaimAtWaiting: lending.reclaimAtWaiting))
      }
    }
    guard !plan.lenders.isEmpty else { return }
    for (index, deployment) in plan.deployments.enumerated() {
      for (replica, place) in deployment.replicas.enumerated() where place.peerBlocks > 0 {
        var lenders: [Int] = []
        for (lenderDeployment, numbers) in ofDeployment.sorted(by: { $0.key < $1.key }) {
          for (lenderReplica, gpus) in deployments[lenderDeployment].replicas.enumerated()
          where place.lenders.contains(where: gpus.contains) {
            lenders.append(numbers[lenderReplica])
          }
        }
        guard !lenders.isEmpty else { continue }
        plan.loans.append(
          LoanPlan(
            borrower: ReplicaName(deployment: index, replica: replica), lenders: lenders, blocks: place.peerBlocks))
        plan.deployments[index].replicas[replica].peerBlocks = 0
      }
    }
  }
}
