import Configuration
import Models
import TextIO

/// A model as an argument names it: a name of the catalogue, or the path of a `config.json`.
enum ModelArgument {
  /// - Throws: `UnreadableFile`, `ModelConfigurationError`, and `Failure` for a name that is neither.
  static func model(named name: String) throws -> ModelArchitecture {
    if ModelCatalogue.names.contains(name) { return try ModelCatalogue.model(named: name) }
    guard name.hasSuffix(".json") || name.contains("/") else {
      throw Listing.unknown(name, noun: "model", plural: "models", among: ModelCatalogue.names)
    }
    return try ModelArchitecture(configJSON: try ReadableFile.text(name), name: name, file: name)
  }
}
