import Assembly
import Configuration
import Metrics
import Scheduling
import SimCore

extension ScenarioResolver {
  /// The compared policies.
  mutating func resolvePolicies() -> [ResolvedPolicy] {
    var resolved: [ResolvedPolicy] = []
    map.set(
      "policies",
      CheckedValue(.list(map.list("policies").map(withoutUnusedRuns)), at: map.position(of: "policies")))
    for value in map.list("policies") {
      guard let map = value.map else { continue }
      guard let policy = policy(map) else { continue }
      if policyLabels.contains(policy.label) {
        error(
          value.position,
          "two policies are called '\(policy.label)'; give one of them another 'label'")
      }
      policyLabels.append(policy.label)
      resolved.append(policy)
    }
    return resolved
  }

  private static func parameterValue(_ value: CheckedValue, _ kind: ParameterKind) -> ParameterValue? {
    switch kind {
    case .integer: if let integer = value.integer { return .integer(integer) }
    case .number: if let number = value.number { return .number(number) }
    case .duration: if let duration = value.duration { return .duration(duration) }
    case .boolean: if let boolean = value.boolean { return .boolean(boolean) }
    case .choice: if let text = value.text { return .choice(text) }
    }
    return nil
  }

  /// The policy that a mapping describes; with `best_over`, the first of its settings, and the choice among all.
  func policy(_ map: CheckedMap) -> ResolvedPolicy? {
    let isCompared = map.section.key("paging") != nil
    guard isCompared, let settings = map.map("best_over") else { return onePolicy(map, isCompared: isCompared) }
    var plain = map
    plain.remove("best_over")
    let candidates = candidates(plain, settings)
    guard candidates.count > 1 else {
      if !map.isFlawed("best_over") {
        error(settings.position, "'best_over' wants several settings: lists of values of the policy's or engine's keys")
      }
      return onePolicy(plain, isCompared: true)
    }
    let resolved = candidates.compactMap { candidate in
      onePolicy(candidate.map, isCompared: true).map {
        PolicyChoiceRule.Candidate(policy: $0, settings: candidate.name)
      }
    }
    guard var first = resolved.first?.policy, let judged = settings.map("judged"), let metric = judged.text("metric"),
      let requestClass = judged.text("class").flatMap(RequestClass.init), let runs = runs(judged)
    else { return nil }
    first.choice = PolicyChoiceRule(
      candidates: resolved, metric: metric, requestClass: requestClass, deployment: judged.text("deployment"),
      seeds: runs.seeds, replications: runs.replications, position: settings.position)
    return first
  }

  /// Where seeds are listed, the default seed and number of replications are not said: they have no meaning beside.
  private func withoutUnusedRuns(_ policy: CheckedValue) -> CheckedValue {
    guard var map = policy.map, var settings = map.map("best_over"), var judged = settings.map("judged"),
      judged.isWritten("seeds")
    else { return policy }
    for key in ["seed", "replications"] where !judged.isWritten(key) { judged.remove(key) }
    settings.set("judged", CheckedValue(.mapping(judged), at: judged.position))
    map.set("best_over", CheckedValue(.mapping(settings), at: settings.position))
    return CheckedValue(.mapping(map), at: policy.position)
  }

  /// Which runs candidates are judged by; mistakes in it are reported.
  private func runs(_ judged: CheckedMap) -> (seeds: [UInt64], replications: Int)? {
    let isListed = judged.isWritten("seeds")
    for key in ["seed", "replications"] where isListed && judged.isWritten(key) {
      error(judged.position(of: key), "'\(key)' and 'seeds' exclude each other")
    }
    let key = isListed ? "seeds" : "seed"
    let seeds = isListed ? judged.list("seeds").compactMap(\.integer) : [judged.integer("seed")].compactMap(\.self)
    guard !seeds.isEmpty, !judged.isFlawed(key), isListed || judged.integer("replications") != nil else { return nil }
    if let own = map.integer("seed"), seeds.contains(own) {
      error(
        judged.position(of: key),
        "'\(key)' (\(own)) is the scenario's own: settings would be chosen on the requests that they are then judged "
          + "by")
    }
    if Set(seeds).count < seeds.count { error(judged.position(of: key), "'seeds' names a seed twice") }
    return (seeds.map(UInt64.init), isListed ? 1 : judged.integer("replications") ?? 1)
  }

