import ArgumentParser
import Configuration

/// What `hardware`, `models` and `policies` have in common: all names, or everything of one.
struct ListingOptions: ParsableArguments {
  @Argument(help: "Show everything of this one; a line for each when left out.", completion: .listed)
  var name: String?

  @Option(help: "How the listing is printed.")
  var format: ListingFormat = .table
}

enum Listing {
  /// What to say to a name that is not listed.
  static func unknown(_ name: String, noun: String, plural: String, among names: [String]) -> Failure {
    Failure(.usage, "unknown \(noun) '\(name)'" + NearestName.clause(for: name, among: names, plural: plural))
  }
}
