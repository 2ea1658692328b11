import TextIO

/// A checkpoint as its publisher names it, and the model of the catalogue that stands for it.
public struct PublishedModel: Hashable, Sendable {
  /// In what a checkpoint is not like the catalogue's model.
  public enum Difference: Hashable, Sendable {
    /// The longest sequence, tokens.
    case context(Int)
    /// How weights are stored.
    case weights(NumberType)
    /// Something of the layers themselves, in words.
    case layers(String)
  }

  /// The catalogue's name of the model that has the same layers.
  public let entry: String
  /// Empty when the two are alike.
  public let differences: [Difference]
}

/// A published model whose parts are not modelled.
public struct UnmodelledModelError: Error, Hashable, Sendable, CustomStringConvertible {
  public let name: String
  /// What is not modelled, in a few words.
  public let reason: String

  public var description: String { "the model '\(name)' cannot be simulated: \(reason)" }
}

extension ModelCatalogue {
  /// What the catalogue has for a published name, for example `meta-llama/Llama-3.1-70B-Instruct`.
  ///
  /// Organisation, case and endings that only tell how a checkpoint was tuned are passed over.
  ///
  /// - Returns: `nil` for a model that the catalogue lacks.
  /// - Throws: `UnmodelledModelError` for one that is known and has parts that are not modelled.
  public static func published(_ name: String) throws(UnmodelledModelError) -> PublishedModel? {
    var plain = withoutOrganisation(name)
    let isEightBit = plain.strip(["-fp8"])
    var isTuned = false
    while let ending = tunings.first(where: { plain.hasSuffix($0) && plain.count > $0.count }) {
      plain.removeLast(ending.count)
      isTuned = isTuned || ending == "-instruct"
    }
    if let known = unmodelled.first(where: { plain.hasPrefix($0.prefix) }) {
      throw UnmodelledModelError(name: name, reason: known.reason)
    }
    var entry = plain
    var differences: [PublishedModel.Difference] = []
    if let alias = aliases[plain] {
      entry = alias.entry
      differences = alias.differences
    }
    guard names.contains(entry) else { return nil }
    // Qwen 2 and 2.5: the tuned checkpoints have a shorter context than the bases, which the catalogue has.
    if isTuned, entry.hasPrefix("qwen-2") { differences = [.context(32_768)] }
    if isEightBit, (try? model(named: entry))?.weightType != .fp8 { differences.append(.weights(.fp8)) }
    return PublishedModel(entry: entry, differences: differences)
  }

  /// A published name as the catalogue would write it: no organisation, lower case, no endings that tell of tuning.
  public static func plainName(of published: String) -> String {
    var plain = withoutOrganisation(published)
    while plain.strip(tunings) {}
    return plain
  }

  private static func withoutOrganisation(_ name: String) -> String {
    PathText.lastPart(name).lowercased()
  }

  /// Endings that say how a checkpoint was tuned and nothing about its shape.
  private static let tunings = ["-hf", "-instruct", "-chat", "-v0.1", "-0528", "-base", "-it"]

  /// Names, without organisation, endings and case, that the catalogue has under another name, or nearly has.
  ///
  /// Contexts are `max_position_embeddings` of the published config.json.
  private static let aliases: [String: (entry: String, differences: [PublishedModel.Difference])] = [
    "meta-llama-3-8b": ("llama-3.1-8b", [.context(8_192)]), "llama-3-8b": ("llama-3.1-8b", [.context(8_192)]),
    "meta-llama-3.1-8b": ("llama-3.1-8b", []),
    "meta-llama-3-70b": ("llama-3.1-70b", [.context(8_192)]), "llama-3-70b": ("llama-3.1-70b", [.context(8_192)]),
    "meta-llama-3.1-70b": ("llama-3.1-70b", []), "llama-3.3-70b": ("llama-3.1-70b", []),
    "meta-llama-3.1-405b": ("llama-3.1-405b", []),
    "llama2-70b": ("llama-2-70b", []), "llama2-7b": ("llama-2-7b", []),
    // MLPerf's names of its benchmark.
    "llama2-70b-99": ("llama-2-70b", []), "llama2-70b-99.9": ("llama-2-70b", []),
    "llama-13b": ("llama-2-13b", [.context(2_048)]),
    "mistral-7b-v0.2": ("mistral-7b", [.layers("no sliding window")]),
    "mistral-7b-v0.3": ("mistral-7b", [.layers("no sliding window and a vocabulary of 32,768")]),
    "mistral-7b-instruct-v0.2": ("mistral-7b", [.layers("no sliding window")]),
    "mistral-7b-instruct-v0.3": ("mistral-7b", [.layers("no sliding window and a vocabulary of 32,768")]),
    "deepseek-r1": ("deepseek-v3", []),
    "qwen2.5-72b": ("qwen-2.5-72b", []), "qwen2-72b": ("qwen-2.5-72b", []), "qwen2.5-14b": ("qwen-2.5-14b", []),
    "qwen2-7b": ("qwen-2-7b", []), "qwen2.5-7b": ("qwen-2-7b", []),
    "qwen3-235b-a22b": ("qwen-3-235b-a22b", []), "qwen3-32b": ("qwen-3-32b", []),
    "qwen3-30b-a3b": ("qwen-3-30b-a3b", []),
    "qwen3-235b-a22b-instruct-2507": ("qwen-3-235b-a22b", [.context(262_144)]),
    "qwen3-235b-a22b-thinking-2507": ("qwen-3-235b-a22b", [.context(262_144)]),
    "qwen3-30b-a3b-instruct-2507": ("qwen-3-30b-a3b", [.context(262_144)]),
    "qwen3-30b-a3b-thinking-2507": ("qwen-3-30b-a3b", [.context(262_144)]),
    "yi-34b": ("yi-34b-200k", [.context(4_096)]), "minimax-m2.5": ("minimax-m2", []),
  ]

  /// Models whose parts are not modelled, and which.
  private static let unmodelled: [(prefix: String, reason: String)] = [
    ("gpt-oss", "4-bit experts (MXFP4) are not modelled"),
    ("kimi-k2", "4-bit experts are not modelled"),
    ("qwen3.5", "linear attention (gated delta net) is not modelled"),
    ("qwen3-next", "linear attention (gated delta net) is not modelled"),
    ("glm-5", "sparse attention (DSA) is not modelled"),
    ("deepseek-v3.2", "sparse attention (DSA) is not modelled"),
    ("llama-4", "attention in chunks beside full attention, interleaved mixtures: not modelled"),
    ("decilm", "a number of key-value heads that differs from layer to layer is not modelled"),
    ("bloom", "position biases (ALiBi) and BLOOM's configuration are not modelled"),
  ]
}

extension String {
  /// Takes the first of these endings off, unless nothing would be left.
  fileprivate mutating func strip(_ endings: [String]) -> Bool {
    guard let ending = endings.first(where: { hasSuffix($0) && count > $0.count }) else { return false }
    removeLast(ending.count)
    return true
  }
}