  /// Every value of each key of `best_over` with every value of the others, each as a mapping without that key.
  private func candidates(_ map: CheckedMap, _ settings: CheckedMap) -> [(map: CheckedMap, name: String)] {
    var all: [(map: CheckedMap, name: String)] = [(map, "")]
    func vary(_ key: String, _ values: [CheckedValue], _ change: (inout CheckedMap, CheckedValue) -> Void) {
      all = all.flatMap { base in
        values.map { value in
          var one = base.map
          change(&one, value)
          return (one, (base.name.isEmpty ? "" : base.name + ", ") + "\(key) \(value.yaml)")
        }
      }
    }
    for key in settings.section.keys where settings.isWritten(key.name) && !["engine", "judged"].contains(key.name) {
      guard let values = settings[key.name]?.list else { continue }
      vary(key.name, values) { $0.write(key.name, $1) }
    }
    guard let engine = settings.map("engine"), let section = map.section.key("engine")?.kind.section else { return all }
    for key in engine.section.keys where engine.isWritten(key.name) {
      guard let values = engine[key.name]?.list else { continue }
      vary(key.name, values) { one, value in
        var inner = one.map("engine") ?? CheckedMap(section, path: one.path + ".engine", at: engine.position)
        inner.write(key.name, value)
        one.write("engine", CheckedValue(.mapping(inner), at: engine.position))
      }
    }
    return all
  }

  private func onePolicy(_ map: CheckedMap, isCompared: Bool) -> ResolvedPolicy? {
    guard let type = policyCatalogue.policy(named: map.section.name) else { return nil }
    let descriptor = type.descriptor
    var values: [String: ParameterValue] = [:]
    for parameter in descriptor.parameters {
      guard let value = map[parameter.name] else { continue }
      values[parameter.name] = Self.parameterValue(value, parameter.kind)
    }
    let paging = isCompared ? map.map("paging") : nil
    var unlabelled = map
    if isCompared { unlabelled.remove("label") }
    var policy = ResolvedPolicy(
      type: type, label: (isCompared ? map.text("label") : nil) ?? descriptor.name,
      parameters: PolicyParameters(descriptor, overrides: values),
      canonicalText: CheckedValue(.mapping(unlabelled), at: map.position).yaml,
      writtenParameters: values.filter { map.isWritten($0.key) },
      pagingDestination: paging?.text("destination").flatMap(PagingSettings.Destination.init),
      pagingTransfer: paging?.text("transfer").flatMap(PagingSettings.Transfer.init))
    guard isCompared else { return policy }
    policy.engineSettings = map.map("engine")
    policy.streamsLeftOut = map.list("without").compactMap { value in value.text.map { ($0, value.position) } }
    return policy
  }

  /// Finds the streams that policies do without, and the deployments that choices are judged by, among those written.
  func checkPolicies(_ policies: [ResolvedPolicy], _ streams: [ResolvedStream?]) {
    guard streams.allSatisfy({ $0 != nil }) else { return }
    let names = streams.compactMap { $0?.name }
    for policy in policies {
      for (name, position) in policy.streamsLeftOut where !names.contains(name) {
        error(position, "unknown stream '\(name)'\(NearestName.clause(for: name, among: names, plural: "streams"))")
      }
      if let (_, position) = policy.streamsLeftOut.first,
        Set(names).isSubset(of: policy.streamsLeftOut.map(\.name))
      {
        error(position, "'without' leaves no stream")
      }
      guard let choice = policy.choice else { continue }
      if let name = choice.deployment, !deploymentNames.contains(name) {
        let known = deploymentNames.compactMap { $0 }
        error(
          choice.position,
          "unknown deployment '\(name)'\(NearestName.clause(for: name, among: known, plural: "deployments"))")
      }
    }
  }
}

extension ValueKind {
  /// The section of a mapping.
  fileprivate var section: Section? { if case .mapping(let section) = self { section } else { nil } }
}
