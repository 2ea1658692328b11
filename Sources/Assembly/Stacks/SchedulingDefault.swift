import Scheduling

/// Whether an engine plans each iteration while the one before it runs, where nobody says so.
public struct SchedulingDefault: Sendable, Hashable {
  public var plansAhead: Bool
  /// Where that comes from, in words.
  public var source: String
  /// Whether the stack does otherwise by itself, and that is not modelled.
  public var isSimplified: Bool

  public init(plansAhead: Bool, source: String, isSimplified: Bool = false) {
    self.plansAhead = plansAhead
    self.source = source
    self.isSimplified = isSimplified
  }
}

extension StackVersion {
  /// Whether the stack plans ahead on a GPU unless told otherwise, as far as its costs were fitted so.
  ///
  /// - Parameters:
  ///   - gpu: its name in the catalogue.
  ///   - variant: of the costs; nil for the usual one.
  ///   - isEager: whether no graphs are captured.
  ///   - hasOwnOverlap: whether it is given by hand what the host does while the GPU works.
  ///   - loadsLayers: whether layers wait for what is off the GPU.
  public func schedulingDefault(
    gpu: String, variant: String?, isEager: Bool, hasOwnOverlap: Bool, loadsLayers: Bool
  ) -> SchedulingDefault {
    if let variant, ["synchronous", "asynchronous"].contains(variant) {
      return SchedulingDefault(plansAhead: variant == "asynchronous", source: "the variant '\(variant)'")
    }
    guard schedulesAsynchronously else {
      return SchedulingDefault(plansAhead: false, source: "\(fullName)'s default")
    }
    let since = StackLibrary.stack(named: stack)?.since(\.schedulesAsynchronously).map { " since \($0)" } ?? ""
    let isDefault = "\(title)'s default\(since)"
    let kind = gpu.prefix { $0 != "-" }
    var reason: String?
    if isEager {
      reason = "without captured graphs it was not fitted"
    } else if loadsLayers {
      reason = "with layers off the GPU it was not fitted"
    } else if hasOwnOverlap {
      reason = "'overheads' say what the host does beside the GPU"
    } else if let fittedAheadOn, !fittedAheadOn.contains(String(kind)) {
      reason = "it was fitted on \(fittedAheadOn.map { $0.uppercased() }.joined(separator: " and ")) only"
    }
    guard let reason else { return SchedulingDefault(plansAhead: true, source: isDefault) }
    return SchedulingDefault(
      plansAhead: false,
      source: "\(isDefault) is true; \(reason), so each iteration is planned when the last has ended",
      isSimplified: true)
  }
}

extension StackLibrary {
  /// Whether a parameter of a scheduler is another in some version of a stack than the scheduler's own default, so that
  /// only an engine says what it is where nobody does.
  public static func decides(_ parameter: String, of policy: PolicyDescriptor) -> Bool {
    guard let own = policy.parameters.first(where: { $0.name == parameter })?.defaultValue else { return false }
    let plansAhead = parameter == VLLMv1Policy.planningAhead
    // Stacks of which no version can have it are not read, nor those behind the first that decides.
    guard plansAhead || StackSections.mayDecide(parameter, of: policy.name) else { return false }
    return allFromStandard.flatMap(\.versions).contains { version in
      guard version.policy == policy.name else { return false }
      if plansAhead { return version.schedulesAsynchronously }
      return version.parameters[parameter].map { $0 != own } ?? false
    }
  }
}
