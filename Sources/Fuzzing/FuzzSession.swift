import Configuration
import Metrics
import Scenario
import Scheduling

/// What random cases came to.
public struct FuzzTally: Sendable {
  public var cases = 0
  public var ran = 0
  public var refused = 0
  public var tooLong = 0
  public var requests: Int64 = 0
  /// Keys of the declaration that scenarios which ran have written.
  public var keysReached: Set<String> = []
  public var policiesReached: Set<String> = []
  /// Messages with quoted words, names and numbers left out: how many different things were said.
  public var messages: Set<String> = []

  public init() {}
}

/// Random scenarios, one after another from successive seeds.
public struct FuzzSession: Sendable {
  public let policies: PolicyCatalogue
  let section: Section
  let check: ScenarioCheck

  /// A case that broke a law, with as few changes as still break one.
  public struct Failure: Sendable {
    public var seed: UInt64
    public var reason: String
    public var text: String
  }

  public init(policies: PolicyCatalogue, metrics: [String]) {
    self.policies = policies
    section = ScenarioSchema.section(policies: policies, metrics: metrics)
    check = ScenarioCheck(policies: policies, metrics: metrics)
  }

  /// Every key that scenarios can have.
  public var keys: Set<String> { ScenarioPlaces.names(in: section) }

  /// The scenario of a seed.
  public func text(of seed: UInt64) -> String { ScenarioCase(seed: seed, section: section).text }

  /// Tries one seed.
  ///
  /// - Returns: what broke; nil when everything held.
  public func tryOne(_ seed: UInt64, into tally: inout FuzzTally) async -> Failure? {
    let one = ScenarioCase(seed: seed, section: section)
    tally.cases += 1
    switch await check.outcome(of: one.text) {
    case .ran(let requests):
      tally.ran += 1
      tally.requests += requests
      tally.keysReached.formUnion(one.keys(in: section))
      for name in policies.descriptors.map(\.name) where one.text.contains(name) { tally.policiesReached.insert(name) }
    case .refused(let messages):
      tally.refused += 1
      for message in messages { tally.messages.insert(Self.pattern(of: message)) }
    case .tooLong: tally.tooLong += 1
    case .broken(let reason):
      let smallest = await one.shrunk { other in
        if case .broken = await check.outcome(of: other.text) { true } else { false }
      }
      return Failure(seed: seed, reason: reason, text: smallest.text)
    }
    return nil
  }

  /// A message without what it quotes, and without its numbers and place.
  static func pattern(of message: String) -> String {
    var pattern = ""
    var isQuoted = false
    for character in message {
      if character == "'" {
        isQuoted.toggle()
        pattern.append("'")
      } else if !isQuoted, !character.isNumber {
        pattern.append(character)
      }
    }
    return pattern
  }
}
