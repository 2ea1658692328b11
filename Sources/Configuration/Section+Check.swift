import TextIO

extension Section {
  /// Checks a document against this section, reporting every mistake.
  ///
  /// - Returns: what could be read; `nil` when the root is not a mapping.
  public func check(_ document: Document, into diagnostics: Diagnostics) -> CheckedMap? {
    check(document.root, path: "", into: diagnostics)
  }

  /// Checks a mapping against this section, reporting every mistake.
  ///
  /// - Parameter path: the path of keys that leads to the mapping, for messages.
  public func check(_ node: DocumentNode, path: String, into diagnostics: Diagnostics) -> CheckedMap? {
    guard case .mapping(let written) = node.content else {
      let subject = path.isEmpty ? "the file" : "'\(path)'"
      let found = path.isEmpty ? node.text.map { "'\(Printable.excerpt($0))'" } : nil
      diagnostics.error(at: node.position, "\(subject) wants a mapping, found \(found ?? node.shape)")
      return nil
    }
    var map = CheckedMap(section: self, path: path, position: node.position)
    let entries = presentNames(written, into: diagnostics)
    for entry in entries { check(entry, of: &map, into: diagnostics) }
    for entry in entries where key(entry.key) == nil && otherKeys == nil {
      if let meant = NearestName.of(entry.key, among: keys.map(\.name)), !map.isWritten(meant) {
        map.noteWritten(meant)
        map.noteFlawed(meant)
      }
    }
    for key in keys where !map.isWritten(key.name) {
      let keyPath = path.isEmpty ? key.name : "\(path).\(key.name)"
      switch key.presence {
      case .optional: break
      case .required:
        diagnostics.error(
          at: node.position, "\(map.subject) lacks the key '\(key.name)' (\(key.kind.expected)): \(key.help)")
      case .standard(let text):
        let standard = Self.node(ofDefault: text, at: node.position)
        let unexpected = Diagnostics()
        guard let value = key.kind.check(standard, subject: key.name, path: keyPath, into: unexpected) else {
          preconditionFailure("the default '\(text)' of '\(key.name)' is wrong: \(unexpected.all)")
        }
        map.set(key.name, value)
      }
    }
    return map
  }

  /// The entries under the names that keys have now.
  private func presentNames(_ entries: [DocumentNode.Entry], into diagnostics: Diagnostics) -> [DocumentNode.Entry] {
    var result = entries
    for key in keys {
      guard let former = key.formerly, let old = result.firstIndex(where: { $0.key == former }) else { continue }
      guard let new = result.firstIndex(where: { $0.key == key.name }) else {
        result[old].key = key.name
        continue
      }
      if case .argument = result[old].value.position {
        // An argument takes the place of what is written, by whichever name.
        result[new].value = result[old].value
      } else {
        diagnostics.error(
          at: result[old].keyPosition, "'\(former)' is the former name of '\(key.name)', which is there too")
      }
      result.remove(at: old)
    }
    return result
  }

  private func check(_ entry: DocumentNode.Entry, of map: inout CheckedMap, into diagnostics: Diagnostics) {
    guard let key = key(entry.key) else {
      if otherKeys != nil { return }
      if let refused = notModelled.first(where: { $0.name == entry.key }) {
        diagnostics.error(at: entry.keyPosition, "'\(entry.key)' is not modelled; \(refused.hint)")
      } else {
        let place = map.path.isEmpty ? "the file" : "'\(map.path)'"
        let clause = NearestName.clause(for: entry.key, among: keys.map(\.name), plural: "keys")
        diagnostics.error(
          at: entry.keyPosition, "unknown key \(DocumentNode.shown(key: entry.key)) in \(place)\(clause)")
      }
      return
    }
    if case .nothing = entry.value.content, case .argument = entry.value.position { return }
    map.noteWritten(key.name)
    let keyPath = map.path.isEmpty ? key.name : "\(map.path).\(key.name)"
    let errorsBefore = diagnostics.errorCount
    if let value = key.kind.check(entry.value, subject: key.name, path: keyPath, into: diagnostics) {
      map.set(key.name, value)
    }
    if diagnostics.errorCount > errorsBefore { map.noteFlawed(key.name) }
  }

  static func node(ofDefault text: String, at position: Position) -> DocumentNode {
    switch text {
    case "{}": DocumentNode(.mapping([]), at: position)
    case "[]": DocumentNode(.list([]), at: position)
    default: DocumentNode(.text(text, isQuoted: false), at: position)
    }
  }
}
