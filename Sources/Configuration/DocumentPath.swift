/// The way to a value in a document: `workload.rate`, `deployments[0].replicas`, `deployments.chat.replicas`.
public struct DocumentPath: Sendable, Hashable {
  /// One step of the way: a key or an item's name, or an index.
  enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  /// Why a text is no path.
  public struct Malformed: Error {
    public let message: String
  }

  let steps: [Step]

  /// - Throws: `Malformed` for an empty part, or an index that is none.
  public init(_ text: String) throws(Malformed) {
    var steps: [Step] = []
    for part in text.split(separator: ".", omittingEmptySubsequences: false) {
      let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
      if pieces[0].isEmpty {
        throw Malformed(message: "the path has an empty part; it looks like workload.rate or deployments[0].model")
      }
      steps.append(.key(String(pieces[0])))
      for piece in pieces.dropFirst() {
        guard piece.last == "]", let index = Int(piece.dropLast()), index >= 0 else {
          throw Malformed(message: "'[\(piece)' is not an index; write for example deployments[0]")
        }
        steps.append(.index(index))
      }
    }
    self.steps = steps
  }

  /// The key at the top of the document.
  public var top: String {
    if case .key(let name)? = steps.first { name } else { "" }
  }

  /// The item of a list that the steps name, and how many steps the name takes, since names may contain dots.
  static func item(named steps: ArraySlice<Step>, among names: [String?]) -> (index: Int, used: Int)? {
    var words: [String] = []
    var best: (index: Int, used: Int)?
    for step in steps {
      guard case .key(let word) = step else { break }
      words.append(word)
      if let index = names.firstIndex(of: words.joined(separator: ".")) { best = (index, words.count) }
    }
    return best
  }
}

extension CheckedMap {
  /// The value at a path, defaults included; nil where there is none.
  public func value(at path: DocumentPath) -> CheckedValue? {
    CheckedValue(.mapping(self), at: position).value(along: path.steps[...])
  }
}

extension CheckedValue {
  fileprivate func value(along steps: ArraySlice<DocumentPath.Step>) -> CheckedValue? {
    guard let step = steps.first else { return self }
    switch (content, step) {
    case (.mapping(let map), .key(let name)):
      let key = map.section.keys.first { $0.name == name || $0.formerly == name }
      return key.flatMap { map[$0.name]?.value(along: steps.dropFirst()) }
    case (.list(let items), .index(let index)):
      return items.indices.contains(index) ? items[index].value(along: steps.dropFirst()) : nil
    case (.list(let items), .key):
      let names = items.map { item in
        item.map.map { $0.section.key("name") == nil ? nil : $0.text("name") } ?? item.text
      }
      if let (index, used) = DocumentPath.item(named: steps, among: names) {
        return items[index].value(along: steps.dropFirst(used))
      }
      // As when a value is set: with a single item the name may be left out.
      return items.count == 1 ? items[0].value(along: steps) : nil
    default:
      return nil
    }
  }
}
