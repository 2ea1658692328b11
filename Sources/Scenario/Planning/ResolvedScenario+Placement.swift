import Assembly
import Hardware

extension ResolvedScenario {
  /// Which of its replicas go on which server, whatever `gpus` and `server` say.
  ///
  /// - Throws: `PlanningError` for servers that differ.
  public func placementProblem() throws(PlanningError) -> PlacementProblem {
    guard let first = servers.first, servers.allSatisfy({ $0.gpuCount == first.gpuCount && $0.gpu == first.gpu }) else {
      throw PlanningError(["servers differ; only servers that are alike are balanced"])
    }
    return PlacementProblem(
      servers: servers.count, gpusPerServer: first.gpuCount, headWeight: first.gpu.memoryBytes,
      kinds: deployments.map { deployment in
        PlacementProblem.Kind(
          name: deployment.name, count: deployment.placement.count, gpus: deployment.tensorParallel,
          memory: Int64(deployment.balancedMemory * deployment.tensorParallel))
      }
        + services.map { service in
          PlacementProblem.Kind(
            name: service.name, count: service.placement.count, memory: Int64(service.lending?.memory ?? 0))
        })
  }
}

extension ResolvedDeployment {
  /// What each of its GPUs lends, or wants of peers (below zero), bytes.
  fileprivate var balancedMemory: Int {
    if let lending { return lending.memory }
    return paging.destination == .peer || paging.wants != nil ? -(paging.wants ?? engine.swapSpace) : 0
  }
}
