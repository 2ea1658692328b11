import Assembly
import Configuration
import Hardware
import HardwareCatalogue

/// On which GPUs of which servers the replicas of a deployment run.
extension ScenarioResolver {
  /// The servers that a deployment's replicas may be on, in order; `nil` after reporting why there are none.
  ///
  /// Without `server` and `servers` these are all that are like the first; with GPUs listed, the first alone.
  func allowedServers(_ map: CheckedMap) -> [Int]? {
    if let both = map["servers"], map.isWritten("server") {
      error(both.position, "'server' and 'servers' exclude each other")
      return nil
    }
    if let list = map["servers"]?.list {
      let numbers = list.compactMap { serverNumber($0) }
      // A list whose entries are mistakes, each told of, is empty.
      guard numbers.count == list.count, !numbers.isEmpty else { return nil }
      for (index, number) in numbers.enumerated() {
        if numbers[..<index].contains(number) {
          error(list[index].position, "server \(number) is listed twice")
          return nil
        }
        guard let first = servers[numbers[0]], let other = servers[number] else { return nil }
        if !other.computesLike(first) {
          error(
            list[index].position,
            "\(called(number)) and \(called(numbers[0])) differ in GPUs, NVLink or profile; replicas of one deployment "
              + "are alike, so give each kind of server a deployment of its own")
          return nil
        }
      }
      return numbers
    }
    if map.isWritten("servers") { return nil }
    if let value = map["server"] { return serverNumber(value).map { [$0] } }
    if map.isWritten("server") || servers.isEmpty { return nil }
    guard let first = servers[0], !map.isWritten("gpus") else { return [0] }
    return servers.indices.filter { servers[$0]?.computesLike(first) ?? false }
  }

  /// The number of a server that is given by number or name; `nil` after reporting why there is none.
  private func serverNumber(_ value: CheckedValue) -> Int? {
    if let number = value.integer {
      if number < servers.count { return number }
      error(value.position, "there is no server \(number); there are \(servers.count), counted from 0")
      return nil
    }
    guard let name = value.text else { return nil }
    let matches = servers.indices.filter { servers[$0]?.name == name }
    if matches.count == 1 { return matches[0] }
    if matches.count > 1 {
      error(value.position, "\(matches.count) servers are called '\(name)'; give the number, from 0")
    } else if servers.allSatisfy({ $0 != nil }) {
      let names = servers.compactMap { $0?.name }
      let distinct = names.enumerated().filter { !names[..<$0.offset].contains($0.element) }.map(\.element)
      let clause = NearestName.clause(for: name, among: distinct, plural: "servers")
      error(value.position, "unknown server '\(name)'\(clause)")
    }
    return nil
  }

  /// How messages call a server.
  private func called(_ server: Int) -> String {
    let name = servers[server]?.name ?? "server"
    return servers.count == 1 ? name : "server \(server) (\(name))"
  }

  /// The GPUs of each replica; they are taken, and written into the map. `nil` after reporting why there are none.
  mutating func place(_ map: inout CheckedMap, on allowed: [Int], degree: Int) -> [ReplicaPlacement]? {
    if map.isWritten("replicas"), map["replicas"] == nil { return nil }
    guard allowed.allSatisfy({ servers[$0] != nil }) else { return nil }
    if let chosen = balanced[deploymentServers.count] {
      return balancedGPUs(
        chosen, degree: degree, for: map.text("name") ?? "this deployment", subject: map.subject, at: map.position)
    }
    let placement: [ReplicaPlacement]?
    if let written = map["gpus"]?.list {
      placement = listedGPUs(map, written, on: allowed, degree: degree)
    } else if map.isWritten("gpus") {
      placement = nil
    } else {
      placement = freeGPUs(
        map.integer("replicas") ?? 1, on: allowed, degree: degree, for: map.text("name") ?? "this deployment",
        subject: map.subject, at: map.position)
    }
    guard let placement else { return nil }
    write(placement, on: allowed, into: &map)
    return placement
  }

  // MARK: GPUs that are listed

