import Assembly
import Configuration
import SimCore

/// How the fleet changes during the run.
extension ScenarioResolver {
  /// One replica of a deployment, through its life.
  private struct ReplicaLife {
    var placement: ReplicaPlacement
    /// When it takes requests.
    var ready = SimDuration.zero
    var isLeaving = false
    var isGone = false
  }

  /// All changes in order of time; at one time, in the order written.
  mutating func resolveFleet(policies: [ResolvedPolicy]) -> [ResolvedFleetChange] {
    var written = map.list("fleet")
    guard !written.isEmpty, deployments.allSatisfy({ $0 != nil }), !deployments.isEmpty else { return [] }
    var replicas = deployments.map { ($0?.placement ?? []).map { ReplicaLife(placement: $0) } }
    var order: [(time: SimDuration, index: Int)] = []
    for (index, value) in written.enumerated() {
      if let time = value.map?.duration("at") { order.append((time, index)) }
    }
    order.sort { ($0.time, $0.index) < ($1.time, $1.index) }
    var changes: [ResolvedFleetChange] = []
    for (time, index) in order {
      guard var entry = written[index].map, let deployment = fleetDeployment(&entry) else { continue }
      written[index] = CheckedValue(.mapping(entry), at: written[index].position)
      if let obstacle = fleetObstacle(deployment, policies) {
        error(entry.position(of: "deployment"), obstacle)
        continue
      }
      guard let action = fleetAction(entry, of: deployment, at: time, &replicas[deployment]) else { continue }
      changes.append(ResolvedFleetChange(time: time, deployment: deployment, action: action))
      let takesRequests = replicas[deployment].contains { !$0.isLeaving && $0.ready <= time }
      if !takesRequests {
        error(
          entry.position,
          "at \(entry["at"]?.yaml ?? "") no replica of '\(deploymentNames[deployment] ?? "")' takes requests any more")
        return changes
      }
    }
    map.set("fleet", CheckedValue(.list(written), at: map.position(of: "fleet")))
    return changes
  }

  /// The deployment that a change is of.
  private func fleetDeployment(_ entry: inout CheckedMap) -> Int? {
    guard let name = entry.text("deployment") else {
      if entry.isWritten("deployment") { return nil }
      if deploymentNames.count == 1, let only = deploymentNames[0] {
        entry.set("deployment", CheckedValue(.text(only), at: entry.position))
        return 0
      }
      let names = deploymentNames.compactMap { $0 }.joined(separator: ", ")
      error(entry.position, "\(entry.subject) lacks the key 'deployment', one of: \(names)")
      return nil
    }
    if let index = deploymentNames.firstIndex(of: name) {
      if !isService(index) { return index }
      error(entry.position(of: "deployment"), "'\(name)' is a service; its replicas stay as they are")
      return nil
    }
    let clause = NearestName.clause(for: name, among: deploymentNames.compactMap { $0 }, plural: "deployments")
    error(entry.position(of: "deployment"), "unknown deployment '\(name)'\(clause)")
    return nil
  }

  /// Why a deployment's replicas must stay as they are; `nil` when they may come and go.
  private func fleetObstacle(_ index: Int, _ policies: [ResolvedPolicy]) -> String? {
    guard let deployment = deployments[index] else { return nil }
    if deployment.lending != nil {
      return "'\(deployment.name)' lends memory; that a lender comes or goes is not modelled"
    }
    if deployment.engine.sharesExperts {
      return "replicas of '\(deployment.name)' share their experts; that one comes or goes is not modelled"
    }
    if deployment.engine.adapters != nil || deployment.paging.storesPrefixes {
      return "'\(deployment.name)' fetches adapters or prefixes; that such a replica comes or goes is not modelled"
    }
    let own = deployment.policy.map { [$0] } ?? policies
    let borrows = own.contains { ($0.pagingDestination ?? deployment.paging.destination) == .peer }
    if borrows, !deployment.paging.lenders.isEmpty {
      return "'\(deployment.name)' pages to peers; that a borrower comes or goes is not modelled"
    }
    return nil
  }

  private mutating func fleetAction(
    _ entry: CheckedMap, of deployment: Int, at time: SimDuration, _ replicas: inout [ReplicaLife]
  ) -> ResolvedFleetChange.Action? {
    let actions = ["add", "drain", "remove"].filter { entry.isWritten($0) }
    guard actions.count == 1, let action = actions.first else {
      error(entry.position, "\(entry.subject) wants one of 'add', 'drain' and 'remove'")
      return nil
    }
    guard entry[action] != nil else { return nil }
    for (key, owners) in [("start_up", ["add"]), ("hand_over", ["drain", "remove"])]
    where entry.isWritten(key) && !owners.contains(action) {
      error(
        entry.position(of: key),
        "'\(key)' belongs to \(owners.map { "'\($0)'" }.joined(separator: " and ")), not to '\(action)'")
      return nil
    }
    if action == "add" { return addition(entry, of: deployment, at: time, &replicas) }
    guard let chosen = leaving(entry, action, of: deployment, at: time, replicas) else { return nil }
    let handsOver = entry.boolean("hand_over") ?? false
    for replica in chosen {
      replicas[replica].isLeaving = true
      guard action == "remove" else { continue }
      replicas[replica].isGone = true
      // With a hand-over nobody knows when its GPUs are free.
      if handsOver { continue }
      let place = replicas[replica].placement
      for gpu in place.gpus { gpuOwners[place.server][gpu] = nil }
    }
    return action == "drain" ? .drain(chosen, handsOver: handsOver) : .remove(chosen, handsOver: handsOver)
  }

  private mutating func addition(
    _ entry: CheckedMap, of deployment: Int, at time: SimDuration, _ replicas: inout [ReplicaLife]
  ) -> ResolvedFleetChange.Action? {
    guard let count = entry.integer("add"), let resolved = deployments[deployment] else { return nil }
    if entry.isWritten("start_up"), entry["start_up"] == nil { return nil }
    let startUp = entry.duration("start_up") ?? ResolvedFleetChange.assumedStartUp
    let allowed = deploymentServers[deployment]
    guard
      let placement = freeGPUs(
        count, on: allowed, degree: resolved.tensorParallel, for: resolved.name, subject: entry.subject,
        at: entry.position(of: "add"))
    else { return nil }
    replicas += placement.map { ReplicaLife(placement: $0, ready: time + startUp) }
    return .add(placement, startUp: startUp)
  }

  /// The replicas that take leave: those listed, or so many of the last ones.
  private func leaving(
    _ entry: CheckedMap, _ action: String, of deployment: Int, at time: SimDuration, _ replicas: [ReplicaLife]
  ) -> [Int]? {
    let name = deploymentNames[deployment] ?? ""
    let position = entry.position(of: action)
    func may(_ replica: Int) -> Bool {
      action == "remove" ? !replicas[replica].isGone : !replicas[replica].isLeaving
    }
    if let count = entry.integer(action) {
      let candidates = replicas.indices.filter { !replicas[$0].isLeaving }
      if candidates.count >= count { return Array(candidates.suffix(count)) }
      error(position, "'\(name)' has \(candidates.count) replicas at that time, fewer than \(count)")
      return nil
    }
    var chosen: [Int] = []
    for value in entry.list(action) {
      guard let replica = value.integer else { return nil }
      if replica >= replicas.count {
        error(
          value.position, "'\(name)' has no replica \(replica) at that time; it has \(replicas.count), counted from 0")
        return nil
      }
      if chosen.contains(replica) || !may(replica) {
        error(value.position, "replica \(replica) of '\(name)' has left before")
        return nil
      }
      chosen.append(replica)
    }
    return chosen
  }
}
