import Assembly
import Configuration
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

  /// The policy that a mapping describes.
  func policy(_ map: CheckedMap) -> ResolvedPolicy? {
    guard let type = policyCatalogue.policy(named: map.section.name) else { return nil }
    let descriptor = type.descriptor
    var values: [String: ParameterValue] = [:]
    for parameter in descriptor.parameters {
      guard let value = map[parameter.name] else { continue }
      values[parameter.name] = Self.parameterValue(value, parameter.kind)
    }
    let isCompared = map.section.key("paging") != nil
    let paging = isCompared ? map.map("paging") : nil
    return ResolvedPolicy(
      type: type, label: (isCompared ? map.text("label") : nil) ?? descriptor.name,
      parameters: PolicyParameters(descriptor, overrides: values),
      writtenParameters: values.filter { map.isWritten($0.key) },
      pagingDestination: paging?.text("destination").flatMap(PagingSettings.Destination.init),
      pagingTransfer: paging?.text("transfer").flatMap(PagingSettings.Transfer.init))
  }
}
