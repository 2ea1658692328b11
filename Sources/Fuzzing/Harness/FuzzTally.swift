/// What cases came to. Tallies of several processes and runs add up.
public struct FuzzTally: Sendable, Codable, Equatable {
  public var cases = 0
  public var ran = 0
  public var refused = 0
  public var tooLong = 0
  public var requests: Int64 = 0
  /// How many scenarios that ran have written each key of the declaration.
  public var keysReached: [String: Int] = [:]
  /// How many scenarios that ran were scheduled by each policy.
  public var policiesReached: [String: Int] = [:]
  /// How many commands had each option, as `run --format`.
  public var optionsReached: [String: Int] = [:]
  /// Messages with quoted words, names and numbers left out, and how often each was said.
  public var messages: [String: Int] = [:]
  /// How many scenarios each rule of changed runs has been held against.
  public var rules: [String: Int] = [:]
  /// By kind of input or of fault.
  public var kinds: [String: KindTally] = [:]
  /// How often each kind of mutation was made.
  public var mutations: [String: Int] = [:]
  /// Seconds of the slowest case.
  public var slowest = 0.0

  public init() {}

  public mutating func add(_ other: FuzzTally) {
    cases += other.cases
    ran += other.ran
    refused += other.refused
    tooLong += other.tooLong
    requests += other.requests
    keysReached.merge(other.keysReached, uniquingKeysWith: +)
    policiesReached.merge(other.policiesReached, uniquingKeysWith: +)
    optionsReached.merge(other.optionsReached, uniquingKeysWith: +)
    messages.merge(other.messages, uniquingKeysWith: +)
    rules.merge(other.rules, uniquingKeysWith: +)
    mutations.merge(other.mutations, uniquingKeysWith: +)
    kinds.merge(other.kinds) { $0 + $1 }
    slowest = max(slowest, other.slowest)
  }

  mutating func note(message: String) { messages[MessagePattern.of(message), default: 0] += 1 }
}

/// What cases of one kind came to.
public struct KindTally: Sendable, Codable, Equatable {
  public var cases = 0
  /// Taken for what they are.
  public var read = 0
  public var refused = 0
  /// Stopped because they would have run long.
  public var stopped = 0
  /// Of the refused, those whose message names a line.
  public var withLine = 0
  /// ... and a column.
  public var withColumn = 0

  static func + (a: Self, b: Self) -> Self {
    var sum = a
    sum.cases += b.cases
    sum.read += b.read
    sum.refused += b.refused
    sum.stopped += b.stopped
    sum.withLine += b.withLine
    sum.withColumn += b.withColumn
    return sum
  }
}

/// Messages as coverage counts them.
enum MessagePattern {
  /// A message without what it quotes, its numbers and its place.
  static func of(_ message: String) -> String {
    var text = message[...]
    for mark in ["error: ", "warning: "] {
      if let range = text.firstRange(of: mark) { text = text[range.lowerBound...] }
    }
    var pattern = ""
    var isQuoted = false
    for character in text {
      if character == "'" {
        isQuoted.toggle()
        pattern.append("'")
      } else if !isQuoted, !character.isNumber {
        pattern.append(character)
      }
    }
    return String(pattern.prefix(100))
  }
}
