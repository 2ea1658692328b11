import Configuration
import Metrics
import SimCore
import Workload

extension ScenarioResolver {
  /// The expectations that are right.
  func resolveExpectations(_ streams: [ResolvedStream?]) -> [Expectation] {
    map.list("expect").compactMap { $0.map }.compactMap { resolve($0, streams) }
  }

  private static func isAboutSweep(_ entry: CheckedMap) -> Bool {
    entry.isWritten("rises") || entry.isWritten("falls") || entry.boolean("every_point") == true
  }

  /// What was written, without what is expected of a sweep: a resolved scenario is one point and has none.
  var mapOfOnePoint: CheckedMap {
    guard let expected = map["expect"], let entries = expected.list else { return map }
    let own = entries.filter { !($0.map.map { Self.isAboutSweep($0) || isAboutVariants($0) } ?? false) }
    guard own.count < entries.count else { return map }
    var point = map
    point.set("expect", CheckedValue(.list(own), at: expected.position))
    return point
  }

  /// Whether an entry names a variant: the text of one point has none.
  private func isAboutVariants(_ map: CheckedMap) -> Bool {
    if map.isWritten("variant") { return true }
    let names = [map.text("policy")] + (map["ratio"]?.list ?? []).map(\.text)
    return names.compactMap { $0 }.contains { variantNames.contains($0) && !policyLabels.contains($0) }
  }

  private func resolve(_ map: CheckedMap, _ streams: [ResolvedStream?]) -> Expectation? {
    guard let metric = map.text("metric") else { return nil }
    let deployment = expectedDeployment(map)
    let isAboutSweep = Self.isAboutSweep(map)
    let subject = subject(map, isAboutSweep: isAboutSweep)
    let isRatio = map.isWritten("ratio")
    let below = bound("below", map, metric: metric, isRatio: isRatio)
    let above = bound("above", map, metric: metric, isRatio: isRatio)
    let trend = trend(map)
    let isForEveryPoint = map.boolean("every_point") ?? false
    if isForEveryPoint, sweptKeys.isEmpty {
      error(map.position(of: "every_point"), "'every_point' is for files with a 'sweep'")
    }
    let claimsTrend = map.isWritten("rises") || map.isWritten("falls")
    let isReported = map.boolean("reported") ?? false
    // Canonical texts write out that a bound is not for every point.
    func claims(_ key: String) -> Bool { map.isWritten(key) && (key != "every_point" || isForEveryPoint) }
    if isReported, let claim = ["below", "above", "rises", "falls", "every_point"].first(where: claims) {
      error(map.position(of: claim), "'\(claim)' claims something, and a 'reported' figure is only told")
    }
    if !map.isWritten("below"), !map.isWritten("above"), !claimsTrend, !isReported {
      error(map.position, "\(map.subject) lacks a bound: give it 'below', 'above', or both")
      return nil
    }
    if claimsTrend, let bound = ["below", "above", "every_point"].first(where: claims) {
      error(map.position(of: bound), "'\(bound)' and a trend ('rises', 'falls') are two claims; write two entries")
    }
    if let below, let above, above >= below {
      error(map.position(of: "above"), "'above' must be less than 'below'")
    }
    let requestClass = expectedClass(map, deployment: deployment, streams)
    guard let subject else { return nil }
    return Expectation(
      metric: metric, deployment: deployment, requestClass: requestClass, subject: subject, below: below, above: above,
      variant: expectedVariant(map), isReported: isReported, title: map.text("title") ?? "",
      published: map.text("published") ?? "",
      trend: trend, isForEveryPoint: isForEveryPoint, position: map.position.description)
  }

  /// How the figure changes along a swept key, where that is claimed.
  private func trend(_ map: CheckedMap) -> Expectation.Trend? {
    if map.isWritten("rises"), map.isWritten("falls") {
      error(map.position(of: "falls"), "'rises' and 'falls' are two claims; write two entries")
    }
    if map.isWritten("tolerance"), !map.isWritten("rises"), !map.isWritten("falls") {
      error(map.position(of: "tolerance"), "'tolerance' goes with 'rises' and 'falls'")
    }
    for direction in [Expectation.Trend.Direction.rises, .falls] {
      guard let key = map.text(direction.rawValue) else { continue }
      if sweptKeys.contains(key) {
        return Expectation.Trend(direction, along: key, tolerance: map.number("tolerance") ?? 0)
      }
      let position = map.position(of: direction.rawValue)
      if sweptKeys.isEmpty {
        error(position, "'\(direction.rawValue)' wants a key of the file's 'sweep', and it has none")
      } else {
        let clause = NearestName.clause(for: key, among: sweptKeys, plural: "swept keys")
        error(position, "'\(key)' is not swept\(clause)")
      }
    }
    return nil
  }

