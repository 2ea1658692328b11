import SimCore
import Synchronization

/// What may stand behind a key: one declaration from which values are read, checked, printed and described.
public indirect enum ValueKind: Sendable {
  /// Any text.
  case text
  /// A name made of letters, digits, '.', '-' and '_'.
  case identifier
  /// One of the names known; the noun is for messages.
  case choice(noun: String, [String])
  case boolean
  case integer(Bounds<Int>)
  /// A bare number.
  case number(Bounds<Double>)
  /// A share: `0.9` or `90 %`.
  case fraction(Bounds<Double>)
  case bytes(Bounds<Int>)
  case duration(Bounds<SimDuration>)
  /// So many a second; the noun is what is counted.
  case rate(Bounds<Double>, of: String)
  case bandwidth(Bounds<Double>)
  case floatingPointRate(Bounds<Double>)
  case list(of: ValueKind, atLeast: Int)
  case mapping(Section)
  /// A mapping whose key `by` says which of the sections it follows; sections are known by their names. Where this is
  /// the only kind, the bare name stands for a mapping with that key alone.
  case tagged(by: String, noun: String, [Section])
  /// Any of these, told apart by what is written.
  case either([ValueKind])

  /// What to call a right value in a message.
  public var expected: String {
    switch self {
    case .text: "text"
    case .identifier: "a name"
    case .choice(let noun, _): "the name of \(article(noun)) \(noun)"
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .fraction: "a fraction such as '0.9' or '90 %'"
    case .bytes: "a size such as '80 GB' or '64 KiB'"
    case .duration: "a duration such as '10 min' or '250 ms'"
    case .rate(_, let noun): "a number of \(noun) per second"
    case .bandwidth: "a bandwidth such as '350 GB/s' or '200 Gb/s'"
    case .floatingPointRate: "a computing rate such as '989 TFLOP/s'"
    case .list(let item, _): "a list of \(item.expectedInList)"
    case .mapping: "a mapping"
    case .tagged(_, let noun, _): "the name of \(article(noun)) \(noun), or a mapping"
    case .either(let kinds):
      kinds.map { $0.shape == .mapping ? "a mapping" : $0.expected }.joined(separator: ", or ")
    }
  }

  private var expectedInList: String {
    switch self {
    case .text: "texts"
    case .identifier: "names"
    case .choice(let noun, _): "\(noun) names"
    case .integer: "whole numbers"
    case .number: "numbers"
    case .mapping: "mappings"
    case .tagged(_, let noun, _): "\(noun) names or mappings"
    default: "values, each \(expected)"
    }
  }

  private func article(_ noun: String) -> String { "aeiou".contains(noun.first ?? "x") ? "an" : "a" }

  enum Shape { case scalar, list, mapping }

  var shape: Shape {
    switch self {
    case .list: .list
    case .mapping, .tagged: .mapping
    default: .scalar
    }
  }
}

/// A key that a mapping may have.
public struct Key: Sendable {
  /// Whether the key must be there, and what stands for it when it is not.
  public enum Presence: Sendable, Equatable {
    case required
    /// May be left out, without a value standing in.
    case optional
    /// May be left out; the text is read as if it had been written. `{}` and `[]` are an empty mapping and list.
    case standard(String)
  }

  public var name: String
  public var kind: ValueKind
  public var presence: Presence
  /// One sentence for help and schema.
  public var help: String
  /// The name it had in earlier versions, which is still read.
  public var formerly: String?

  public init(_ name: String, _ kind: ValueKind, _ presence: Presence, _ help: String, formerly: String? = nil) {
    self.name = name
    self.kind = kind
    self.presence = presence
    self.help = help
    self.formerly = formerly
  }
}

/// A kind of mapping: the keys it may have.
public struct Section: Sendable {
  /// The name: the value of the tag for the sections of a tagged mapping.
  public var name: String
  /// One sentence.
  public var help: String
  public var keys: [Key] {
    get { declared.keys }
    set { declared = .here(newValue) }
  }
  /// Keys that people may try, which mean something that is not modelled, with what to do instead.
  public var notModelled: [(name: String, hint: String)]
  /// What keys mean that are not declared, in one sentence; nil where there must be none. They are left to the reader
  /// of the document's nodes.
  public var otherKeys: String?
  private var declared: Declaration

  public init(
    _ name: String, _ help: String, _ keys: [Key], notModelled: [(name: String, hint: String)] = [],
    otherKeys: String? = nil
  ) {
    self.name = name
    self.help = help
    self.notModelled = notModelled
    self.otherKeys = otherKeys
    declared = .here(keys)
  }

  /// A section of keys that are dear to declare, and that most documents do not have.
  ///
  /// - Parameter keys: makes them, when they are first asked for; the same ones whenever it is called.
  public init(
    _ name: String, _ help: String, notModelled: [(name: String, hint: String)] = [],
    keys: @escaping @Sendable () -> [Key]
  ) {
    self.name = name
    self.help = help
    self.notModelled = notModelled
    declared = .later(LateKeys(keys))
  }

  /// The declaration of a key.
  public func key(_ name: String) -> Key? { keys.first { $0.name == name } }
}

/// Where a section's keys are.
private enum Declaration: Sendable {
  case here([Key])
  case later(LateKeys)

  var keys: [Key] {
    switch self {
    case .here(let keys): keys
    case .later(let late): late.keys
    }
  }
}

/// Keys that are made when they are first asked for.
private final class LateKeys: Sendable {
  private let make: @Sendable () -> [Key]
  private let made = Mutex<[Key]?>(nil)

  init(_ make: @escaping @Sendable () -> [Key]) { self.make = make }

  /// Two who ask at the same time may both make them, and get equal ones.
  var keys: [Key] {
    if let keys = made.withLock({ $0 }) { return keys }
    let keys = make()
    made.withLock { $0 = keys }
    return keys
  }
}
