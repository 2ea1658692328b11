import Configuration

/// A scenario with some of its keys changed, as written: in `variants`, or as values of `--vary`.
struct Variant {
  var name: String
  var changes: [Override]
  /// Where it was written.
  var position: Position
  /// Every place that belongs to it, so that what is reported there need not say which variant it is about.
  var places: Set<Position>

  /// This variant with the changes of another.
  func combined(with other: Variant) -> Variant {
    Variant(
      name: name.isEmpty ? other.name : other.name.isEmpty ? name : "\(name), \(other.name)",
      changes: changes + other.changes, position: position, places: places.union(other.places))
  }

  /// Every variant of the first list with every one of the second; those of one alone where the other is empty.
  static func product(_ a: [Variant], _ b: [Variant]) -> [Variant] {
    if a.isEmpty || b.isEmpty { return a + b }
    return a.flatMap { first in b.map { first.combined(with: $0) } }
  }

  /// Keys that no variant can change, each with the reason.
  static let fixedKeys: [(name: String, reason: String)] = [
    ("seed", "what is compared starts from the same random numbers"),
    ("replications", "what is compared has as many of them"),
    ("expect", "expectations are about all variants"),
    ("name", "a variant has a name of its own"),
    ("description", "a variant has a name of its own"),
    ("variants", "variants have none themselves"),
    ("sweep", "a sweep goes over all variants"),
  ]
}

extension ScenarioSections {
  /// One of `variants`.
  static let variant = Section(
    "variant", "The scenario with some keys changed.",
    [Key("name", .identifier, .required, "What results call it.")],
    otherKeys: "The path of a key of the scenario, as for --set, with the value that it has in this variant.")
}

extension DocumentNode {
  /// Every place in what is written here.
  var places: Set<Position> {
    var places: Set = [position]
    switch content {
    case .nothing, .text: break
    case .list(let items): for item in items { places.formUnion(item.places) }
    case .mapping(let entries):
      for entry in entries {
        places.insert(entry.keyPosition)
        places.formUnion(entry.value.places)
      }
    }
    return places
  }

  /// The value on one line, as written.
  var inline: String {
    switch content {
    case .nothing: "none"
    case .text(let text, _): text
    case .list(let items): "[" + items.map(\.inline).joined(separator: ", ") + "]"
    case .mapping(let entries): "{" + entries.map { "\($0.key): \($0.value.inline)" }.joined(separator: ", ") + "}"
    }
  }
}
