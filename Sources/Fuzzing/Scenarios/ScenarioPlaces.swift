import Configuration

/// Where a scenario could say something: every key of every mapping in it, written or not.
struct ScenarioPlaces {
  struct Place {
    var path: [YAMLTree.Step]
    var key: Key
    /// The key with the sections it is in, as `workload.stream.rate`: what coverage counts.
    var name: String
    var isWritten: Bool
  }

  private(set) var all: [Place] = []

  init(of tree: YAMLTree, in section: Section) { visit(tree, section, [], section.name) }

  /// Every key that the declaration has, by the same names.
  static func names(in section: Section) -> Set<String> {
    var found: Set<String> = []
    func visit(_ section: Section, _ name: String, _ depth: Int) {
      for key in section.keys {
        let own = "\(name).\(key.name)"
        guard found.insert(own).inserted, depth < 8 else { continue }
        for inner in sections(of: key.kind) { visit(inner, inner.name, depth + 1) }
      }
    }
    visit(section, section.name, 0)
    return found
  }

  private static func sections(of kind: ValueKind) -> [Section] {
    switch kind {
    case .list(let item, _): sections(of: item)
    case .mapping(let section): [section]
    case .tagged(_, _, let all): all
    case .either(let kinds): kinds.flatMap(sections)
    default: []
    }
  }

  private mutating func visit(_ tree: YAMLTree, _ section: Section, _ path: [YAMLTree.Step], _ name: String) {
    guard case .mapping = tree else { return }
    for key in section.keys {
      let own = path + [.key(key.name)]
      let value = tree[key.name]
      all.append(Place(path: own, key: key, name: "\(name).\(key.name)", isWritten: value != nil))
      if let value { visit(value, of: key.kind, own) }
    }
  }

  private mutating func visit(_ value: YAMLTree, of kind: ValueKind, _ path: [YAMLTree.Step]) {
    switch (kind, value) {
    case (.list(let item, _), .list(let items)):
      for (index, one) in items.enumerated() { visit(one, of: item, path + [.index(index)]) }
    case (.mapping(let section), .mapping): visit(value, section, path, section.name)
    case (.tagged(let tag, _, let sections), .mapping):
      guard case .scalar(let text)? = value[tag] else { return }
      let chosen = text.filter { $0 != "'" }
      if let section = sections.first(where: { $0.name == chosen }) { visit(value, section, path, section.name) }
    case (.either(let kinds), _):
      // The first of its kinds that has mappings where there are mappings, lists where there are lists.
      if let kind = kinds.first(where: { Self.fits(value, $0) }) { visit(value, of: kind, path) }
    default: break
    }
  }

  private static func fits(_ value: YAMLTree, _ kind: ValueKind) -> Bool {
    switch (kind, value) {
    case (.list, .list), (.mapping, .mapping), (.tagged, .mapping): true
    default: false
    }
  }
}
