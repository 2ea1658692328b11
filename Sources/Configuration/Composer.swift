import Yams

/// Turns YAML text into document nodes, reporting what stands in the way.
struct Composer {
  /// The most nodes a document may have once its aliases are expanded.
  static let nodeLimit = 200_000
  /// How many repeated keys are reported before giving up.
  private static let repeatedKeyLimit = 50

  private let name: String
  private let diagnostics: Diagnostics
  private var standIns: Set<String> = []
  private var visited = 0
  private var isAbandoned = false

  /// The root node; one with no content for an empty document; `nil` after reporting an error.
  static func compose(_ text: String, name: String, diagnostics: Diagnostics) -> DocumentNode? {
    var composer = Composer(name: name, diagnostics: diagnostics)
    return composer.run(text)
  }

  private init(name: String, diagnostics: Diagnostics) {
    self.name = name
    self.diagnostics = diagnostics
  }

  private func position(_ mark: Mark?) -> Position {
    .file(name, line: max(1, mark?.line ?? 1), column: max(1, mark?.column ?? 1))
  }

  /// Composes, replacing each repeated key by a stand-in of the same length, so that all of them are found.
  private mutating func run(_ original: String) -> DocumentNode? {
    var text = original
    while true {
      do {
        guard let root = try Yams.compose(yaml: text, .default, .default, .utf8) else {
          return DocumentNode(.nothing, at: .file(name, line: 1, column: 1))
        }
        let node = convert(root, depth: 0)
        return isAbandoned ? nil : node
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        let key = keys.sorted().first ?? ""
        let repeated = RepeatedKey.find(key, in: text, after: (context.mark.line, context.mark.column))
        let place: Position =
          repeated.map { .file(name, line: $0.line, column: $0.column) } ?? position(context.mark)
        diagnostics.error(at: place, "the key \(DocumentNode.shown(key: key)) is repeated")
        guard let repeated, standIns.count < Self.repeatedKeyLimit else { return nil }
        let standIn = repeated.standIn(number: standIns.count)
        standIns.insert(standIn)
        text = repeated.replacing(in: text, with: standIn)
      } catch {
        report(error, in: text)
        return nil
      }
    }
  }

  /// The place of a mark; one behind the last line is put at that line's end.
  private func position(_ mark: Mark, within text: String) -> Position {
    var line = 1
    var column = 1
    for scalar in text.unicodeScalars {
      if line == mark.line { return position(mark) }
      if scalar == "\n" {
        line += 1
        column = 1
      } else {
        column += 1
      }
    }
    return line == mark.line ? position(mark) : .file(name, line: line, column: column)
  }

