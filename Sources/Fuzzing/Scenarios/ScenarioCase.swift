import Configuration

/// A random scenario: one of a few small ones with random changes, all of it from a seed.
public struct ScenarioCase: Sendable {
  /// One change: a value at a path, or none.
  public struct Change: Sendable {
    var path: [YAMLTree.Step]
    var value: YAMLTree?
    /// The key that it is a change of.
    var name: String
  }

  public let seed: UInt64
  var base: YAMLTree
  public var changes: [Change] = []

  /// Changes that a case may get, and how often another is drawn for one that is refused. Most of what is drawn freely
  /// contradicts something; a case with one mistake would end there, and show nothing of the keys beside it.
  private static let mostChanges = 6
  private static let draws = 4

  /// - Parameters:
  ///   - section: the declaration of scenarios, so that a new key is tried from the day it is declared.
  ///   - accepts: whether a text is a scenario; a change that makes it none is mostly drawn again.
  public init(seed: UInt64, section: Section, accepts: (String) -> Bool = { _ in true }) {
    self.seed = seed
    var values = RandomValues(seed: seed, names: BaseScenarios.names)
    base = values.one(of: BaseScenarios.all) ?? BaseScenarios.all[0]
    var tree = base
    for _ in 0..<(1 + values.below(Self.mostChanges)) {
      for draw in 1...Self.draws {
        guard let change = Self.change(of: tree, in: section, &values) else { continue }
        let changed = tree.replacing(change.path[...], with: change.value)
        let keepsMistake = draw == Self.draws && values.happens(0.1)
        guard keepsMistake || accepts(changed.document) else { continue }
        changes.append(change)
        tree = changed
        break
      }
    }
  }

  private static func change(of tree: YAMLTree, in section: Section, _ values: inout RandomValues) -> Change? {
    let places = ScenarioPlaces(of: tree, in: section).all.filter { !BaseScenarios.untouched.contains($0.name) }
    guard let place = values.one(of: places) else { return nil }
    let removes = place.isWritten && place.key.presence != .required && values.happens(0.2)
    let value = removes ? nil : values.value(of: place.key.kind, for: place.key.name)
    if !removes, value == nil { return nil }
    return Change(path: place.path, value: value, name: place.name)
  }

  var tree: YAMLTree { changes.reduce(base) { $0.replacing($1.path[...], with: $1.value) } }

  /// The scenario's file.
  public var text: String { tree.document }

  /// The keys that it writes, as coverage counts them.
  public func keys(in section: Section) -> Set<String> {
    Set(ScenarioPlaces(of: tree, in: section).all.filter(\.isWritten).map(\.name))
  }

  /// The case with some of its changes alone.
  ///
  /// - Parameter kept: their numbers; all when nil.
  public func keeping(_ kept: Set<Int>?) -> ScenarioCase {
    guard let kept else { return self }
    var fewer = self
    fewer.changes = changes.indices.filter(kept.contains).map { changes[$0] }
    return fewer
  }

  /// Whether the scenario names a policy.
  func names(policy: String) -> Bool {
    let text = text
    return text.ranges(of: policy).contains { range in
      let before = text[..<range.lowerBound].last ?? " "
      let after = text[range.upperBound...].first ?? " "
      return " '[".contains(before) && "',}]\n".contains(after)
    }
  }
}
