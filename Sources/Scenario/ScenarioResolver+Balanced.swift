import Assembly
import Configuration
import Hardware

/// `placement: balanced`: replicas go where lenders and borrowers of memory meet.
extension ScenarioResolver {
  /// For each deployment written that names no servers or GPUs, the servers of its replicas; empty without the key.
  mutating func balancedServers() -> [Int: [Int]] {
    guard map.text("placement") == "balanced" else { return [:] }
    let position = map.position(of: "placement")
    guard let first = servers.first.flatMap({ $0 }), servers.allSatisfy({ $0 != nil }) else { return [:] }
    guard servers.allSatisfy({ $0?.gpuCount == first.gpuCount && $0?.gpu == first.gpu }) else {
      error(position, "servers differ; 'placement: balanced' is for servers that are alike")
      return [:]
    }
    let maps = (map.list("deployments") + map.list("services")).map(\.map)
    if let fixed = maps.compactMap({ $0 }).first(where: { map in
      ["gpus", "server", "servers"].contains(where: map.isWritten)
    }) {
      error(
        fixed.position,
        "\(fixed.subject) says where it runs, and 'placement: balanced' chooses for all; leave out one of the two")
      return [:]
    }
    let kinds = maps.enumerated().map { index, map in
      PlacementProblem.Kind(
        name: map?.text("name") ?? "\(index)", count: map.map { $0.integer("replicas") ?? 1 } ?? 0,
        gpus: map.map(Self.gpus) ?? 1,
        memory: map.map { Int64(Self.balancedMemory($0, on: first.gpu) * Self.gpus($0)) } ?? 0)
    }
    let problem = PlacementProblem(
      servers: servers.count, gpusPerServer: first.gpuCount, headWeight: first.gpu.memoryBytes, kinds: kinds)
    guard let solution = PlacementSolver().solve(problem) else {
      error(position, "the replicas do not fit \(servers.count) servers of \(first.gpuCount) GPUs")
      return [:]
    }
    var places: [Int: [Int]] = [:]
    for (server, counts) in solution.placement.counts.enumerated() {
      for (kind, count) in counts.enumerated() where count > 0 {
        places[kind, default: []] += Array(repeating: server, count: count)
      }
    }
    return places
  }

  /// GPUs of a replica of a deployment or a service.
  private static func gpus(_ map: CheckedMap) -> Int {
    map.section.key("tensor_parallel") == nil ? 1 : map.integer("tensor_parallel") ?? 1
  }

  /// What each GPU of a deployment lends, or wants of peers (below zero), bytes.
  private static func balancedMemory(_ map: CheckedMap, on gpu: GPUSpec) -> Int {
    guard map.section.key("paging") != nil else { return offer(ofService: map, on: gpu) }
    if let lend = map["lend"] { return lend.bytes ?? lend.map?.bytes("memory") ?? 0 }
    guard let paging = map.map("paging") else { return 0 }
    let swap = map.map("engine")?.bytes("swap_space") ?? 0
    return paging.text("destination") == "peer" || paging.isWritten("wants") ? -(paging.bytes("wants") ?? swap) : 0
  }

  /// The first free GPUs of each replica on the server that is chosen for it.
  mutating func balancedGPUs(
    _ chosen: [Int], degree: Int, for name: String, subject: String, at position: Position
  ) -> [ReplicaPlacement]? {
    var placement: [ReplicaPlacement] = []
    for server in chosen {
      guard let one = freeGPUs(1, on: [server], degree: degree, for: name, subject: subject, at: position) else {
        return nil
      }
      placement += one
    }
    return placement
  }
}
