import Assembly
import Catalogue
import Configuration

/// The command that starts a serving stack's server: its arguments, and what a scenario makes of each. Read from the
/// catalogue's `commands`.
public struct ServeDialect: Sendable {
  /// The serving stack, by its name in the catalogue.
  public var stack: String
  /// The words that such a command may begin with.
  public var programs: [[String]]
  /// Whether the model is the first word that belongs to no argument.
  public var takesModelFirst: Bool
  /// What stands before a switch's name to turn it off, such as `--no-`; nil where there is no such thing.
  public var negation: String?
  /// Keys that the stack has otherwise than a scenario that leaves them out, with their values.
  public var defaults: [Assignment]
  /// In the order in which they are applied.
  public var arguments: [Argument]

  /// A key of a scenario with its value as text: `model`, `tensor_parallel`, `replicas`, `router`, `engine.KEY`, or
  /// `policy.KEY`.
  public struct Assignment: Sendable, Hashable {
    public var key: String
    public var value: String
  }

  /// One argument with all its names.
  public struct Argument: Sendable {
    public var names: [String]
    public var takes: Takes
    public var effect: Effect
  }

  /// What follows an argument's name.
  public enum Takes: String, Sendable, CaseIterable {
    case nothing, value, values
    case integer, number, text, integers
  }

  /// What becomes of an argument.
  public enum Effect: Sendable {
    case sets(Setting)
    /// It asks for what is not modelled, unless its value is one of these.
    case refused(unless: [String], why: String)
    /// It does not matter for how long anything takes.
    case neutral(why: String)
    /// Its value is a JSON object with members that are arguments too; others are refused.
    case object([Argument], why: String)
  }

  /// How an argument's value becomes a key's.
  public struct Setting: Sendable {
    public var key: String
    /// The command's words for values, and the scenario's; an empty one leaves the key out.
    public var values: [Assignment]
    /// Written behind the number.
    public var unit: String?
    /// Added to the number.
    public var add: Int
    /// Whether the number is of all GPUs of a replica together, and the key's of each.
    public var isSharedByGPUs: Bool
    /// Keys that are set with it.
    public var also: [Assignment]
    /// Why other values than those listed are refused; may be empty.
    public var why: String
  }

  /// Those of the catalogue.
  ///
  /// - Precondition: the embedded files are sound; the tests read every one.
  public static let all: [ServeDialect] = Catalogue.paths(under: "commands").map {
    ServeDialect(ServeDialectSections.command.embedded($0))
  }

  /// The dialect of a stack.
  public static func of(stack: String) -> ServeDialect? { all.first { $0.stack == stack } }

  /// The argument of a name; `_` and `-` are the same in names.
  func argument(named name: String) -> Argument? { Self.argument(named: name, in: arguments) }

  static func argument(named name: String, in arguments: [Argument]) -> Argument? {
    let wanted = folded(name)
    return arguments.first { $0.names.contains { folded($0) == wanted } }
  }

  private static func folded(_ name: String) -> String { String(name.map { $0 == "_" ? "-" : $0 }) }

  /// The command's words that give a key a value; nil when it has none for it.
  func words(for key: String, _ value: String) -> String? {
    for argument in arguments {
      guard case .sets(let setting) = argument.effect, let name = argument.names.first,
        setting.key == key || setting.also.contains(where: { $0.key == key })
      else { continue }
      let known = setting.values.first { $0.value == value }?.key
      if argument.takes == .nothing {
        switch known ?? value {
        case "true": return name
        case "false": return negation.map { $0 + name.drop { $0 == "-" } }
        default: return nil
        }
      }
      if !setting.values.isEmpty, argument.takes == .text {
        guard let known else { continue }
        return "\(name) \(known)"
      }
      return "\(name) \(value)"
    }
    for argument in arguments {
      guard case .object(let members, _) = argument.effect, let name = argument.names.first else { continue }
      for member in members {
        guard case .sets(let setting) = member.effect, setting.key == key, let inner = member.names.first,
          let known = setting.values.first(where: { $0.value == value })?.key
        else { continue }
        return "\(name) '{\"\(inner)\": \"\(known)\"}'"
      }
    }
    return nil
  }
}

extension ServeDialect {
  fileprivate init(_ map: CheckedMap) {
    stack = map.text("stack") ?? ""
    programs = map.list("programs").compactMap(\.text).map { $0.split(separator: " ").map(String.init) }
    takesModelFirst = map.text("positional") != nil
    negation = map.text("negation")
    defaults = map.list("defaults").compactMap(\.text).map(Assignment.init(text:))
    arguments =
      Argument.list(map)
      + map.list("json").compactMap(\.map).map { object in
        Argument(
          names: object.list("names").compactMap(\.text), takes: .value,
          effect: .object(Argument.list(object), why: object.text("why") ?? ""))
      }
  }
}

extension ServeDialect.Argument {
  fileprivate static func list(_ map: CheckedMap) -> [Self] {
    func made(_ map: CheckedMap, _ effect: ServeDialect.Effect) -> Self {
      Self(
        names: map.list("names").compactMap(\.text),
        takes: map.text("takes").flatMap(ServeDialect.Takes.init) ?? .value, effect: effect)
    }
    func maps(_ key: String) -> [CheckedMap] {
      map.section.key(key) == nil ? [] : map.list(key).compactMap(\.map)
    }
    return maps("sets").map { made($0, .sets(ServeDialect.Setting($0))) }
      + maps("refused").map {
        made($0, .refused(unless: $0.list("unless").compactMap(\.text), why: $0.text("why") ?? ""))
      }
      + maps("neutral").map { made($0, .neutral(why: $0.text("why") ?? "")) }
  }
}

extension ServeDialect.Setting {
  fileprivate init(_ map: CheckedMap) {
    key = map.text("key") ?? ""
    values = map.list("values").compactMap(\.text).map(ServeDialect.Assignment.init(text:))
    unit = map.text("unit")
    add = map.integer("add") ?? 0
    isSharedByGPUs = map.boolean("shared_by_gpus") ?? false
    also = map.list("also").compactMap(\.text).map(ServeDialect.Assignment.init(text:))
    why = map.text("why") ?? ""
  }
}

extension ServeDialect.Assignment {
  /// `KEY=VALUE`; without a sign the value is empty.
  fileprivate init(text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    self.init(key: parts[0], value: parts.count > 1 ? parts[1] : "")
  }
}
