import Catalogue

/// The models whose configurations come with the program.
public enum ModelCatalogue {
  /// Their names, in alphabetical order.
  public static var names: [String] {
    Catalogue.paths(under: "models").filter { $0.hasSuffix(".json") }
      .map { String($0.dropFirst("models/".count).dropLast(".json".count)) }.sorted()
  }

  /// The text of a catalogue model's `config.json`, `nil` when there is none of that name.
  public static func configuration(named name: String) -> String? { Catalogue.text("models/\(name).json") }

  /// A model of the catalogue.
  ///
  /// - Throws: ``UnknownModelError`` when there is none of that name.
  public static func model(named name: String) throws -> ModelArchitecture {
    try models.value(for: name) {
      guard let text = configuration(named: name) else { throw UnknownModelError(name: name, known: names) }
      return try ModelArchitecture(configJSON: text, name: name)
    }
  }

  private static let models = Memo<String, ModelArchitecture>()
}

/// A model name that is not in the catalogue.
public struct UnknownModelError: Error, Hashable, Sendable, CustomStringConvertible {
  public let name: String
  /// The names there are.
  public let known: [String]

  public var description: String {
    "no model '\(name)' in the catalogue; it has \(known.joined(separator: ", ")); "
      + "any other model is given as the path of its config.json"
  }
}