  /// GPUs as they are listed, all of one server or server by server.
  private mutating func listedGPUs(
    _ map: CheckedMap, _ written: [CheckedValue], on allowed: [Int], degree: Int
  ) -> [ReplicaPlacement]? {
    let name = map.text("name") ?? "this deployment"
    let position = map.position(of: "gpus")
    var groups: [(server: Int, gpus: [CheckedValue])] = []
    if written.allSatisfy({ $0.integer != nil }) {
      if allowed.count > 1 {
        error(
          position,
          "'gpus' are numbered within a server, and 'servers' names \(allowed.count); write them server by server: "
            + "'gpus: [{server: \(allowed[0]), gpus: [0, 1]}, {server: \(allowed[1]), gpus: [0, 1]}]'")
        return nil
      }
      groups = [(allowed[0], written)]
    } else {
      for value in written {
        guard let entry = value.map else {
          error(value.position, "'gpus' lists either GPUs or servers with their GPUs, not both")
          return nil
        }
        guard let server = entry["server"].flatMap({ serverNumber($0) }) else { return nil }
        guard mayUse(server, of: map, allowed, at: entry.position(of: "server")) else { return nil }
        groups.append((server, entry.list("gpus")))
      }
    }
    var isRight = true
    for (server, gpus) in groups {
      for gpu in gpus { isRight = take(gpu, of: server, for: name) && isRight }
    }
    guard hasRightCount(map, groups.map { ($0.server, $0.gpus.count) }, degree: degree), isRight else { return nil }
    return groups.flatMap { server, values in
      let gpus = values.compactMap(\.integer)
      return stride(from: 0, to: gpus.count, by: degree).map {
        ReplicaPlacement(server: server, gpus: Array(gpus[$0..<($0 + degree)]))
      }
    }
  }

  /// Whether a server whose GPUs are listed is one that the deployment can be on.
  private func mayUse(_ server: Int, of map: CheckedMap, _ allowed: [Int], at position: Position) -> Bool {
    if allowed.contains(server) { return true }
    if map.isWritten("server") || map.isWritten("servers") {
      error(position, "\(called(server)) is not among the deployment's servers")
      return false
    }
    // Without either, the servers are those listed; they must be alike.
    guard let first = servers[allowed[0]], let other = servers[server] else { return false }
    if other.computesLike(first) { return true }
    error(
      position,
      "\(called(server)) and \(called(allowed[0])) differ in GPUs, NVLink or profile; replicas of one deployment are "
        + "alike, so give each kind of server a deployment of its own")
    return false
  }

  private mutating func take(_ value: CheckedValue, of server: Int, for name: String) -> Bool {
    guard let gpu = value.integer, let spec = servers[server] else { return false }
    if gpu >= spec.gpuCount {
      error(value.position, "there is no GPU \(gpu) in \(spec.name), which has \(spec.gpuCount), counted from 0")
      return false
    }
    if let owner = gpuOwners[server][gpu] {
      let place = servers.count > 1 ? " of server \(server)" : ""
      error(
        value.position,
        owner == name ? "GPU \(gpu)\(place) is listed twice" : "GPU \(gpu)\(place) already belongs to '\(owner)'")
      return false
    }
    gpuOwners[server][gpu] = name
    return true
  }

  /// Whether the GPUs listed make whole replicas, as many as 'replicas' says.
  private func hasRightCount(_ map: CheckedMap, _ counts: [(server: Int, gpus: Int)], degree: Int) -> Bool {
    let position = map.position(of: "gpus")
    for (server, count) in counts where counts.count > 1 && count % degree != 0 {
      error(
        position,
        "'gpus' lists \(count) GPUs of server \(server); a replica of \(degree) GPUs is within one server, so "
          + "list a multiple of \(degree) of each")
      return false
    }
    let total = counts.reduce(0) { $0 + $1.gpus }
    let replicas = map.integer("replicas") ?? total / degree
    if total == degree * replicas, replicas > 0 { return true }
    let sum =
      map.isWritten("replicas")
      ? "\(replicas) replicas of \(degree) \(degree == 1 ? "GPU" : "GPUs") need \(degree * replicas)"
      : "tensor_parallel \(degree) needs a multiple of \(degree)"
    error(position, "'gpus' lists \(total) GPUs; \(sum)")
    return false
  }

  // MARK: GPUs that are free

  /// The first free GPUs for so many replicas, server by server; a replica stays within one. They are taken.
  mutating func freeGPUs(
    _ wanted: Int, on allowed: [Int], degree: Int, for name: String, subject: String, at position: Position
  ) -> [ReplicaPlacement]? {
    var placement: [ReplicaPlacement] = []
    for server in allowed {
      guard let spec = servers[server] else { return nil }
      let free = (0..<spec.gpuCount).filter { gpuOwners[server][$0] == nil }
      for start in stride(from: 0, through: free.count - degree, by: degree) where placement.count < wanted {
        placement.append(ReplicaPlacement(server: server, gpus: Array(free[start..<(start + degree)])))
      }
    }
    guard placement.count == wanted else {
      error(position, shortage(subject, wanted: wanted, placed: placement.count, on: allowed, degree: degree))
      return nil
    }
    for replica in placement {
      for gpu in replica.gpus { gpuOwners[replica.server][gpu] = name }
    }
    return placement
  }

