import Configuration
import Metrics
import SimCore

/// Reads `sweep`: designs of experiments over the scenario's keys.
struct DesignReader {
  let diagnostics: Diagnostics

  /// The most points of a sweep.
  static let mostPoints = 100_000

  /// One key's value at a point.
  private struct Change {
    var key: String
    var value: DocumentNode
    /// Where the key was written.
    var position: Position
  }

  /// A key with what it takes its values from.
  private enum Source {
    case values([DocumentNode])
    case range(DesignRange)
  }

  /// Takes the design out of a document.
  ///
  /// - Returns: the points as variants, named after their values; nil where the document has no `sweep`.
  func take(from document: inout Document) -> [Variant]? {
    guard let node = document.root["sweep"] else { return nil }
    document.root.remove("sweep")
    let wrapper = Section("scenario", "", [Key("sweep", ScenarioSections.sweep, .optional, "")])
    let entry = DocumentNode.Entry(key: "sweep", keyPosition: node.position, value: node)
    let before = diagnostics.errors.count
    _ = wrapper.check(DocumentNode(.mapping([entry]), at: node.position), path: "", into: diagnostics)
    guard diagnostics.errors.count == before else { return [] }
    let designs: [DocumentNode]
    if case .list(let items) = node.content { designs = items } else { designs = [node] }
    var points: [[Change]] = [[]]
    for design in designs {
      guard case .mapping(let entries) = design.content else { continue }
      for entry in entries {
        let own = self.points(entry)
        if own.isEmpty { continue }
        guard points.count <= Self.mostPoints / own.count else {
          diagnostics.error(at: entry.keyPosition, "the sweep has more than \(Self.mostPoints) points")
          return []
        }
        points = points.flatMap { first in own.map { first + $0 } }
      }
    }
    guard diagnostics.errors.count == before else { return [] }
    return variants(points, at: node.position)
  }

  private func variants(_ points: [[Change]], at position: Position) -> [Variant] {
    let reader = VariantReader(diagnostics: diagnostics)
    var keys: [String] = []
    for change in points.joined() where !keys.contains(change.key) { keys.append(change.key) }
    let short = Dictionary(zip(keys, Alternatives.short(keys)), uniquingKeysWith: { first, _ in first })
    for change in points.first ?? [] where (points[0].count { $0.key == change.key }) > 1 {
      diagnostics.error(at: change.position, "the key '\(change.key)' is swept twice")
      return []
    }
    return points.map { point in
      Variant(
        name: point.map { "\(short[$0.key] ?? $0.key)=\($0.value.inline)" }.joined(separator: ", "),
        changes: point.compactMap { reader.change($0.key, to: $0.value, at: $0.position) }, position: position,
        places: Set(point.map(\.position)).union(point.flatMap { $0.value.places }))
    }
  }

  /// The points of one design.
  private func points(_ design: DocumentNode.Entry) -> [[Change]] {
    switch design.key {
    case "grid":
      return sources(design.value, "grid").reduce([[]]) { points, source in
        let values = self.values(source.source, source.entry)
        return points.flatMap { point in
          values.map { point + [Change(key: source.entry.key, value: $0, position: source.entry.keyPosition)] }
        }
      }
    case "zip": return zipped(design)
    case "list":
      guard case .list(let items) = design.value.content else { return [] }
      return items.map { item in
        guard case .mapping(let entries) = item.content else { return [] }
        return entries.map { Change(key: $0.key, value: $0.value, position: $0.keyPosition) }
      }
    case "random", "latin_hypercube": return sampled(design)
    default: return []
    }
  }

  private func zipped(_ design: DocumentNode.Entry) -> [[Change]] {
    let columns = sources(design.value, "zip").map { ($0.entry, values($0.source, $0.entry)) }
    guard let first = columns.first else { return [] }
    for (entry, values) in columns where values.count != first.1.count {
      diagnostics.error(
        at: entry.keyPosition,
        "'zip' wants as many values of each key; '\(first.0.key)' has \(first.1.count), '\(entry.key)' \(values.count)")
      return []
    }
    return first.1.indices.map { index in
      columns.map { Change(key: $0.0.key, value: $0.1[index], position: $0.0.keyPosition) }
    }
  }

  /// Independent draws, or a Latin hypercube: one draw in each of as many equal parts, in an order of its own for every
  /// key (McKay, Beckman, Conover, Technometrics 21, 1979).
  private func sampled(_ design: DocumentNode.Entry) -> [[Change]] {
    guard let keys = design.value["keys"], let count = design.value["points"]?.text.flatMap({ Int($0) }) else {
      return []
    }
    let seed = design.value["seed"]?.text.flatMap { UInt64($0) } ?? 1
    let columns = sources(keys, design.key).map { entry, source -> [Change] in
      var random = RandomStream(seed: seed, replication: 0, purpose: "sweep/\(design.key)/\(entry.key)")
      var parts = Array(0..<count)
      if design.key == "latin_hypercube" { parts.shuffle(using: &random) }
      return parts.map { part in
        let draw = random.uniform()
        let share = design.key == "latin_hypercube" ? (Double(part) + draw) / Double(count) : draw
        let value: DocumentNode =
          switch source {
          case .values(let values): values[min(values.count - 1, Int(share * Double(values.count)))]
          case .range(let range): range.value(at: share)
          }
        return Change(key: entry.key, value: value, position: entry.keyPosition)
      }
    }
    return (0..<count).map { index in columns.map { $0[index] } }
  }

  /// The keys of a design with what they take their values from; those that are wrong are reported.
  private func sources(
    _ node: DocumentNode, _ design: String
  ) -> [(entry: DocumentNode.Entry, source: Source)] {
    guard case .mapping(let entries) = node.content else { return [] }
    if entries.isEmpty { diagnostics.error(at: node.position, "'\(design)' names no keys") }
    return entries.compactMap { entry in
      switch entry.value.content {
      case .list(let values) where !values.isEmpty: return (entry, .values(values))
      case .mapping:
        return DesignRange(entry.value, path: entry.key, into: diagnostics).map { (entry, .range($0)) }
      default:
        diagnostics.error(
          at: entry.value.position,
          "'\(entry.key)' wants a list of values, or a range such as '{from: 1/s, to: 8/s, points: 4}', found "
            + entry.value.shape)
        return nil
      }
    }
  }

  private func values(_ source: Source, _ entry: DocumentNode.Entry) -> [DocumentNode] {
    switch source {
    case .values(let values): return values
    case .range(let range):
      guard let count = range.points else {
        diagnostics.error(at: entry.value.position, "'\(entry.key)' lacks 'points': how many values between its ends")
        return []
      }
      return range.values(count)
    }
  }
}
