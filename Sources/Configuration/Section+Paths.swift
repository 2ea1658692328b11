extension Section {
  /// The paths of keys that begin with a text, as overrides take them, for a shell to offer: `workload.rate=`,
  /// `deployments.chat.`, `deployments.chat.router=round-robin`.
  ///
  /// A mapping is offered closed, with a point behind it, until nothing else begins with the text. Values are offered
  /// where they are names of a list.
  ///
  /// - Parameters:
  ///   - prefix: what has been typed.
  ///   - root: a document whose lists' items are offered by their names; without one, by index 0.
  /// - Returns: in the order of the declaration, none twice.
  public func paths(beginningWith prefix: String, in root: DocumentNode? = nil) -> [String] {
    var search = PathSearch(prefix: prefix)
    search.visit(.mapping(self), root, "")
    // A shell puts a space behind the only thing it finds, so that is opened for it.
    guard search.found.count == 1, let only = search.found.first, only.hasSuffix("."), only != prefix else {
      return search.found
    }
    return paths(beginningWith: only, in: root)
  }
}

/// A walk over the declared keys whose paths begin with a text.
private struct PathSearch {
  let prefix: String
  var found: [String] = []
  private var known: Set<String> = []

  init(prefix: String) { self.prefix = prefix }

  mutating func visit(_ kind: ValueKind, _ node: DocumentNode?, _ path: String) {
    switch kind {
    case .mapping(let section): open(section.keys, node, path)
    case .tagged(let tag, let noun, let sections):
      open(
        [Key(tag, .choice(noun: noun, sections.map(\.name)), .optional, "")] + sections.flatMap(\.keys), node, path)
    case .list(let item, _):
      // A list of plain values is set as a whole; items of mappings have paths of their own.
      if item.shape == .mapping || item.isOpen { visitItems(of: item, node, path) } else { add(path + "=") }
    case .either(let kinds): for kind in kinds { visit(kind, node, path) }
    case .choice(_, let names): addValues(names, of: path)
    case .boolean: addValues(["true", "false"], of: path)
    default: add(path + "=")
    }
  }

  private mutating func visitItems(of item: ValueKind, _ node: DocumentNode?, _ path: String) {
    guard case .list(let items)? = node?.content else { return visit(item, nil, path + "[0]") }
    for (index, written) in items.enumerated() {
      let name = written.itemName
      visit(item, written, name.map { path + "." + $0 } ?? path + "[\(index)]")
    }
  }

  private mutating func open(_ keys: [Key], _ node: DocumentNode?, _ path: String) {
    let start = path.isEmpty ? "" : path + "."
    guard path.isEmpty || prefix.hasPrefix(start) else { return add(start) }
    for key in keys where prefix.hasPrefix(start + key.name) || (start + key.name).hasPrefix(prefix) {
      visit(key.kind, node?[key.name], start + key.name)
    }
  }

  private mutating func addValues(_ values: [String], of path: String) {
    guard prefix.hasPrefix(path + "=") else { return add(path + "=") }
    for value in values { add(path + "=" + value) }
  }

  private mutating func add(_ text: String) {
    if text.hasPrefix(prefix), known.insert(text).inserted { found.append(text) }
  }
}

extension ValueKind {
  /// Whether one of several kinds is a mapping.
  fileprivate var isOpen: Bool {
    if case .either(let kinds) = self { kinds.contains { $0.shape == .mapping } } else { false }
  }
}
