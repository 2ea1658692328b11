import Scheduling
import SimCore
import StepTime

/// A serving stack, for example vLLM: what its versions are charged, and what they do unless told otherwise.
public struct ServingStack: Sendable {
  /// What scenarios call it: `vllm`.
  public var name: String
  /// What people call it: `vLLM`.
  public var title: String
  /// Oldest first; each stands for itself and for those after it until the next.
  public var versions: [StackVersion]

  /// The newest version.
  ///
  /// - Precondition: a stack has a version.
  public var newest: StackVersion { versions[versions.count - 1] }

  /// From which version on all have a default that a version may have; nil when the newest has not.
  public func since(_ isDefault: (StackVersion) -> Bool) -> VersionNumber? {
    versions.reversed().prefix(while: isDefault).last?.number
  }

  /// What stands for a version; nil for one older than all.
  ///
  /// - Parameter text: numbers apart by points, as in `0.20.2`; what follows them does not count.
  public func version(_ text: String) -> StackVersion? {
    let wanted = VersionNumber(text)
    guard var found = versions.last(where: { !(wanted < $0.number) }) else { return nil }
    found.asked = text
    found.isBeyondFitted =
      found.number == newest.number && Array(wanted.parts.prefix(found.number.parts.count)) != found.number.parts
    return found
  }
}

/// One version of a serving stack.
public struct StackVersion: Sendable {
  public var stack: String
  public var title: String
  /// From which version on.
  public var number: VersionNumber
  /// The version that was asked for; the version itself when none was.
  public var asked: String
  /// Whether what was asked for is newer than anything that was fitted.
  public var isBeyondFitted = false
  /// When it was current, in words.
  public var date: String
  /// The scheduler that it has.
  public var policy: String
  /// Parameters of that scheduler that differ from its own defaults.
  public var parameters: [String: ParameterValue]
  /// What the engine itself is charged.
  public var costs: EngineCosts
  /// The same for models whose query heads share key-value heads, where that makes a difference.
  public var groupedHeadCosts: EngineCosts?
  /// Other ways of running it that were fitted, by name.
  public var variants: [(name: String, costs: EngineCosts)]
  /// Without captured graphs; nil where that is not known.
  public var eager: EagerLaunch?
  /// Profiles in the catalogue that its costs go with.
  public var kernels: [String]
  /// Which these are, and why, in words.
  public var kernelSource: String
  /// Limits by GPU: the first rule that holds.
  public var limits: [LimitRule]
  public var memory: StackMemory
  /// The largest captured graph holds at most so many tokens for each sequence that may run; nil without such a limit.
  public var graphsPerSequence: Int?
  /// Whether it caches prefixes unless told otherwise.
  public var cachesPrefixes: Bool
  /// Whether it plans an iteration while another runs unless told otherwise.
  public var schedulesAsynchronously: Bool
  /// Kinds of GPU (`h100`) that its costs were fitted on with that; nil where they hold for all alike.
  public var fittedAheadOn: [String]?

  /// What people call it: `vLLM 0.20`.
  public var fullName: String { "\(title) \(asked)" }
}

/// The host's time to launch kernels one by one.
public struct EagerLaunch: Sendable, Hashable {
  /// Of one layer, seconds.
  public var perLayer: Double
  /// Where that comes from, in words.
  public var source: String
}

/// Limits of a scheduler that hold on some GPUs.
public struct LimitRule: Sendable, Hashable {
  /// Of device memory, bytes.
  public var memoryAtLeast: Int64
  /// A kind of GPU that it does not hold for.
  public var exception: String?
  public var tokens: TokenBudget
  public var maxSequences: Int
  /// Where it comes from, in words.
  public var source: String

  public enum TokenBudget: Sendable, Hashable {
    case fixed(Int)
    /// The longest sequence, within bounds.
    case longestSequence(ClosedRange<Int>)
  }
}

/// What part of a GPU's memory an engine takes.
public struct StackMemory: Sendable, Hashable {
  /// Of all, for weights, activations and KV together.
  public var share: Double
  /// Of what weights and activations leave, for KV.
  public var shareOfFree: Double
  /// Sequences whose logits are kept at most; nil for as many as may run.
  public var reservedSequences: Int?
  /// What is kept from weights and KV.
  public var reserve = MemoryReserve.assumed
  /// Where the shares come from, in words.
  public var source: String
}

extension StackVersion {
  /// The scheduler's limits on a GPU.
  ///
  /// - Parameters:
  ///   - gpu: its name in the catalogue.
  ///   - memory: device memory, bytes.
  ///   - maxModelLength: the longest sequence, tokens.
  public func limits(
    gpu: String, memory: Int64, maxModelLength: Int
  ) -> (maxBatchedTokens: Int, maxSequences: Int, source: String) {
    let kind = gpu.prefix { $0 != "-" }
    let rule =
      limits.first { memory >= $0.memoryAtLeast && $0.exception.map { $0 != kind } ?? true } ?? limits[limits.count - 1]
    let tokens =
      switch rule.tokens {
      case .fixed(let count): count
      case .longestSequence(let range): min(max(maxModelLength, range.lowerBound), range.upperBound)
      }
    return (tokens, rule.maxSequences, rule.source)
  }

  /// The profile of a kind of GPU that its costs go with; nil when none was measured.
  ///
  /// - Parameter gpu: a name of the catalogue (`h100-sxm-80gb`), or a kind (`h100`).
  public func profileName(forGPU gpu: String) -> String? {
    if kernels.contains(gpu) { return gpu }
    let kind = gpu.prefix { $0 != "-" }
    return kernels.first { $0.prefix { $0 != "-" } == kind }
  }

  /// What the engine is charged.
  ///
  /// - Parameters:
  ///   - variant: another way of running it; nil for the usual one, and what is not a variant counts as the usual one.
  ///   - sharesHeads: whether the model's query heads share key-value heads.
  public func costs(variant: String? = nil, sharesHeads: Bool) -> EngineCosts {
    if let variant, let other = variants.first(where: { $0.name == variant }) { return other.costs }
    return (sharesHeads ? groupedHeadCosts : nil) ?? costs
  }
}

/// A version: numbers apart by points. What follows them (`rc3`, `.post1`) does not count.
public struct VersionNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var parts: [Int]

  public init(parts: [Int]) { self.parts = parts }

  public init(_ text: String) {
    parts = []
    for part in text.drop(while: { !$0.isNumber }).split(separator: ".") {
      let digits = part.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int(digits) else { break }
      parts.append(number)
      if digits.count < part.count { break }
    }
  }

  public var description: String { parts.map(String.init).joined(separator: ".") }

  public static func < (a: Self, b: Self) -> Bool { a.parts.lexicographicallyPrecedes(b.parts) }
}
