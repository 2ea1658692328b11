/// Every policy that a scenario can name.
///
/// To add one: write a file in `Policies` with a type that conforms to `SchedulingPolicy`, and add its line here. The
/// name then works in scenarios, in `spillway policies`, in the schema, and in the conformance tests.
public enum PolicyRegistry {
  /// The built-in policies, by name.
  public static let all: [any SchedulingPolicy.Type] = [
    AquaPolicy.self,
    CFSStepPolicy.self,
    ConServePolicy.self,
    InFlightBatchingPolicy.self,
    VLLMv0Policy.self,
    VLLMv1Policy.self,
  ]

  /// The policy of that name.
  public static func policy(named name: String) -> (any SchedulingPolicy.Type)? {
    all.first { $0.descriptor.name == name }
  }

  /// The descriptors of the built-in policies, by name.
  public static var descriptors: [PolicyDescriptor] { all.map { $0.descriptor } }
}
