import SimCore

/// What can be said of a policy without running it: its name, what it does, its parameters.
///
/// One descriptor serves registration, scenario checking, defaults, `spillway policies NAME` and the schema.
public struct PolicyDescriptor: Sendable {
  /// The name typed in a scenario, for example `vllm-v1`.
  public var name: String
  /// One sentence.
  public var summary: String
  /// The system or paper the rules come from.
  public var source: String
  public var parameters: [ParameterDescriptor]
  /// What the policy keeps free for every request that runs, beyond what the request holds, as a clause that can follow
  /// a semicolon; nil for a policy that keeps nothing free. Results say it where KV memory was the limit.
  public var promise: (@Sendable (PolicyParameters) -> String)?

  public init(
    name: String, summary: String, source: String, parameters: [ParameterDescriptor],
    promise: (@Sendable (PolicyParameters) -> String)? = nil
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.parameters = parameters
    self.promise = promise
  }
}

/// One parameter of a policy: its name, kind and range, default, and a sentence of help.
public struct ParameterDescriptor: Sendable {
  public var name: String
  public var kind: ParameterKind
  public var defaultValue: ParameterValue
  public var help: String

  public init(_ name: String, _ kind: ParameterKind, default defaultValue: ParameterValue, _ help: String) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.help = help
  }
}

/// The values a parameter accepts.
public enum ParameterKind: Sendable, Equatable {
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  case duration(ClosedRange<SimDuration>)
  case boolean
  case choice([String])
}

/// A parameter's value, of the kind its descriptor declares.
public enum ParameterValue: Sendable, Equatable {
  case integer(Int)
  case number(Double)
  case duration(SimDuration)
  case boolean(Bool)
  case choice(String)
}

/// The values of one policy's parameters, complete: every declared name is present, checked and of its kind.
public struct PolicyParameters: Sendable, Equatable {
  private var values: [String: ParameterValue]

  /// The defaults of `descriptor`, with `overrides` on top.
  ///
  /// - Precondition: every override names a declared parameter and has its kind; the scenario reader checks that
  ///   with line numbers before this is called.
  public init(_ descriptor: PolicyDescriptor, overrides: [String: ParameterValue] = [:]) {
    values = [:]
    for parameter in descriptor.parameters { values[parameter.name] = parameter.defaultValue }
    for (name, value) in overrides {
      precondition(values[name] != nil, "policy \(descriptor.name) has no parameter '\(name)'")
      values[name] = value
    }
  }

  public func integer(_ name: String) -> Int {
    guard case .integer(let value)? = values[name] else { preconditionFailure("'\(name)' is not an integer parameter") }
    return value
  }
  public func number(_ name: String) -> Double {
    guard case .number(let value)? = values[name] else { preconditionFailure("'\(name)' is not a number parameter") }
    return value
  }
  public func duration(_ name: String) -> SimDuration {
    guard case .duration(let value)? = values[name] else {
      preconditionFailure("'\(name)' is not a duration parameter")
    }
    return value
  }
  public func boolean(_ name: String) -> Bool {
    guard case .boolean(let value)? = values[name] else { preconditionFailure("'\(name)' is not a boolean parameter") }
    return value
  }
  public func choice(_ name: String) -> String {
    guard case .choice(let value)? = values[name] else { preconditionFailure("'\(name)' is not a choice parameter") }
    return value
  }
}
