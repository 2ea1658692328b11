/// A value set from outside a document's own keys: from the command line, or by a variant.
public struct Override: Sendable {
  /// Where the value goes, as typed, for example `workload.rate`.
  public let path: String
  private let value: Value

  private enum Value: Sendable {
    /// As typed: YAML, so that `[aqua, conserve]` is a list.
    case text(String)
    case node(DocumentNode)
  }

  /// How messages call the argument, or where the key was written.
  private let position: Position

  /// A value for a key from an option of its own, for example `--seed 7`.
  public init(path: String, value: String, option: String) {
    self.path = path
    self.value = .text(value)
    position = .argument(option)
  }

  /// A value that was written elsewhere.
  ///
  /// - Parameter position: of the key.
  public init(path: String, node: DocumentNode, at position: Position) {
    self.path = path
    value = .node(node)
    self.position = position
  }

  /// - Parameter argument: the text behind `--set`.
  public init?(_ argument: String, into diagnostics: Diagnostics) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      diagnostics.error(
        at: .argument("--set \(argument)"), "wants KEY.PATH=VALUE, for example workload.rate=5/s")
      return nil
    }
    path = String(argument[..<equals])
    value = .text(String(argument[argument.index(after: equals)...]))
    position = .argument("--set \(path)")
  }

  /// Puts the value in its place in `document`; places that cannot be are reported.
  ///
  /// A key that the section does not know is put in too: the check then reports it, with a suggestion. Where a bare
  /// name stands for a mapping, a key below it turns it into that mapping: `server.gpus=4` on `server: hgx-h100-8`
  /// gives `server: {like: hgx-h100-8, gpus: 4}`.
  ///
  /// - Parameter section: what the document is checked against.
  public func apply(to document: inout Document, of section: Section, into diagnostics: Diagnostics) {
    let way: DocumentPath
    do throws(DocumentPath.Malformed) {
      way = try DocumentPath(path)
    } catch {
      diagnostics.error(at: position, error.message)
      return
    }
    guard let node = node(into: diagnostics) else { return }
    document.root.set(
      node, along: way.steps[...], above: "", of: .mapping(section), override: self, into: diagnostics)
  }

  private func node(into diagnostics: Diagnostics) -> DocumentNode? {
    switch value {
    case .node(let node): return node
    case .text(let text):
      if text.allSatisfy({ $0 == " " }) { return DocumentNode(.nothing, at: position) }
      let trial = Diagnostics()
      if let parsed = Document(text: text, name: path, into: trial) { return parsed.root.placed(at: position) }
      let message = trial.all.first?.message ?? "it is empty"
      // The value is one line; where in it the parser stopped says no more.
      let reason = message.firstIndex(of: "(").map { message[..<$0].trimmed } ?? message
      diagnostics.error(at: position, "the value '\(text)' cannot be read: \(reason)")
      return nil
    }
  }

  fileprivate func fail(_ message: String, _ diagnostics: Diagnostics) { diagnostics.error(at: position, message) }
  fileprivate var place: Position { position }
}

extension Substring {
  /// Without spaces at the end.
  fileprivate var trimmed: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

extension DocumentNode {
  /// The same values, all at one place.
  public func placed(at position: Position) -> DocumentNode {
    switch content {
    case .nothing, .text: DocumentNode(content, at: position)
    case .list(let items): DocumentNode(.list(items.map { $0.placed(at: position) }), at: position)
    case .mapping(let entries):
      DocumentNode(
        .mapping(
          entries.map { Entry(key: $0.key, keyPosition: position, value: $0.value.placed(at: position)) }),
        at: position)
    }
  }

  fileprivate mutating func set(
    _ value: DocumentNode, along steps: ArraySlice<DocumentPath.Step>, above: String, of kind: ValueKind?,
    override: Override, into diagnostics: Diagnostics
  ) {
    guard let step = steps.first else {
      self = value
      return
    }
    let name = above.isEmpty ? "the file" : "'\(above)'"
    switch (content, step) {
    case (.nothing, .key):
      content = .mapping([])
      set(value, along: steps, above: above, of: kind, override: override, into: diagnostics)
    case (.mapping(var entries), .key(let key)):
      let index =
        entries.firstIndex { $0.key == key }
        ?? {
          let empty = DocumentNode(.nothing, at: override.place)
          entries.append(Entry(key: key, keyPosition: override.place, value: empty))
          return entries.count - 1
        }()
      let below = above.isEmpty ? key : "\(above).\(key)"
      entries[index].value.set(
        value, along: steps.dropFirst(), above: below, of: kind?.value(of: key), override: override, into: diagnostics)
      content = .mapping(entries)
    case (.list(var items), .index(let index)):
      guard index < items.count else {
        override.fail("there is no \(above)[\(index)]; \(name) has \(items.count) items, counted from 0", diagnostics)
        return
      }
      items[index].set(
        value, along: steps.dropFirst(), above: "\(above)[\(index)]", of: kind?.item, override: override,
        into: diagnostics)
      content = .list(items)
    case (.list(var items), .key):
      guard let (index, used) = Self.item(of: items, named: steps, above: above, override: override, diagnostics)
      else { return }
      items[index].set(
        value, along: steps.dropFirst(used), above: "\(above)[\(index)]", of: kind?.item, override: override,
        into: diagnostics)
      content = .list(items)
    case (_, .index):
      override.fail("\(name) is not a list", diagnostics)
    case (.text(let text, _), .key(let key)):
      if let name = kind?.key(ofBareName: text) {
        content = .mapping([Entry(key: name, keyPosition: position, value: self)])
        set(value, along: steps, above: above, of: kind, override: override, into: diagnostics)
        return
      }
      override.fail("\(name) holds \(shape), not a mapping with a key '\(key)'", diagnostics)
    }
  }

  /// The item of a list that the steps name, and how many steps the name takes (names may contain dots); the only
  /// item when no name is meant.
  private static func item(
    of items: [DocumentNode], named steps: ArraySlice<DocumentPath.Step>, above: String, override: Override,
    _ diagnostics: Diagnostics
  ) -> (index: Int, used: Int)? {
    let names = items.map { $0["name"]?.text ?? $0.text }
    if let found = DocumentPath.item(named: steps, among: names) { return found }
    guard case .key(let first)? = steps.first else { return nil }
    if items.count == 1, case .mapping(let entries) = items[0].content {
      // With a single item the name may be left out, unless the word is clearly a wrong name.
      if steps.count == 1 || entries.contains(where: { $0.key == first }) { return (0, 0) }
    }
    let known = names.compactMap { $0 }
    let clause = NearestName.clause(for: first, among: known, plural: "names")
    let indexed =
      items.isEmpty
      ? "" : items.count == 1 ? "; or write \(above)[0]" : "; or write \(above)[0] to \(above)[\(items.count - 1)]"
    override.fail("'\(above)' has no item named '\(first)'\(clause)\(indexed)", diagnostics)
    return nil
  }
}
