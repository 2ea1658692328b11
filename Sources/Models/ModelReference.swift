/// What a person may write where a model is wanted: a name of the catalogue, the name under which it was published, or
/// the path of a `config.json`.
public enum ModelReference: Hashable, Sendable {
  /// This model of the catalogue.
  case entry(String)
  /// This file, or the `config.json` in this folder.
  case file(String)
  /// Neither. The advice continues a message like `unknown model 'NAME'`; `nil` when nothing like it is known.
  case unknown(advice: String?)

  /// - Parameter isFile: whether a path is that of a file.
  public init(_ text: String, isFile: (String) -> Bool) {
    if ModelCatalogue.names.contains(text) {
      self = .entry(text)
    } else if text.hasSuffix(".json") || isFile(text) {
      self = .file(text)
    } else if isFile(text + "/config.json") {
      self = .file(text + "/config.json")
    } else {
      self = Self.published(text)
    }
  }

  private static func published(_ name: String) -> ModelReference {
    do throws(UnmodelledModelError) {
      guard let published = try ModelCatalogue.published(name) else { return .unknown(advice: nil) }
      if published.differences.isEmpty { return .entry(published.entry) }
      let own = published.differences.map(words).joined(separator: " and ")
      return .unknown(
        advice: "; did you mean '\(published.entry)'? '\(name)' has the same layers but \(own): "
          + "for itself, give the path of its config.json")
    } catch {
      return .unknown(advice: "; it cannot be simulated: \(error.reason)")
    }
  }

  private static func words(_ difference: PublishedModel.Difference) -> String {
    switch difference {
    case .context(let tokens): "a context of \(tokens) tokens"
    case .weights(.fp8): "8-bit weights"
    case .weights(let type): "weights in \(type.rawValue)"
    case .layers(let words): words
    }
  }

  /// What a model read from a file is called: the file's name, or its folder's for a plain `config.json`.
  public static func name(ofFile path: String) -> String {
    let parts = path.split(separator: "/")
    let last = parts.last.map { $0.hasSuffix(".json") ? $0.dropLast(5) : $0 } ?? ""
    return String(last == "config" && parts.count > 1 ? parts[parts.count - 2] : last)
  }
}
