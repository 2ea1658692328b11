import Assembly
import Hardware
import Scenario
import StepTime

/// A deployment with the figures that `explain` works out from it.
package struct ExplainedDeployment {
  package var planned: PlannedDeployment
  package var engine: ExplainedEngine
  /// nil for a deployment without requests.
  package var typical: TypicalRequest?
  package var examples: [WorkedExample]
  package var paging: [PagingExample]
  /// nil without requests, or when no typical request fits.
  package var capacity: CapacityEstimate?

  /// - Parameter index: the deployment's.
  /// - Throws: `WorkloadError` when a trace cannot be read.
  package init(_ planned: PlannedDeployment, at index: Int, in scenario: ResolvedScenario) throws {
    let typical = try TypicalRequest(ofDeployment: index, in: scenario)
    engine = try ExplainedEngine(ofDeployment: index, in: scenario)
    self.planned = planned
    self.typical = typical
    examples = WorkedExample.all(for: planned)
    paging =
      typical.map {
        PagingExample.all(
          for: planned, servers: scenario.servers, joinedBy: scenario.network, tokens: $0.residentTokens)
      } ?? []
    capacity = typical.flatMap { CapacityEstimate(planned, $0) }
  }

  /// KV memory left when the lent part is gone, bytes per GPU.
  package var keptBytes: Int64 { planned.budget.keyValuePool - planned.lentBytesPerGPU }
  package var keyValueTokens: Int { planned.keyValueBlocks * planned.budget.blockSize }

  /// Whether the profile that the server names has kernel times; without, they are the catalogue's.
  package var profileHasKernelTimes: Bool {
    guard let profile = planned.server.profile else { return false }
    return ((try? StepTimeProfile.measured(text: profile.text, file: profile.path)) ?? nil) != nil
  }

  /// For example `2 replicas of 4 x h100-sxm-80gb`.
  package var placement: String {
    let count = planned.replicas.count
    let gpus = planned.description.engine.tensorParallel
    let servers = Set(planned.description.placement.map(\.server)).count
    return "\(count) replica\(count == 1 ? "" : "s") of \(gpus) x \(planned.server.gpu.name)"
      + (servers > 1 ? " on \(servers) servers" : "")
  }
}
