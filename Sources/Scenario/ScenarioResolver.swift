import Assembly
import Cluster
import Configuration
import Hardware
import HardwareCatalogue
import Scheduling
import SimCore
import Workload

/// Turns a checked scenario into a resolved one, reporting what does not fit together.
///
/// Works on with whatever is right, so that one mistake does not hide the next. Names are looked up among all that
/// were written, right or wrong, so that one mistake does not become two.
struct ScenarioResolver {
  var map: CheckedMap
  let policyCatalogue: PolicyCatalogue
  let path: String
  let sourceText: String
  let diagnostics: Diagnostics
  private let inputs = InputFiles()

  /// One per server written; `nil` where the description is wrong.
  var servers: [ServerSpec?] = []
  /// The names of deployments, and then of services, as written, in order.
  var deploymentNames: [String?] = []
  /// One per deployment written; `nil` where it is wrong.
  var deployments: [ResolvedDeployment?] = []
  /// One per service written; `nil` where it is wrong.
  var services: [ResolvedService?] = []
  /// The number of the first service among `deploymentNames`; `nil` without any.
  var firstService: Int?
  /// For each deployment written, the servers that its replicas may be on.
  var deploymentServers: [[Int]] = []
  /// For each deployment written, the servers of its replicas where these are balanced.
  var balanced: [Int: [Int]] = [:]
  /// For each server, who has each GPU.
  var gpuOwners: [[Int: String]] = []
  /// The compared policies that are right.
  var comparedPolicies: [ResolvedPolicy] = []
  /// The labels of the compared policies as written.
  var policyLabels: [String] = []
  /// The names of all variants of the file.
  let variantNames: [String]
  /// The keys that the file's sweep goes over.
  let sweptKeys: [String]

  init(
    map: CheckedMap, policyCatalogue: PolicyCatalogue, path: String, sourceText: String, diagnostics: Diagnostics,
    variantNames: [String] = [], sweptKeys: [String] = []
  ) {
    self.variantNames = variantNames
    self.sweptKeys = sweptKeys
    self.map = map
    self.policyCatalogue = policyCatalogue
    self.path = path
    self.sourceText = sourceText
    self.diagnostics = diagnostics
  }

  func error(_ position: Position, _ message: String) { diagnostics.error(at: position, message) }

