import Configuration
import Metrics

/// Reads what a scenario's `variants` and the arguments of `--vary` say.
struct VariantReader {
  let diagnostics: Diagnostics

  /// Takes the variants out of a document; none where it has no `variants`.
  ///
  /// - Parameter chosen: the names of those to keep, with how the argument is called; all when empty.
  func take(from document: inout Document, chosen: [String]) -> [Variant] {
    guard let node = document.root["variants"] else {
      for name in chosen { diagnostics.error(at: .argument("--variant \(name)"), "the file has no variants") }
      return []
    }
    document.root.remove("variants")
    let kind = ValueKind.list(of: .mapping(ScenarioSections.variant), atLeast: 1)
    let wrapper = Section("scenario", "", [Key("variants", kind, .optional, "")])
    let written = DocumentNode(
      .mapping([DocumentNode.Entry(key: "variants", keyPosition: node.position, value: node)]), at: node.position)
    _ = wrapper.check(written, path: "", into: diagnostics)
    guard case .list(let items) = node.content else { return [] }
    let variants = items.compactMap(variant)
    var seen: Set<String> = []
    for variant in variants where !seen.insert(variant.name).inserted {
      diagnostics.error(at: variant.position, "two variants are called '\(variant.name)'")
    }
    for name in chosen where !seen.contains(name) {
      let clause = NearestName.clause(for: name, among: variants.map(\.name), plural: "variants")
      diagnostics.error(at: .argument("--variant \(name)"), "unknown variant '\(name)'\(clause)")
    }
    return chosen.isEmpty ? variants : variants.filter { chosen.contains($0.name) }
  }

  private func variant(_ node: DocumentNode) -> Variant? {
    guard case .mapping(let entries) = node.content, let name = node["name"]?.text else { return nil }
    let changes = entries.filter { $0.key != "name" }.compactMap {
      change($0.key, to: $0.value, at: $0.keyPosition)
    }
    return Variant(name: name, changes: changes, position: node.position, places: node.places)
  }

  /// A change of a key that variants can change; nil after reporting that this one they cannot.
  func change(_ key: String, to value: DocumentNode, at position: Position) -> Override? {
    do throws(DocumentPath.Malformed) {
      let top = try DocumentPath(key).top
      if let fixed = Variant.fixedKeys.first(where: { $0.name == top }) {
        diagnostics.error(at: position, "a variant cannot change '\(fixed.name)': \(fixed.reason)")
        return nil
      }
    } catch {
      diagnostics.error(at: position, "'\(key)' is no path of a key: \(error.message)")
      return nil
    }
    return Override(path: key, node: value, at: position)
  }

  /// What `--vary KEY=a,b,c` asks for: every value of the first key with every value of the others.
  func varied(_ arguments: [String]) -> [Variant] {
    let axes = arguments.compactMap(axis)
    var seen: Set<String> = []
    for axis in axes where !seen.insert(axis.key).inserted {
      diagnostics.error(at: .argument("--vary \(axis.key)"), "the key is varied twice")
    }
    return product(axes)
  }

  /// Every value of the first key with every value of the others, named after them.
  func product(_ axes: [VariedKey]) -> [Variant] {
    zip(axes, Alternatives.short(axes.map(\.key))).reduce(into: []) { product, pair in
      let (axis, short) = pair
      let values = axis.values.compactMap { value -> Variant? in
        guard let change = change(axis.key, to: value, at: axis.position) else { return nil }
        return Variant(
          name: "\(short)=\(value.inline)", changes: [change], position: value.position,
          places: value.places.union([axis.position]))
      }
      product = Variant.product(product, values)
    }
  }

  private func axis(_ argument: String) -> VariedKey? {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      diagnostics.error(
        at: .argument("--vary \(argument)"), "wants KEY.PATH=VALUE,VALUE, for example workload.rate=4/s,8/s")
      return nil
    }
    let key = String(argument[..<equals])
    let text = argument[argument.index(after: equals)...]
    let position = Position.argument("--vary \(key)")
    let trial = Diagnostics()
    // Values are YAML, so that one can be a list itself.
    guard let document = Document(text: "[\(text)]", name: key, into: trial),
      case .list(let values) = document.root.content, !text.allSatisfy({ $0 == " " })
    else {
      diagnostics.error(at: position, "wants values separated by commas, found '\(text)'")
      return nil
    }
    if values.contains(where: { if case .nothing = $0.content { true } else { false } }) {
      diagnostics.error(at: position, "wants values separated by commas, found '\(text)'")
      return nil
    }
    return VariedKey(key: key, values: values.map { $0.placed(at: position) }, position: position)
  }
}

/// A key with the values that it takes in turn.
struct VariedKey {
  var key: String
  var values: [DocumentNode]
  /// Where the key was written.
  var position: Position
}