  /// Why a deployment does not fit: what it needs, what each server has left and who has the rest, what would help.
  private func shortage(_ subject: String, wanted: Int, placed: Int, on allowed: [Int], degree: Int) -> String {
    let gpus = "\(wanted * degree) \(wanted * degree == 1 ? "GPU" : "GPUs")"
    var needs = "\(subject) needs \(gpus)"
    if wanted > 1 && degree > 1 { needs += ", \(wanted) replicas of \(degree)" }
    let largest = allowed.compactMap { servers[$0]?.gpuCount }.max() ?? 0
    if degree > largest {
      return needs
        + " in one server; \(called(allowed[0])) has \(largest): a tensor-parallel group over several servers is "
        + "not modelled"
    }
    if degree > 1 && allowed.count > 1 { needs += ", each within one server" }
    var left: [String] = []
    for server in allowed.prefix(8) {
      let taken = gpuOwners[server]
      let count = servers[server]?.gpuCount ?? 0
      var words = "\(called(server)) has \(count - taken.count) of \(count) left"
      let owners = Set(taken.values).sorted().map { owner in "'\(owner)' \(taken.values.count { $0 == owner })" }
      if !owners.isEmpty { words += " (" + owners.joined(separator: ", ") + ")" }
      left.append(words)
    }
    if allowed.count > 8 { left.append("and so on to \(called(allowed[allowed.count - 1]))") }
    var message = needs + "; " + left.joined(separator: ", ")
    let more = (wanted - placed + largest / degree - 1) / (largest / degree)
    let kind = servers[allowed[0]]
    if servers.allSatisfy({ $0 == kind }), let name = kind?.name {
      let count = servers.count + more
      message +=
        HardwareCatalogue.server(named: name) == kind
        ? "; with 'servers: [{like: \(name), count: \(count)}]' it fits"
        : "; \(count) such servers would do: give 'servers' one with 'count: \(count)'"
    } else if allowed.count < servers.count {
      message += "; other servers are not used, because 'server' or 'servers' leaves them out or their GPUs differ"
    }
    return message
  }

  // MARK: What is written out

  /// Writes a placement into the map, so that the scenario printed resolves to the same.
  private func write(_ placement: [ReplicaPlacement], on allowed: [Int], into map: inout CheckedMap) {
    let position = map.position(of: "gpus")
    let servers = placement.map(\.server)
    func list(_ gpus: [Int]) -> CheckedValue {
      CheckedValue(.list(gpus.map { CheckedValue(.integer($0), at: position) }), at: position)
    }
    map.set("replicas", CheckedValue(.integer(placement.count), at: position))
    // Replicas that come later may be on servers that those at first do not fill.
    if allowed.count > 1, self.map.isWritten("fleet"), !map.isWritten("gpus") { return }
    let serverPosition = map.position(of: map.isWritten("servers") ? "servers" : "server")
    if Set(servers).count == 1 {
      map.set("gpus", list(placement.flatMap(\.gpus)))
      map.set("server", CheckedValue(.integer(servers[0]), at: serverPosition))
      map.remove("servers")
      return
    }
    // What is chosen over several servers is chosen again.
    guard map.isWritten("gpus") else { return }
    var entries: [CheckedValue] = []
    for (index, server) in servers.enumerated() where index == 0 || servers[index - 1] != server {
      let own = placement[index...].prefix { $0.server == server }.flatMap(\.gpus)
      var entry = CheckedMap(ScenarioSections.serverGPUs, path: "\(map.path).gpus[\(entries.count)]", at: position)
      entry.set("server", CheckedValue(.integer(server), at: position))
      entry.set("gpus", list(own))
      entries.append(CheckedValue(.mapping(entry), at: position))
    }
    map.set("gpus", CheckedValue(.list(entries), at: position))
    map.remove("server")
    map.remove("servers")
  }
}

extension ServerSpec {
  /// Whether iterations take the same time on both, so that replicas of one deployment can be on either.
  func computesLike(_ other: ServerSpec) -> Bool {
    gpu == other.gpu && peerLink == other.peerLink && fabric == other.fabric && profile == other.profile
  }
}
