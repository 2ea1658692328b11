import Models

/// The catalogue's models by the names that publishers use.
enum SuiteModels {
  /// Endings of published names that say how a checkpoint was tuned or stored and nothing about its shape.
  private static let endings = [
    "-hf", "-instruct", "-chat", "-v0.1", "-v0.2", "-v0.3", "-fp8", "-0528", "-base", "-it",
  ]

  /// Published names, without organisation, endings and case, that the catalogue has under another name.
  private static let aliases = [
    "meta-llama-3-8b": "llama-3.1-8b", "llama-3-8b": "llama-3.1-8b", "meta-llama-3.1-8b": "llama-3.1-8b",
    "meta-llama-3-70b": "llama-3.1-70b", "llama-3-70b": "llama-3.1-70b", "meta-llama-3.1-70b": "llama-3.1-70b",
    "llama-3.3-70b": "llama-3.1-70b", "meta-llama-3.1-405b": "llama-3.1-405b", "llama2-70b": "llama-2-70b",
    "llama2-70b-99": "llama-2-70b", "llama2-70b-99.9": "llama-2-70b", "llama2-7b": "llama-2-7b",
    "llama-13b": "llama-2-13b", "deepseek-r1": "deepseek-v3",
    "qwen2.5-72b": "qwen-2.5-72b", "qwen2-72b": "qwen-2.5-72b", "qwen2.5-14b": "qwen-2.5-14b",
    "qwen2-7b": "qwen-2-7b", "qwen2.5-7b": "qwen-2-7b", "qwen3-235b-a22b": "qwen-3-235b-a22b",
    "qwen3-32b": "qwen-3-32b", "qwen3-30b-a3b": "qwen-3-30b-a3b", "yi-34b": "yi-34b-200k",
    "minimax-m2.5": "minimax-m2",
  ]

  /// Models whose parts are not modelled, and which.
  private static let unsupported: [(prefix: String, reason: String)] = [
    ("gpt-oss", "4-bit experts (MXFP4) are not modelled"),
    ("kimi-k2", "4-bit experts are not modelled"),
    ("qwen3.5", "linear attention (gated delta net) is not modelled"),
    ("qwen3-next", "linear attention (gated delta net) is not modelled"),
    ("glm-5", "sparse attention (DSA) is not modelled"),
    ("deepseek-v3.2", "sparse attention (DSA) is not modelled"),
    ("gptj", "beam search is not modelled"),
    ("llama-4", "attention in chunks beside full attention, interleaved mixtures: not modelled"),
    ("decilm", "a number of key-value heads that differs from layer to layer is not modelled"),
    ("bloom", "position biases (ALiBi) and BLOOM's configuration are not modelled"),
  ]

  /// The architecture of a published model with its linear layers stored as `weights`, or why there is none.
  static func find(_ published: String, weights: NumberType?) -> Result<ModelArchitecture, SuiteObstacle> {
    let name = normalised(published)
    if let known = unsupported.first(where: { name.hasPrefix($0.prefix) }) {
      return .failure(SuiteObstacle(known.reason))
    }
    let entry = aliases[name] ?? name
    guard ModelCatalogue.names.contains(entry) else {
      return .failure(SuiteObstacle("the model '\(published)' is not in the catalogue"))
    }
    do {
      let model = try ModelCatalogue.model(named: entry)
      return .success(weights.map { model.storingWeights(as: $0) } ?? model)
    } catch {
      return .failure(SuiteObstacle("\(error)"))
    }
  }

  private static func normalised(_ published: String) -> String {
    var name = (published.split(separator: "/").last.map(String.init) ?? published).lowercased()
    while let ending = endings.first(where: { name.hasSuffix($0) && name.count > $0.count }) {
      name.removeLast(ending.count)
    }
    return name
  }
}

/// Why a point cannot be simulated, in a few words.
struct SuiteObstacle: Error, Sendable {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