  private func expectedDeployment(_ map: CheckedMap) -> Int? {
    guard let name = map.text("deployment") else {
      if !map.isWritten("deployment"), deploymentNames.count > 1 {
        let names = deploymentNames.compactMap { $0 }.joined(separator: ", ")
        error(map.position, "\(map.subject) lacks the key 'deployment', one of: \(names)")
      }
      return deploymentNames.count == 1 ? 0 : nil
    }
    if let index = deploymentNames.firstIndex(of: name) { return index }
    let clause = NearestName.clause(for: name, among: deploymentNames.compactMap { $0 }, plural: "deployments")
    error(map.position(of: "deployment"), "unknown deployment '\(name)'\(clause)")
    return nil
  }

  /// The class: as written, or the only one that the deployment's streams send.
  private func expectedClass(_ map: CheckedMap, deployment: Int?, _ streams: [ResolvedStream?]) -> RequestClass? {
    guard let deployment, streams.allSatisfy({ $0 != nil }) else { return nil }
    let sending = streams.compactMap { $0 }.filter { $0.deployment == deployment }
    let classes = RequestClass.allCases.filter { one in sending.contains { $0.requestClasses.contains(one) } }
    if let written = map.text("class").flatMap(RequestClass.init) {
      if !classes.contains(written) {
        error(map.position(of: "class"), "no stream sends \(written.rawValue) requests there")
      }
      return written
    }
    if classes.count == 1 { return classes[0] }
    // A trace that may carry both is judged by its online part unless the expectation says otherwise.
    if classes.count > 1, !map.isWritten("class") {
      if sending.allSatisfy({ $0.workload.components.allSatisfy { $0.requestClass == nil } }) { return .online }
      error(
        map.position, "\(map.subject) lacks the key 'class', one of: \(classes.map(\.rawValue).joined(separator: ", "))"
      )
    }
    return nil
  }

  /// The variant, one of the file's; nil also where it is wrong, which is reported.
  private func expectedVariant(_ map: CheckedMap) -> String? {
    guard let name = map.text("variant") else { return nil }
    if !variantNames.contains(name) {
      let clause = NearestName.clause(for: name, among: variantNames, plural: "variants in this scenario")
      error(map.position(of: "variant"), "'\(name)' is not one of the scenario's variants\(clause)")
    }
    return name
  }

  private func subject(_ map: CheckedMap, isAboutSweep: Bool) -> Expectation.Subject? {
    func label(_ name: String, at position: Position) -> String? {
      if isAboutSweep, variantNames.contains(name), !policyLabels.contains(name) {
        error(position, "a claim about a sweep names policies, and '\(name)' is a variant")
        return nil
      }
      let own = self.map.list("deployments").compactMap { $0.map?.map("policy")?.section.name }
      if policyLabels.contains(name) || own.contains(name) || variantNames.contains(name) { return name }
      let noun = variantNames.isEmpty ? "policies" : "policies or variants"
      let clause = NearestName.clause(for: name, among: policyLabels + variantNames, plural: "\(noun) in this scenario")
      error(position, "'\(name)' is not one of the scenario's \(noun)\(clause)")
      return nil
    }
    guard map.isWritten("ratio") else {
      guard let name = map.text("policy") else { return map.isWritten("policy") ? nil : .value(policy: nil) }
      return label(name, at: map.position(of: "policy")).map { .value(policy: $0) }
    }
    if map.isWritten("policy") { error(map.position(of: "policy"), "'policy' and 'ratio' exclude each other") }
    guard let pair = map["ratio"]?.list else { return nil }
    guard pair.count == 2 else {
      error(map.position(of: "ratio"), "'ratio' wants two policies, found \(pair.count)")
      return nil
    }
    let labels = pair.compactMap { value in value.text.flatMap { label($0, at: value.position) } }
    return labels.count == 2 ? .ratio(labels[0], over: labels[1]) : nil
  }

  private func bound(_ key: String, _ map: CheckedMap, metric: String, isRatio: Bool) -> Double? {
    guard let value = map[key] else { return nil }
    if isRatio {
      if case .number(let number) = value.content { return number }
      error(value.position, "'\(key)' of a ratio wants a number, found '\(value.yaml)'")
      return nil
    }
    switch MetricUnit(ofMetric: metric).value(value, metric: metric) {
    case .success(let number): return number
    case .failure(let problem):
      error(value.position, "'\(key)' \(problem.message)")
      return nil
    }
  }
}
