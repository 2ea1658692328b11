import Configuration
import Scheduling
import SimCore

extension ScenarioSections {
  /// An entry of `policies`: a name, or a mapping with parameters and, for comparing, a label and paging.
  var comparedPolicy: ValueKind { policy(extra: Self.comparedKeys) }

  /// A deployment's own policy: a name, or a mapping with parameters.
  var ownPolicy: ValueKind { policy(extra: []) }

  private static var comparedKeys: [Key] {
    [
      Key("label", .identifier, .optional, "What results call it; the policy's name when left out."),
      Key(
        "paging",
        .mapping(
          Section(
            "policy_paging", "Paging in place of the deployments' own.",
            paging.keys.filter { !["lenders", "over_network", "wants"].contains($0.name) }.map {
              Key($0.name, $0.kind, .optional, $0.help)
            })),
        .optional, "Paging in place of the deployments' own, to compare ways of paging."),
    ]
  }

  private func policy(extra: [Key]) -> ValueKind {
    .tagged(
      by: "name", noun: "policy",
      policies.descriptors.map { descriptor in
        Section(descriptor.name, descriptor.summary, extra + descriptor.parameters.map(Self.key))
      })
  }

  /// The key of a policy's parameter.
  private static func key(_ parameter: ParameterDescriptor) -> Key {
    let kind: ValueKind =
      switch parameter.kind {
      case .integer(let range): .integer(.within(range))
      case .number(let range): .number(.within(range))
      case .duration(let range): .duration(.within(range))
      case .boolean: .boolean
      case .choice(let names): .choice(noun: String(parameter.name.map { $0 == "_" ? " " : $0 }), names)
      }
    let standard: String =
      switch parameter.defaultValue {
      case .integer(let value): "\(value)"
      case .number(let value): Quantity.plain(value)
      case .duration(let value): Quantity.text(duration: value)
      case .boolean(let value): value ? "true" : "false"
      case .choice(let name): name
      }
    return Key(parameter.name, kind, .standard(standard), parameter.help)
  }
}
