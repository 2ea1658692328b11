import Reading
import Scheduling

extension ScenarioResolver {
  /// The compared policies.
  mutating func resolvePolicies() -> [ResolvedPolicy] {
    var resolved: [ResolvedPolicy] = []
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

  /// The policy that a mapping describes.
  func policy(_ map: CheckedMap) -> ResolvedPolicy? {
    guard let descriptor = policyDescriptors.first(where: { $0.name == map.section.name }) else { return nil }
    var values: [String: ParameterValue] = [:]
    for parameter in descriptor.parameters {
      guard let value = map[parameter.name] else { continue }
      switch parameter.kind {
      case .integer: values[parameter.name] = value.integer.map { .integer($0) }
      case .number: values[parameter.name] = value.number.map { .number($0) }
      case .duration: values[parameter.name] = value.duration.map { .duration($0) }
      case .boolean: values[parameter.name] = value.boolean.map { .boolean($0) }
      case .choice: values[parameter.name] = value.text.map { .choice($0) }
      }
    }
    let isCompared = map.section.key("paging") != nil
    let paging = isCompared ? map.map("paging") : nil
    return ResolvedPolicy(
      name: descriptor.name, label: (isCompared ? map.text("label") : nil) ?? descriptor.name,
      parameters: PolicyParameters(descriptor, overrides: values),
      pagingDestination: paging?.text("destination").flatMap(PagingSettings.Destination.init),
      pagingTransfer: paging?.text("transfer").flatMap(PagingSettings.Transfer.init))
  }
}
