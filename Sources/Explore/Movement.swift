import Report
import Scenario

/// What is changed in a scenario on the page: the same as a command line's `--set`, `--policy`, `--replications` and
/// `--seed`.
public struct Movement: Hashable, Sendable {
  /// Each `KEY.PATH=VALUE`.
  public var set: [String] = []
  /// In place of those compared; empty for those.
  public var policies: [String] = []
  public var replications: String?
  public var seed: String?

  public init(set: [String] = [], policies: [String] = [], replications: String? = nil, seed: String? = nil) {
    self.set = set
    self.policies = policies
    self.replications = replications
    self.seed = seed
  }

  /// The keys that are set, in order.
  var paths: [String] { self.set.map { setting in String(setting.prefix { $0 != "=" }) } }

  /// The overrides of a command line with these on top.
  func overrides(on base: ScenarioOverrides) -> ScenarioOverrides {
    var overrides = base
    overrides.set += set
    if !policies.isEmpty { overrides.policies = policies }
    overrides.replications = replications ?? base.replications
    overrides.seed = seed ?? base.seed
    // As for `run`: expectations may name any of the file's own policies and variants.
    overrides.ignoresExpectations = overrides.changesAlternatives
    return overrides
  }

  /// The command that does the same.
  public func command(_ scenario: String, on base: ScenarioOverrides) -> String {
    let all = overrides(on: base)
    var words = ["spillway", "run", scenario]
    for (option, values) in [
      ("--set", all.set), ("--policy", all.policies), ("--vary", all.vary), ("--variant", all.variants),
      ("--replications", [all.replications].compactMap { $0 }), ("--seed", [all.seed].compactMap { $0 }),
    ] {
      for value in values { words += [option, value] }
    }
    return words.map(Self.quoted).joined(separator: " ")
  }

  /// A word as a shell takes it.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy {
      $0 >= 48 && $0 <= 57 || $0 >= 65 && $0 <= 90 || $0 >= 97 && $0 <= 122 || "-_./=:,@%+".utf8.contains($0)
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}

/// What the page asks for: the present state, and those that were pinned beside it.
public struct Question: Hashable, Sendable {
  /// The most states beside the present one: a solid line, and the two kinds of broken ones.
  public static let mostPins = 2
  private static let mostSettings = 64
  private static let mostPolicies = 16
  private static let longestValue = 2_000

  public struct Pin: Hashable, Sendable {
    public var name: String
    public var movement: Movement
  }

  /// What of the answer the page has room for.
  public struct Shown: Hashable, Sendable {
    public var screen = PageParts.Screen.wide
    /// Charts of deployments that are there to be lived beside.
    public var hasBeside = false
  }

  public var now: Movement
  public var pins: [Pin] = []
  public var shown = Shown()

  /// Why a query is no question.
  public struct Malformed: Error, Equatable, CustomStringConvertible {
    public var description: String
  }

  /// Reads a query: `set=KEY.PATH=VALUE`, `policy=NAME`, `replications=N` and `seed=N`; `pin=NAME` for each pin, with
  /// its own behind `NAME.`; `screen=wide` or `narrow`; `beside=yes`. Pins have the present state's seed and
  /// replications, without which there is nothing to compare.
  public init(_ items: some Sequence<(name: String, value: String)>) throws(Malformed) {
    now = Movement()
    for (name, value) in items {
      if value.utf8.count > Self.longestValue {
        throw Malformed(description: "a value of the query takes \(Self.longestValue) bytes at most")
      }
      let parts = name.split(separator: ".", maxSplits: 1)
      if name == "screen" {
        guard let screen = PageParts.Screen(rawValue: value) else {
          throw Malformed(description: "'screen' wants wide or narrow")
        }
        shown.screen = screen
      } else if name == "beside" {
        shown.hasBeside = value == "yes"
      } else if name == "pin" {
        pins.append(Pin(name: value, movement: Movement()))
      } else if parts.count == 2, let index = pins.firstIndex(where: { $0.name == parts[0] }) {
        try pins[index].movement.take(String(parts[1]), value)
      } else {
        try now.take(name, value)
      }
    }
    let names = Set(pins.map(\.name))
    if pins.count > Self.mostPins || names.count < pins.count || names.contains("now") {
      throw Malformed(description: "at most \(Self.mostPins) states can be pinned, each with a name of its own")
    }
    for index in pins.indices {
      pins[index].movement.replications = now.replications
      pins[index].movement.seed = now.seed
    }
    for movement in [now] + pins.map(\.movement) {
      if movement.set.count > Self.mostSettings || movement.policies.count > Self.mostPolicies {
        throw Malformed(
          description: "a query sets \(Self.mostSettings) keys and names \(Self.mostPolicies) policies at most")
      }
    }
  }
}

extension Movement {
  fileprivate mutating func take(_ name: String, _ value: String) throws(Question.Malformed) {
    switch name {
    case "set": set.append(value)
    case "policy": policies.append(value)
    case "replications": replications = value
    case "seed": seed = value
    default: throw Question.Malformed(description: "a query has no item '\(name.prefix(60))'")
    }
  }
}