  /// A file's path as seen from the working directory: relative paths start at the scenario's folder.
  func located(_ file: String) -> String {
    guard !file.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return file }
    return path[...slash] + file
  }

  /// The same for a file whose content the scenario depends on.
  func input(_ file: String) -> String {
    let path = located(file)
    inputs.paths.insert(path)
    return path
  }

  /// The files that were asked for; functions that change nothing else note them.
  final class InputFiles {
    var paths: Set<String> = []
  }

  /// The scenario, `nil` when anything was wrong.
  mutating func resolve() -> ResolvedScenario? {
    resolveName()
    resolveServers()
    let network = resolveNetwork()
    let policies = resolvePolicies()
    comparedPolicies = policies
    balanced = balancedServers()
    resolveDeployments()
    resolveServices()
    resolvePaging()
    let fleet = resolveFleet(policies: policies)
    let streams = resolveStreams()
    checkPolicies(policies, streams)
    let expectations = resolveExpectations(streams)
    checkWholes(policies: policies, streams: streams)
    checkLockStep(policies: policies)
    checkDrain(streams)
    guard !diagnostics.hasErrors else { return nil }
    let canonicalText = mapOfOnePoint.yaml
    var scenario = ResolvedScenario(
      name: map.text("name") ?? "scenario", summary: map.text("description") ?? "", path: path,
      sourceText: sourceText, canonicalText: canonicalText, digest: SHA256.hexadecimal(of: canonicalText.utf8),
      seed: UInt64(map.integer("seed") ?? 1), replications: map.integer("replications") ?? 1,
      duration: map.duration("duration"), drain: drain, warmUp: map.duration("warmup") ?? .zero,
      servers: servers.compactMap { $0 }, network: network ?? .oneSwitch, policies: policies,
      deployments: deployments.compactMap { $0 },
      fleet: fleet, streams: streams.compactMap { $0 }, expectations: expectations, warnings: diagnostics.warnings)
    scenario.services = services.compactMap { $0 }
    scenario.lendingRules = map.map("lending_protocol").flatMap { LendingRules($0) } ?? LendingRules()
    scenario.isBalanced = map.text("placement") == "balanced"
    scenario.inputs = inputs.paths.sorted()
    scenario.pointText = map.without(["name", "description", "seed", "replications", "policies", "expect"]).yaml
    let load = ["name", "description", "seed", "replications", "duration", "drain", "warmup", "workload", "expect"]
    scenario.deploymentText = map.without(load).yaml
    return scenario
  }

  private var drain: ResolvedScenario.Drain {
    if let limit = map["drain"]?.duration { return .atMost(limit) }
    return map["drain"]?.boolean == false ? .atMost(.zero) : .untilEmpty
  }

  /// A bounded drain counts from the end of arrivals, which must then be known.
  private func checkDrain(_ streams: [ResolvedStream?]) {
    guard drain != .untilEmpty, map.duration("duration") == nil, !map.isWritten("duration") else { return }
    guard let stream = streams.compactMap({ $0 }).first(where: { $0.workload.durationLimit == nil }) else { return }
    error(
      map.position(of: "drain"),
      "'drain' counts from when arrivals stop, which is not known before the run: the stream '\(stream.name)' has no "
        + "'duration'; give it one, or the scenario")
  }

  /// A scenario without a name takes its file's.
  private mutating func resolveName() {
    guard !map.isWritten("name") else { return }
    let file = path.split(separator: "/").last ?? "scenario"
    let stem = file.split(separator: ".").first ?? "scenario"
    let allowed = stem.utf8.filter {
      $0 >= 48 && $0 <= 57 || $0 >= 65 && $0 <= 90 || $0 >= 97 && $0 <= 122 || "-_".utf8.contains($0)
    }
    let name = allowed.isEmpty ? "scenario" : String(decoding: allowed.prefix(100), as: UTF8.self)
    map.set("name", CheckedValue(.text(name), at: map.position))
  }

  private mutating func resolveServers() {
    switch (map["server"], map["servers"]) {
    case (let one?, nil): servers = [HardwareCatalogue.server(one, into: diagnostics, locate: input)]
    case (nil, let several?):
      servers = (several.list ?? []).flatMap { entry in
        Array(
          repeating: HardwareCatalogue.server(entry, into: diagnostics, locate: input),
          count: entry.map?.integer("count") ?? 1)
      }
      if servers.count > Self.mostServers {
        error(several.position, "'servers' are \(servers.count) in all; at most \(Self.mostServers) are simulated")
      }
      let gpus = servers.reduce(0) { $0 + ($1?.gpuCount ?? 0) }
      if gpus > Self.mostGPUs {
        error(several.position, "'servers' have \(gpus) GPUs in all; at most \(Self.mostGPUs) are simulated")
      }
    case (.some, let several?):
      error(several.position, "'server' and 'servers' exclude each other")
    case (nil, nil):
      if !map.isWritten("server"), !map.isWritten("servers") {
        error(map.position, "the file lacks the key 'server': the server, or 'servers': a list of them")
      }
    }
    gpuOwners = Array(repeating: [:], count: servers.count)
  }

  /// The most servers in a scenario.
  private static let mostServers = 4096
  /// The most GPUs in them: each takes memory, about half a kilobyte, whether it is used or not.
  private static let mostGPUs = 262_144

  /// What joins the servers; one switch when nothing is written.
  private func resolveNetwork() -> ClusterNetworkSpec? {
    guard let value = map["network"] else { return nil }
    if servers.count == 1 {
      diagnostics.warning(at: value.position, "'network' joins servers, and there is one")
    } else if let bare = servers.first(where: { $0 != nil && $0?.network == nil }) {
      diagnostics.warning(
        at: value.position, "'\(bare?.name ?? "")' has no network cards, so the network does not reach it")
    }
    return HardwareCatalogue.network(value, into: diagnostics)
  }

  /// What only the whole shows.
  private func checkWholes(policies: [ResolvedPolicy], streams: [ResolvedStream?]) {
    if let warmUp = map.duration("warmup"), let duration = map.duration("duration"), warmUp >= duration {
      error(
        map.position(of: "warmup"),
        "'warmup' (\(map["warmup"]?.yaml ?? "")) must be less than 'duration' (\(map["duration"]?.yaml ?? ""))")
    }
    let maps = map.list("deployments").compactMap(\.map)
    if policies.isEmpty, !map.isFlawed("policies"), let open = maps.first(where: { !$0.isWritten("policy") }) {
      let known = policyCatalogue.descriptors.map(\.name).joined(separator: ", ")
      error(
        open.position,
        "\(open.subject) has no policy: name some in 'policies' at the top, or give it a 'policy' (known: \(known))")
    }
    if !policies.isEmpty, !maps.isEmpty, maps.allSatisfy({ $0.isWritten("policy") }) {
      diagnostics.warning(
        at: map.position(of: "policies"), "every deployment has a policy of its own, so 'policies' changes nothing")
    }
    let borrowing = zip(maps, deployments).contains { map, deployment in
      !map.isWritten("policy") && deployment.map { !$0.paging.lenders.isEmpty } ?? true
    }
    if let index = policies.firstIndex(where: { $0.pagingDestination == .peer }), !borrowing, !diagnostics.hasErrors {
      error(
        map.list("policies")[index].position,
        "'\(policies[index].label)' pages to peers, but no deployment has a 'lend' that NVLink reaches")
    }
    warnAboutIdleDeployments(streams)
  }

  /// A deployment without requests is pointless unless it lends memory.
  private func warnAboutIdleDeployments(_ streams: [ResolvedStream?]) {
    guard streams.allSatisfy({ $0 != nil }) else { return }
    for (index, value) in map.list("deployments").enumerated() {
      if streams.contains(where: { $0?.deployment == index }) || value.map?.isWritten("lend") == true { continue }
      if let name = value.map?.text("name") {
        diagnostics.warning(at: value.position, "no stream sends requests to '\(name)'")
      }
    }
  }
}

extension CheckedMap {
  /// The mapping without some of its keys.
  fileprivate func without(_ keys: [String]) -> CheckedMap {
    var rest = self
    for key in keys { rest.remove(key) }
    return rest
  }
}
