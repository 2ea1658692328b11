/// Turns YAML text into document nodes, reporting what stands in the way.
struct Composer {
  private let graph: YAMLGraph
  private let name: String
  private let diagnostics: Diagnostics
  private var visited = 0
  private var isAbandoned = false

  /// The root node; one with no content for an empty document; `nil` after reporting an error.
  static func compose(_ text: String, name: String, diagnostics: Diagnostics) -> DocumentNode? {
    let graph = YAMLGraph(text)
    var composer = Composer(graph: graph, name: name, diagnostics: diagnostics)
    for problem in graph.problems { diagnostics.error(at: composer.position(problem.place), problem.message) }
    for node in graph.nodes { composer.reportKeys(of: node) }
    guard graph.problems.isEmpty else { return nil }
    guard let root = graph.root else { return DocumentNode(.nothing, at: .file(name, line: 1, column: 1)) }
    let node = composer.convert(root, depth: 0)
    return composer.isAbandoned ? nil : node
  }

  private init(graph: YAMLGraph, name: String, diagnostics: Diagnostics) {
    self.graph = graph
    self.name = name
    self.diagnostics = diagnostics
  }

  private func position(_ place: YAMLGraph.Place) -> Position {
    .file(name, line: place.line, column: place.column)
  }

  /// Reports a mapping's keys that are missing or repeated; those that are not words are among the graph's problems.
  private func reportKeys(of node: YAMLGraph.Node) {
    guard case .mapping(let members) = node.content else { return }
    var names: Set<String> = []
    for member in members {
      let keyNode = graph.nodes[member.key]
      guard case .scalar(let key, let isPlain) = keyNode.content, !(isPlain && key == "<<") else { continue }
      let place = position(keyNode.place)
      if key.isEmpty {
        diagnostics.error(at: place, "a key is missing before ':'")
      } else if !names.insert(key).inserted {
        diagnostics.error(at: place, "the key \(DocumentNode.shown(key: key)) is repeated")
      }
    }
  }

  private mutating func abandon(at position: Position, _ message: String) -> DocumentNode {
    if !isAbandoned { diagnostics.error(at: position, message) }
    isAbandoned = true
    return DocumentNode(.nothing, at: position)
  }

  /// A node with its aliases expanded; no deeper than the limit, so that recursion is bounded.
  private mutating func convert(_ index: Int, depth: Int) -> DocumentNode {
    let node = graph.nodes[index]
    let position = position(node.place)
    visited += 1
    if isAbandoned { return DocumentNode(.nothing, at: position) }
    if visited > YAMLGraph.valueLimit {
      return abandon(at: position, "more than \(YAMLGraph.valueLimit) values once aliases are expanded")
    }
    if depth > YAMLGraph.depthLimit {
      return abandon(at: position, "nested more than \(YAMLGraph.depthLimit) deep once aliases are expanded")
    }
    switch node.content {
    case .scalar(let text, let isPlain):
      return DocumentNode(scalar(text, isPlain: isPlain, tag: node.tag, at: position), at: position)
    case .list(let items):
      checkTag(node.tag, at: position)
      return DocumentNode(.list(items.map { convert($0, depth: depth + 1) }), at: position)
    case .mapping(let members):
      checkTag(node.tag, at: position)
      return DocumentNode(.mapping(entries(members, depth: depth)), at: position)
    }
  }

  private func scalar(_ text: String, isPlain: Bool, tag: String?, at position: Position) -> DocumentNode.Content {
    let isText = tag == "tag:yaml.org,2002:str"
    if !isText { checkTag(tag, at: position) }
    let isQuoted = isText || !isPlain
    if !isQuoted, ["", "~", "null", "Null", "NULL"].contains(text) { return .nothing }
    return .text(text, isQuoted: isQuoted)
  }

  private func checkTag(_ tag: String?, at position: Position) {
    guard let tag, tag != "!" else { return }
    let short = tag.hasPrefix("tag:yaml.org,2002:") ? "!!" + tag.dropFirst(18) : tag
    diagnostics.error(at: position, "the tag '\(short)' is not accepted; write the value alone")
  }

  private mutating func entries(_ members: [(key: Int, value: Int)], depth: Int) -> [DocumentNode.Entry] {
    var entries: [DocumentNode.Entry] = []
    var merged: [DocumentNode.Entry] = []
    var names: Set<String> = []
    for member in members {
      let keyNode = graph.nodes[member.key]
      guard case .scalar(let key, let isPlain) = keyNode.content else { continue }
      if key == "<<", isPlain {
        merged += mergedEntries(member.value, depth: depth + 1)
      } else if !key.isEmpty, names.insert(key).inserted {
        let value = convert(member.value, depth: depth + 1)
        entries.append(DocumentNode.Entry(key: key, keyPosition: position(keyNode.place), value: value))
      }
    }
    for entry in merged where names.insert(entry.key).inserted { entries.append(entry) }
    return entries
  }

  /// What a merge key brings in: a mapping, or several of which the earlier win.
  private mutating func mergedEntries(_ node: Int, depth: Int) -> [DocumentNode.Entry] {
    let value = convert(node, depth: depth)
    switch value.content {
    case .mapping(let entries):
      return entries
    case .list(let items):
      var entries: [DocumentNode.Entry] = []
      var names: Set<String> = []
      for item in items {
        guard case .mapping(let more) = item.content else {
          diagnostics.error(at: item.position, "'<<' wants a mapping or a list of mappings, found \(item.shape)")
          continue
        }
        for entry in more where names.insert(entry.key).inserted { entries.append(entry) }
      }
      return entries
    case .nothing where isAbandoned:
      return []
    default:
      diagnostics.error(at: value.position, "'<<' wants a mapping or a list of mappings, found \(value.shape)")
      return []
    }
  }
}
