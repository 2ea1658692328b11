import SimCore

/// What prompts of a stream begin with: each with the prefix of one of several groups, such as a system prompt.
public struct SharedPrefix: Hashable, Sendable {
  /// How long the prefixes are; each group's is drawn once.
  public var tokens: LengthDistribution
  public var groups: Int
  /// Group k of 1, 2, ... is chosen with probability proportional to k^-exponent; 0 makes all alike.
  public var exponent: Double

  /// The most groups that there can be.
  public static let mostGroups = 1_000_000

  public init(tokens: LengthDistribution, groups: Int = 1, exponent: Double = 0) {
    self.tokens = tokens
    self.groups = groups
    self.exponent = exponent
  }

  /// Everything wrong with the description, in words.
  func problems() -> [WorkloadProblem] {
    var found = tokens.problems().below("tokens")
    found.expect(
      (1...Self.mostGroups).contains(groups), "groups",
      "a number of groups is between 1 and \(Self.mostGroups), found \(groups)")
    found.expect(
      exponent >= 0 && exponent <= 20, "exponent", "an exponent is between 0 and 20, found \(inWords(exponent))")
    return found
  }
}

extension WorkloadStream {
  /// How long the prefix of each of its groups is, in tokens; none where its prompts have nothing in common.
  public func prefixLengths(seed: UInt64, replication: Int) -> [Int] {
    guard let sharedPrefix else { return [] }
    let name = name
    let sampler = PrefixSampler(sharedPrefix) {
      RandomStream(seed: seed, replication: replication, purpose: "\($0)/\(name)")
    }
    return (0..<sharedPrefix.groups).map { Int(sampler.length(of: $0)) }
  }
}

/// Draws the groups of requests.
struct PrefixSampler: Sendable {
  private let choice: ZipfSampler?
  private let lengths: LengthSampler
  /// Each group's length is drawn from a stream of its own, so that it does not depend on who asks first.
  private let random: @Sendable (Int) -> RandomStream

  init(_ prefix: SharedPrefix, random: @escaping @Sendable (_ purpose: String) -> RandomStream) {
    choice = prefix.groups == 1 ? nil : ZipfSampler(exponent: prefix.exponent, low: 1, high: prefix.groups)
    lengths = LengthSampler(prefix.tokens)
    self.random = { random("prefix/group-\($0)") }
  }

  /// Makes a request one of a group: its prompt follows the group's prefix.
  func complete(_ request: inout Request, _ stream: inout RandomStream) {
    let group = (choice?.draw(&stream) ?? 1) - 1
    request.prefixGroup = Int32(group)
    request.prefixTokens = length(of: group)
    request.promptTokens = Int32(min(LengthDistribution.largest, Int(request.prefixTokens) + Int(request.promptTokens)))
  }

  /// How long a group's prefix is.
  func length(of group: Int) -> Int32 {
    var own = random(group)
    return lengths.draw(&own)
  }
}
