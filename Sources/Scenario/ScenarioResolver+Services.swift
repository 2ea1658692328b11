import Assembly
import Configuration
import Hardware
import SimCore
import TextIO

extension ScenarioResolver {
  /// Models that serve batches in a fixed time; they are numbered after the deployments.
  mutating func resolveServices() {
    let values = map.list("services")
    guard !values.isEmpty else { return }
    firstService = deploymentNames.count
    var written: [CheckedValue] = []
    for value in values {
      guard var map = value.map else { continue }
      if let name = map.text("name"), deploymentNames.contains(name) {
        error(map.position(of: "name"), "two deployments or services are called '\(name)'")
      }
      deploymentNames.append(map.text("name"))
      services.append(resolveService(&map))
      written.append(CheckedValue(.mapping(map), at: value.position))
    }
    map.set("services", CheckedValue(.list(written), at: map.position(of: "services")))
  }

  private mutating func resolveService(_ map: inout CheckedMap) -> ResolvedService? {
    let allowed = allowedServers(map)
    let placement = allowed.flatMap { place(&map, on: $0, degree: 1) }
    deploymentServers.append(allowed ?? [])
    let entry = map.text("model").flatMap { ServiceCatalogue.entry(named: $0) }
    if map.isWritten("model"), entry == nil { return nil }
    guard let gpu = allowed?.first.flatMap({ servers[$0]?.gpu }) else { return nil }
    let known = entry?.service(on: gpu)
    let times = ["per_batch", "per_request", "least"]
    guard !(["max_batch", "memory"] + times).contains(where: map.isFlawed) else { return nil }
    if entry == nil {
      for key in ["max_batch", "memory"] where !map.isWritten(key) {
        error(map.position, "\(map.subject) lacks the key '\(key)', or a 'model' of the catalogue that has it")
      }
      if !times.contains(where: map.isWritten) {
        error(
          map.position,
          "\(map.subject) says nothing of how long a batch takes: give it 'per_batch', 'per_request' or both, or a "
            + "'model' of the catalogue")
      }
    }
    guard let size = map.integer("max_batch") ?? known?.maxBatch,
      let memory = map.bytes("memory").map(Int64.init) ?? known?.memory
    else { return nil }
    // Times belong together: who writes one of them writes all.
    let own = times.contains(where: map.isWritten)
    func time(_ key: String, _ other: SimDuration?) -> SimDuration {
      map.duration(key) ?? (own ? .zero : other ?? .zero)
    }
    let service = FixedService(
      maxBatch: size, memory: memory, perBatch: time("per_batch", known?.perBatch),
      perRequest: time("per_request", known?.perRequest), least: time("least", known?.least))
    if service.time(ofBatch: 1) <= .zero {
      error(map.position(of: times.first(where: map.isWritten) ?? "name"), "\(map.subject): a batch takes no time")
    }
    if memory > gpu.memoryBytes {
      error(
        map.position(of: map.isWritten("memory") ? "memory" : "model"),
        "\(map.subject) holds \(Printable.gigabytes(memory)), and a GPU has "
          + "\(Printable.gigabytes(gpu.memoryBytes))")
      return nil
    }
    let lending = map["lend"].flatMap { resolveServiceLending($0, left: gpu.memoryBytes - memory, of: map.subject) }
    guard let placement, let name = map.text("name"), !map.isWritten("lend") || lending != nil else { return nil }
    var sources: [String] = []
    if let entry {
      sources.append(entry.title)
      if !map.isWritten("memory") { sources.append("memory: \(entry.memorySource)") }
      if !own {
        let scaled = entry.gpu == gpu ? "" : ", scaled to this GPU (assumption)"
        sources.append("times: \(entry.timeSource)\(scaled)")
      }
    }
    return ResolvedService(
      name: name, modelName: entry?.name ?? name, service: service, placement: placement, lending: lending,
      sources: sources)
  }

  /// - Parameter left: what the model leaves of a GPU's memory, bytes.
  private func resolveServiceLending(_ value: CheckedValue, left: Int64, of subject: String) -> LendingSettings? {
    let map = value.map
    if let map, ["memory", "retain", "policy"].contains(where: map.isFlawed) { return nil }
    let retain = map?.bytes("retain") ?? 0
    let memory = value.bytes ?? map?.bytes("memory") ?? Int(left) - retain
    guard memory > 0, Int64(memory) + Int64(retain) <= left else {
      let kept = retain > 0 ? ", with 'retain' \(Printable.gigabytes(Int64(retain)))" : ""
      let offered = memory > 0 ? " offers \(Printable.gigabytes(Int64(memory)))" : " has nothing to offer"
      error(
        value.position,
        "'lend' of \(subject)\(offered)\(kept); the model leaves \(Printable.gigabytes(left)) of a GPU")
      return nil
    }
    let rule = map?.text("policy").flatMap(LendingSettings.Rule.init) ?? .static
    return LendingSettings(rule: rule, memory: memory, retain: retain, offerBelowWaiting: 0, reclaimAtWaiting: 1)
  }

  // MARK: What others look up

  /// Whoever may lend, by its number: a deployment or a service; `nil` where that is wrong.
  func lender(_ index: Int) -> (name: String, placement: [ReplicaPlacement], lends: Bool)? {
    if let first = firstService, index >= first {
      guard index - first < services.count, let service = services[index - first] else { return nil }
      return (service.name, service.placement, service.lending != nil)
    }
    guard index < deployments.count, let deployment = deployments[index] else { return nil }
    return (deployment.name, deployment.placement, deployment.lending != nil)
  }

  /// Whether streams to this number go to a service.
  func isService(_ index: Int) -> Bool { firstService.map { index >= $0 } ?? false }

  /// Keys of a stream that say what language models are asked.
  private static let keysOfText = [
    "prompt_tokens", "output_tokens", "lengths", "components", "shared_prefix", "adapters", "sessions", "trace",
  ]

  /// Makes a stream one of requests to a service, each like the next; what has no meaning there is reported.
  ///
  /// - Returns: whether there was nothing of that.
  func writeServiceRequests(_ map: inout CheckedMap) -> Bool {
    let pointless = Self.keysOfText.filter(map.isWritten)
    for key in pointless {
      error(
        map.position(of: key),
        "'\(key)' has no meaning here: '\(map.text("deployment") ?? "")' is a service, whose requests are all alike")
    }
    guard pointless.isEmpty else { return false }
    for key in ["prompt_tokens", "output_tokens"] {
      map.write(key, CheckedValue(.integer(1), at: map.position))
    }
    return true
  }

  /// What each GPU of a service lends, bytes; for where it has not been resolved yet.
  static func offer(ofService map: CheckedMap, on gpu: GPUSpec) -> Int {
    guard let lend = map["lend"] else { return 0 }
    if let memory = lend.bytes ?? lend.map?.bytes("memory") { return memory }
    let held =
      map.bytes("memory")
      ?? map.text("model").flatMap { ServiceCatalogue.entry(named: $0) }.map { Int($0.service.memory) } ?? 0
    return max(0, Int(gpu.memoryBytes) - held - (lend.map?.bytes("retain") ?? 0))
  }
}
