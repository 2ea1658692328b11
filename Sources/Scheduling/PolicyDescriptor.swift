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
  /// What it may do with sequences that it has admitted.
  public var traits: PolicyTraits
  /// What the policy keeps free for every request that runs, beyond what the request holds, as a clause that can follow
  /// a semicolon; nil for a policy that keeps nothing free. Results say it where KV memory was the limit.
  public var promise: (@Sendable (PolicyParameters) -> String)?

  public init(
    name: String, summary: String, source: String, parameters: [ParameterDescriptor], traits: PolicyTraits = [],
    promise: (@Sendable (PolicyParameters) -> String)? = nil
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.parameters = parameters
    self.traits = traits
    self.promise = promise
  }
}

/// What a policy may do with sequences that it has admitted. Tests hold a policy to it, both ways.
public struct PolicyTraits: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// It drops KV, to be recomputed.
  public static let recomputes = PolicyTraits(rawValue: 1)
  /// It pages KV out, to a peer's memory or the host's, and fetches it back.
  public static let pages = PolicyTraits(rawValue: 2)
  /// KV of some class is copied to host memory as it is produced.
  public static let checkpoints = PolicyTraits(rawValue: 4)
  /// It gives up iterations under way, at a safepoint between layers.
  public static let abortsIterations = PolicyTraits(rawValue: 8)

  /// Each with its name, as listings have it.
  static let names: [(trait: PolicyTraits, name: String)] = [
    (.recomputes, "recomputes"), (.pages, "pages"), (.checkpoints, "checkpoints"),
    (.abortsIterations, "aborts_iterations"),
  ]

  /// The names of those that are there.
  public var names: [String] { Self.names.filter { contains($0.trait) }.map(\.name) }
}

extension PolicyDescriptor {
  /// Keys of a policy's entry in a scenario that are not parameters.
  private static let reserved: Set = ["name", "label", "paging", "engine", "without", "best_over"]

  /// What is wrong with the description, as the rest of a sentence whose subject is the policy.
  public var problems: [String] {
    var problems: [String] = []
    if !Self.isName(name, apart: "-") {
      problems.append("is called '\(name)'; names are small letters, digits and '-', and start with a letter")
    }
    var seen: Set<String> = []
    for parameter in parameters {
      if !Self.isName(parameter.name, apart: "_") {
        problems.append(
          "has a parameter '\(parameter.name)'; names are small letters, digits and '_', and start with a letter")
      }
      if Self.reserved.contains(parameter.name) {
        problems.append("has a parameter '\(parameter.name)', which is a key of every policy's entry in a scenario")
      }
      if !seen.insert(parameter.name).inserted { problems.append("has two parameters '\(parameter.name)'") }
      if !parameter.kind.accepts(parameter.defaultValue) {
        problems.append("has a parameter '\(parameter.name)' that does not accept its own default")
      }
    }
    return problems
  }

  private static func isName(_ name: String, apart: Character) -> Bool {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let first = name.utf8.first, letters.contains(first) else { return false }
    return name.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == apart.asciiValue }
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

extension ParameterKind {
  /// Whether a value is of the kind and in its range.
  public func accepts(_ value: ParameterValue) -> Bool {
    switch (self, value) {
    case (.integer(let range), .integer(let value)): range.contains(value)
    case (.number(let range), .number(let value)): range.contains(value)
    case (.duration(let range), .duration(let value)): range.contains(value)
    case (.boolean, .boolean): true
    case (.choice(let choices), .choice(let value)): choices.contains(value)
    default: false
    }
  }
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

  /// A value by name; nil for a policy without such a parameter.
  public subscript(_ name: String) -> ParameterValue? { values[name] }

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