  private func report(_ error: any Error, in text: String) {
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
      let around = context.map { " (\($0.text), which begins in line \($0.mark.line))" } ?? ""
      diagnostics.error(at: position(mark, within: text), "not valid YAML: \(problem)\(around)")
    case .composer(_, let problem, let mark, _) where problem.contains("undefined alias"):
      diagnostics.error(
        at: position(mark), "the alias names an anchor that is not complete before this place")
    case .composer(_, let problem, let mark, _) where problem.contains("another document"):
      diagnostics.error(at: position(mark), "a second document begins here; a file holds one")
    case .composer(_, let problem, let mark, _):
      diagnostics.error(at: position(mark), "not valid YAML: \(problem)")
    case .reader(let problem, let offset, _, _):
      let before = text.prefix(offset ?? 0)
      let line = before.unicodeScalars.reduce(1) { $0 + ($1 == "\n" ? 1 : 0) }
      let column = before.unicodeScalars.reversed().prefix { $0 != "\n" }.count + 1
      diagnostics.error(at: .file(name, line: line, column: column), "not valid YAML: \(problem)")
    default:
      diagnostics.error(at: .file(name, line: 1, column: 1), "not valid YAML: \(error)")
    }
  }

  private mutating func abandon(at mark: Mark?, _ message: String) -> DocumentNode {
    if !isAbandoned { diagnostics.error(at: position(mark), message) }
    isAbandoned = true
    return DocumentNode(.nothing, at: position(mark))
  }

  private mutating func convert(_ node: Node, depth: Int) -> DocumentNode {
    visited += 1
    if isAbandoned { return DocumentNode(.nothing, at: position(node.mark)) }
    if visited > Self.nodeLimit {
      return abandon(at: node.mark, "more than \(Self.nodeLimit) values once aliases are expanded")
    }
    if depth > StructureCheck.depthLimit {
      return abandon(at: node.mark, "nested more than \(StructureCheck.depthLimit) deep once aliases are expanded")
    }
    switch node {
    case .scalar(let scalar):
      return convert(scalar)
    case .sequence(let sequence):
      checkTag(sequence.tag.description, at: sequence.mark)
      return DocumentNode(.list(sequence.map { convert($0, depth: depth + 1) }), at: position(sequence.mark))
    case .mapping(let mapping):
      checkTag(mapping.tag.description, at: mapping.mark)
      return convert(mapping, depth: depth)
    case .alias(let alias):
      return abandon(at: alias.mark, "the alias names an anchor that is not complete before this place")
    }
  }

  private func convert(_ scalar: Node.Scalar) -> DocumentNode {
    let place = position(scalar.mark)
    let isText = scalar.tag.description == "tag:yaml.org,2002:str"
    if !isText { checkTag(scalar.tag.description, at: scalar.mark) }
    let isQuoted = isText || scalar.style != .plain
    if !isQuoted, ["", "~", "null", "Null", "NULL"].contains(scalar.string) {
      return DocumentNode(.nothing, at: place)
    }
    return DocumentNode(.text(scalar.string, isQuoted: isQuoted), at: place)
  }

  private func checkTag(_ tag: String, at mark: Mark?) {
    guard tag != "", tag != "!" else { return }
    let short = tag.hasPrefix("tag:yaml.org,2002:") ? "!!" + tag.dropFirst(18) : tag
    diagnostics.error(at: position(mark), "the tag '\(short)' is not accepted; write the value alone")
  }

  private mutating func convert(_ mapping: Node.Mapping, depth: Int) -> DocumentNode {
    var entries: [DocumentNode.Entry] = []
    var merged: [DocumentNode.Entry] = []
    for (keyNode, valueNode) in mapping {
      guard case .scalar(let key) = keyNode else {
        diagnostics.error(
          at: position(keyNode.mark), "a list or mapping is not accepted as a key; keys are plain words")
        continue
      }
      if standIns.contains(key.string) { continue }
      if key.string.isEmpty {
        diagnostics.error(at: position(key.mark), "a key is missing before ':'")
        continue
      }
      if key.string == "<<", key.style == .plain {
        merged += mergedEntries(valueNode, depth: depth + 1)
        continue
      }
      if entries.contains(where: { $0.key == key.string }) {
        diagnostics.error(at: position(key.mark), "the key \(DocumentNode.shown(key: key.string)) is repeated")
        continue
      }
      entries.append(
        DocumentNode.Entry(
          key: key.string, keyPosition: position(key.mark), value: convert(valueNode, depth: depth + 1)))
    }
    for entry in merged where !entries.contains(where: { $0.key == entry.key }) { entries.append(entry) }
    return DocumentNode(.mapping(entries), at: position(mapping.mark))
  }

  /// What a merge key brings in: a mapping, or several of which the earlier win.
  private mutating func mergedEntries(_ node: Node, depth: Int) -> [DocumentNode.Entry] {
    let value = convert(node, depth: depth)
    switch value.content {
    case .mapping(let entries):
      return entries
    case .list(let items):
      var entries: [DocumentNode.Entry] = []
      for item in items {
        guard case .mapping(let more) = item.content else {
          diagnostics.error(at: item.position, "'<<' wants a mapping or a list of mappings, found \(item.shape)")
          continue
        }
        for entry in more where !entries.contains(where: { $0.key == entry.key }) { entries.append(entry) }
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
