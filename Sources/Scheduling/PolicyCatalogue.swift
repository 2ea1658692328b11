/// The policies that scenarios can name.
///
/// A value: who runs scenarios hands one down, the built-in policies or those and more:
///
///     let policies = PolicyCatalogue.builtIn + [ShortestJobFirst.self]
///
/// To add a built-in one, write a file in `Policies` with a type that conforms to `SchedulingPolicy`, and add its line
/// here. The name then works in scenarios, in `spillway policies`, in the schema, and in the conformance tests.
public struct PolicyCatalogue: Sendable {
  /// In the order of listings.
  public let all: [any SchedulingPolicy.Type]

  public init(_ policies: [any SchedulingPolicy.Type]) { all = policies }

  /// The policies that come with Spillway, by name.
  public static let builtIn = PolicyCatalogue([
    AquaPolicy.self,
    CFSStepPolicy.self,
    ConServePolicy.self,
    HyGenPolicy.self,
    NonPreemptivePolicy.self,
    SarathiPPolicy.self,
    InFlightBatchingPolicy.self,
    VLLMv0Policy.self,
    VLLMv1Policy.self,
  ])

  /// The catalogue with more policies after its own.
  public static func + (catalogue: PolicyCatalogue, more: [any SchedulingPolicy.Type]) -> PolicyCatalogue {
    PolicyCatalogue(catalogue.all + more)
  }

  /// The policy of that name; nil when there is none such.
  public func policy(named name: String) -> (any SchedulingPolicy.Type)? {
    all.first { $0.descriptor.name == name }
  }

  /// The descriptors of the policies, in the same order.
  public var descriptors: [PolicyDescriptor] { all.map { $0.descriptor } }

  /// What is wrong with the descriptors, a sentence each: names used twice, or that a scenario could not hold; defaults
  /// that their parameter does not accept.
  public var problems: [String] {
    var problems: [String] = []
    var names: [String: String] = [:]
    for policy in all {
      let descriptor = policy.descriptor
      if let other = names[descriptor.name] {
        problems.append("the policies \(other) and \(policy) are both called '\(descriptor.name)'")
      }
      names[descriptor.name] = "\(policy)"
      problems += descriptor.problems.map { "the policy \(policy) \($0)" }
    }
    return problems
  }
}
