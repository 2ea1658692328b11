import Assembly
import Configuration
import Metrics
import Scheduling
import SimCore

extension ScenarioSections {
  /// An entry of `policies`: a name, or a mapping with parameters and, for comparing, what else differs under it.
  var comparedPolicy: ValueKind {
    policy { descriptor in
      Self.comparedKeys + [
        Key(
          "best_over", .mapping(bestOver(descriptor)), .optional,
          "Settings that are tried first, on requests of their own; the best of them is what is compared.")
      ]
    }
  }

  /// A deployment's own policy: a name, or a mapping with parameters.
  var ownPolicy: ValueKind { policy { _ in [] } }

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
      Key(
        "engine", .mapping(policyEngine), .optional,
        "Settings in place of those of the deployments' engines, where these have no policy of their own."),
      Key(
        "without", .list(of: .identifier, atLeast: 1), .optional,
        "Streams that send nothing under this policy, for example offline work."),
    ]
  }

  /// An engine's keys, none of them with a default.
  private static let policyEngine = Section(
    "policy_engine", "Engine settings in place of the deployments' own.",
    engine.keys.map { Key($0.name, $0.kind, .optional, $0.help) }, notModelled: engine.notModelled)

  /// Values of a policy's parameters and of engine settings.
  private func bestOver(_ descriptor: PolicyDescriptor) -> Section {
    let judged = Section(
      "judged", "How the best of several settings is found.",
      [
        Key(
          "metric", .choice(noun: "metric", metrics), .standard("request_goodput"),
          "The result that is to be best, on average over replications."),
        Key(
          "class", .choice(noun: "class", RequestClass.allCases.map(\.rawValue)), .standard("online"),
          "Whose result it is."),
        Key("deployment", .identifier, .optional, "Where; the first that the compared policies govern when left out."),
        Key(
          "seed", .integer(.atLeast(0)), .standard("11"),
          "Where requests of these runs start from; not the scenario's seed, so that nothing is chosen on what "
            + "it is then judged by."),
        Key("replications", .integer(.within(1...1000)), .standard("5"), "How many runs of each setting."),
        Key(
          "seeds", .list(of: .integer(.atLeast(0)), atLeast: 1), .optional,
          "Several seeds, a run of each setting with each of them; in place of 'seed' and 'replications'."),
      ])
    return Section(
      "best_over", "Settings of which the best is compared: every value of each key with every value of the others.",
      descriptor.parameters.map { parameter in
        let key = Self.key(parameter, of: descriptor)
        return Key(key.name, .list(of: key.kind, atLeast: 1), .optional, key.help)
      } + [
        Key(
          "engine",
          .mapping(
            Section(
              "best_over_engine", "Engine settings that are tried.",
              Self.engine.keys.filter { $0.kind.isPlain }.map {
                Key($0.name, .list(of: $0.kind, atLeast: 1), .optional, $0.help)
              })), .optional, "Engine settings that are tried."),
        Key("judged", .mapping(judged), .standard("{}"), "How the best is found."),
      ])
  }

  private func policy(extra: @escaping @Sendable (PolicyDescriptor) -> [Key]) -> ValueKind {
    .tagged(
      by: "name", noun: "policy",
      policies.descriptors.map { descriptor in
        Section(descriptor.name, descriptor.summary) {
          extra(descriptor) + descriptor.parameters.map { Self.key($0, of: descriptor) }
        }
      })
  }

  /// The key of a policy's parameter. One that stacks' versions decide has no default of its own.
  private static func key(_ parameter: ParameterDescriptor, of policy: PolicyDescriptor) -> Key {
    let kind: ValueKind =
      switch parameter.kind {
      case .integer(let range): .integer(.within(range))
      case .number(let range): .number(.within(range))
      case .duration(let range): .duration(.within(range))
      case .boolean: .boolean
      case .choice(let names): .choice(noun: String(parameter.name.map { $0 == "_" ? " " : $0 }), names)
      }
    if StackLibrary.decides(parameter.name, of: policy) {
      return Key(
        parameter.name, kind, .optional, parameter.help + "; as the serving stack's version has it when left out")
    }
    return Key(parameter.name, kind, .standard(parameter.defaultValue.text), parameter.help)
  }
}

extension ValueKind {
  /// Neither a list nor a mapping.
  fileprivate var isPlain: Bool {
    switch self {
    case .list, .mapping, .tagged, .either: false
    default: true
    }
  }
}
