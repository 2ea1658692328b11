/// A value set from the command line: `workload.rate=5/s`, `deployments[0].replicas=2`, `deployments.chat.replicas=2`.
public struct Override: Sendable {
  /// Where the value goes, as typed.
  public let path: String
  /// The value, as typed: YAML, so that `[aqua, conserve]` is a list.
  public let value: String

  /// How messages call the argument.
  private let position: Position

  /// A value for a key from an option of its own, for example `--seed 7`.
  public init(path: String, value: String, option: String) {
    self.path = path
    self.value = value
    position = .argument(option)
  }

  /// - Parameter argument: the text behind `--set`.
  public init?(_ argument: String, into diagnostics: Diagnostics) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      diagnostics.error(
        at: .argument("--set \(argument)"), "wants KEY.PATH=VALUE, for example workload.rate=5/s")
      return nil
    }
    path = String(argument[..<equals])
    value = String(argument[argument.index(after: equals)...])
    position = .argument("--set \(path)")
  }

  /// One step of the path: a key or a name, or an index.
  fileprivate enum Step {
    case key(String)
    case index(Int)
  }

  private func steps(_ diagnostics: Diagnostics) -> [Step]? {
    var steps: [Step] = []
    for part in path.split(separator: ".", omittingEmptySubsequences: false) {
      let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
      if pieces[0].isEmpty {
        diagnostics.error(
          at: position, "the path has an empty part; it looks like workload.rate or deployments[0].model")
        return nil
      }
      steps.append(.key(String(pieces[0])))
      for piece in pieces.dropFirst() {
        guard piece.last == "]", let index = Int(piece.dropLast()), index >= 0 else {
          diagnostics.error(at: position, "'[\(piece)' is not an index; write for example deployments[0]")
          return nil
        }
        steps.append(.index(index))
      }
    }
    return steps
  }

  /// Puts the value in its place in `document`; places that cannot be are reported.
  ///
  /// A key that the section does not know is put in too: the check then reports it, with a suggestion.
  public func apply(to document: inout Document, into diagnostics: Diagnostics) {
    guard let steps = steps(diagnostics) else { return }
    let trial = Diagnostics()
    var node = DocumentNode(.nothing, at: position)
    if !value.allSatisfy({ $0 == " " }) {
      guard let parsed = Document(text: value, name: path, into: trial) else {
        let message = trial.all.first?.message ?? "it is empty"
        // The value is one line; where in it the parser stopped says no more.
        let reason = message.firstIndex(of: "(").map { message[..<$0].trimmed } ?? message
        diagnostics.error(at: position, "the value '\(value)' cannot be read: \(reason)")
        return
      }
      node = parsed.root.placed(at: position)
    }
    document.root.set(node, along: steps[...], above: "", override: self, into: diagnostics)
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
  fileprivate func placed(at position: Position) -> DocumentNode {
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
    _ value: DocumentNode, along steps: ArraySlice<Override.Step>, above: String, override: Override,
    into diagnostics: Diagnostics
  ) {
    guard let step = steps.first else {
      self = value
      return
    }
    let name = above.isEmpty ? "the file" : "'\(above)'"
    switch (content, step) {
    case (.nothing, .key):
      content = .mapping([])
      set(value, along: steps, above: above, override: override, into: diagnostics)
    case (.mapping(var entries), .key(let key)):
      let index =
        entries.firstIndex { $0.key == key }
        ?? {
          let empty = DocumentNode(.nothing, at: override.place)
          entries.append(Entry(key: key, keyPosition: override.place, value: empty))
          return entries.count - 1
        }()
      let below = above.isEmpty ? key : "\(above).\(key)"
      entries[index].value.set(value, along: steps.dropFirst(), above: below, override: override, into: diagnostics)
      content = .mapping(entries)
    case (.list(var items), .index(let index)):
      guard index < items.count else {
        override.fail("there is no \(above)[\(index)]; \(name) has \(items.count) items, counted from 0", diagnostics)
        return
      }
      items[index].set(
        value, along: steps.dropFirst(), above: "\(above)[\(index)]", override: override, into: diagnostics)
      content = .list(items)
    case (.list(var items), .key):
      guard let (index, used) = Self.item(of: items, named: steps, above: above, override: override, diagnostics)
      else { return }
      if used > 0, case .text = items[index].content, steps.count > used {
        // `policies: [conserve]` with a parameter set: the bare name becomes a mapping.
        items[index] = DocumentNode(
          .mapping([Entry(key: "name", keyPosition: items[index].position, value: items[index])]),
          at: items[index].position)
      }
      items[index].set(
        value, along: steps.dropFirst(used), above: "\(above)[\(index)]", override: override, into: diagnostics)
      content = .list(items)
    case (_, .index):
      override.fail("\(name) is not a list", diagnostics)
    case (.text, .key(let key)):
      override.fail("\(name) holds \(shape), not a mapping with a key '\(key)'", diagnostics)
    }
  }

  /// The item of a list that the steps name, and how many steps the name takes (names may contain dots); the only
  /// item when no name is meant.
  private static func item(
    of items: [DocumentNode], named steps: ArraySlice<Override.Step>, above: String, override: Override,
    _ diagnostics: Diagnostics
  ) -> (index: Int, used: Int)? {
    let names = items.map { $0["name"]?.text ?? $0.text }
    var words: [String] = []
    var best: (index: Int, used: Int)?
    for step in steps {
      guard case .key(let word) = step else { break }
      words.append(word)
      if let index = names.firstIndex(of: words.joined(separator: ".")) { best = (index, words.count) }
    }
    if let best { return best }
    if items.count == 1, case .mapping(let entries) = items[0].content {
      // With a single item the name may be left out, unless the word is clearly a wrong name.
      if steps.count == 1 || entries.contains(where: { $0.key == words[0] }) { return (0, 0) }
    }
    let known = names.compactMap { $0 }
    let clause = NearestName.clause(for: words[0], among: known, plural: "names")
    let indexed =
      items.isEmpty
      ? "" : items.count == 1 ? "; or write \(above)[0]" : "; or write \(above)[0] to \(above)[\(items.count - 1)]"
    override.fail("'\(above)' has no item named '\(words[0])'\(clause)\(indexed)", diagnostics)
    return nil
  }
}
