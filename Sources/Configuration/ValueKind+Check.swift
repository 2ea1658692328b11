extension ValueKind {
  /// Checks a node, reporting every mistake in it.
  ///
  /// - Parameters:
  ///   - subject: the key, for messages about the value itself.
  ///   - path: the whole path, for messages about what is inside.
  func check(_ node: DocumentNode, subject: String, path: String, into diagnostics: Diagnostics) -> CheckedValue? {
    switch self {
    case .either(let kinds):
      return checkEither(kinds, node, subject: subject, path: path, into: diagnostics)
    case .mapping(let section):
      guard case .mapping = node.content else { return refuse(node, subject, diagnostics) }
      return section.check(node, path: path, into: diagnostics).map { CheckedValue(.mapping($0), at: node.position) }
    case .tagged(let tag, let noun, let sections):
      return checkTagged(tag, noun, sections, node, subject: subject, path: path, into: diagnostics)
    case .list(let item, let count):
      guard case .list(let nodes) = node.content else { return refuse(node, subject, diagnostics) }
      if nodes.count < count {
        diagnostics.error(
          at: node.position, "'\(subject)' wants at least \(count == 1 ? "one item" : "\(count) items")")
        return nil
      }
      let values = nodes.enumerated().compactMap { index, node in
        item.check(node, subject: "\(subject)[\(index)]", path: "\(path)[\(index)]", into: diagnostics)
      }
      return CheckedValue(.list(values), at: node.position)
    default:
      guard case .text(let text, let isQuoted) = node.content else { return refuse(node, subject, diagnostics) }
      switch scalar(text, isQuoted: isQuoted) {
      case .success(let content):
        return CheckedValue(content, at: node.position)
      case .failure(let problem):
        diagnostics.error(at: node.position, problem.subjectless ? problem.message : "'\(subject)' \(problem.message)")
        return nil
      }
    }
  }

  private func refuse(_ node: DocumentNode, _ subject: String, _ diagnostics: Diagnostics) -> CheckedValue? {
    diagnostics.error(at: node.position, "'\(subject)' wants \(expected), found \(node.shape)")
    return nil
  }

  /// Takes the one alternative whose shape is that of the node; of several scalars, the first that fits.
  private func checkEither(
    _ kinds: [ValueKind], _ node: DocumentNode, subject: String, path: String, into diagnostics: Diagnostics
  ) -> CheckedValue? {
    let shape: Shape
    switch node.content {
    case .nothing: return refuse(node, subject, diagnostics)
    case .text: shape = .scalar
    case .list: shape = .list
    case .mapping: shape = .mapping
    }
    let candidates = kinds.filter { $0.shape == shape }
    if candidates.isEmpty { return refuse(node, subject, diagnostics) }
    if candidates.count == 1 {
      return candidates[0].check(node, subject: subject, path: path, into: diagnostics)
    }
    var outOfRange: Diagnostic?
    for candidate in candidates {
      let attempt = Diagnostics()
      if let value = candidate.check(node, subject: subject, path: path, into: attempt) { return value }
      if let first = attempt.all.first, first.message.contains(" must ") { outOfRange = outOfRange ?? first }
    }
    if let outOfRange {
      diagnostics.add(outOfRange)
    } else {
      diagnostics.error(
        at: node.position,
        "'\(subject)' wants \(candidates.map(\.expected).joined(separator: ", or ")), found \(node.shape)")
    }
    return nil
  }

  private func checkTagged(
    _ tag: String, _ noun: String, _ sections: [Section], _ node: DocumentNode, subject: String, path: String,
    into diagnostics: Diagnostics
  ) -> CheckedValue? {
    var node = node
    if case .text = node.content {
      let entry = DocumentNode.Entry(key: tag, keyPosition: node.position, value: node)
      node = DocumentNode(.mapping([entry]), at: node.position)
    }
    guard case .mapping = node.content else { return refuse(node, subject, diagnostics) }
    let names = sections.map(\.name)
    guard let chosen = node[tag] else {
      diagnostics.error(
        at: node.position, "'\(path)' lacks the key '\(tag)', one of: \(names.joined(separator: ", "))")
      return nil
    }
    let choice = ValueKind.choice(noun: noun, names)
    guard let value = choice.check(chosen, subject: tag, path: "\(path).\(tag)", into: diagnostics) else { return nil }
    guard let section = sections.first(where: { $0.name == value.text }) else { return nil }
    let tagKey = Key(tag, choice, .required, "Which \(noun).")
    let complete = Section(section.name, section.help, [tagKey] + section.keys, notModelled: section.notModelled)
    return complete.check(node, path: path, into: diagnostics).map { CheckedValue(.mapping($0), at: node.position) }
  }
}

/// Why a scalar is not of its kind.
struct ScalarProblem: Error {
  var message: String
  /// Whether the message stands without the key's name in front.
  var subjectless = false
}

extension ValueKind {
  /// The value of a scalar.
  func scalar(_ text: String, isQuoted: Bool) -> Result<CheckedValue.Content, ScalarProblem> {
    do throws(QuantityError) {
      switch self {
      case .text: return plainText(text, isQuoted: isQuoted).map { .text($0) }
      case .identifier: return identifier(text, isQuoted: isQuoted)
      case .choice(let noun, let names):
        if names.contains(text) { return .success(.text(text)) }
        let shown = text.count > 60 ? text.prefix(57) + "..." : text[...]
        let clause = NearestName.clause(for: text, among: names, plural: Self.plural(noun))
        return .failure(ScalarProblem(message: "unknown \(noun) '\(shown)'\(clause)", subjectless: true))
      case .boolean: return boolean(text, isQuoted: isQuoted)
      case .integer(let bounds):
        try refuseQuoted(text, isQuoted)
        let value = try Quantity.count(text)
        return inRange(value, bounds, text: { "\($0)" }, .integer(value))
      case .number(let bounds):
        try refuseQuoted(text, isQuoted)
        let value = try Quantity.number(text)
        return inRange(value, bounds, text: Quantity.plain, .number(value))
      case .fraction(let bounds):
        let value = try Quantity.fraction(text)
        return inRange(value, bounds, text: Quantity.plain, .fraction(value))
      case .bytes(let bounds):
        let value = try Quantity.bytes(text)
        return inRange(value, bounds, text: Quantity.text(bytes:), .bytes(value))
      case .duration(let bounds):
        let value = try Quantity.duration(text)
        return inRange(value, bounds, text: Quantity.text(duration:), .duration(value))
      case .rate(let bounds, let noun):
        let value = try Quantity.rate(text, of: noun)
        return inRange(value, bounds, text: Quantity.text(rate:), .rate(value))
      case .bandwidth(let bounds):
        let value = try Quantity.bandwidth(text)
        return inRange(value, bounds, text: Quantity.text(bandwidth:), .bandwidth(value))
      case .floatingPointRate(let bounds):
        let value = try Quantity.floatingPointRate(text)
        return inRange(value, bounds, text: Quantity.text(floatingPointRate:), .floatingPointRate(value))
      case .list, .mapping, .tagged, .either:
        preconditionFailure("'\(self)' is not a scalar kind")
      }
    } catch {
      return .failure(ScalarProblem(message: error.message))
    }
  }

  private static func plural(_ noun: String) -> String {
    if noun.hasSuffix("y"), !noun.hasSuffix("ay") { return noun.dropLast() + "ies" }
    return noun.hasSuffix("s") ? noun + "es" : noun + "s"
  }

  private func refuseQuoted(_ text: String, _ isQuoted: Bool) throws(QuantityError) {
    if isQuoted { throw QuantityError(expected: expected, found: text, hint: "it is quoted; write it without quotes") }
  }

  private func inRange<Value: Comparable & Sendable>(
    _ value: Value, _ bounds: Bounds<Value>, text: (Value) -> String, _ content: CheckedValue.Content
  ) -> Result<CheckedValue.Content, ScalarProblem> {
    if bounds.contains(value) { return .success(content) }
    return .failure(ScalarProblem(message: "\(bounds.rule(text)), found \(text(value))"))
  }

  private func plainText(_ text: String, isQuoted: Bool) -> Result<String, ScalarProblem> {
    if isQuoted { return .success(text) }
    let lowered = text.lowercased()
    let surprise: String? =
      switch lowered {
      case "yes", "on", "true", "y": "which YAML 1.1 reads as true"
      case "no", "off", "false", "n": "which YAML 1.1 reads as false"
      default: (try? Quantity.number(text)) == nil ? nil : "a number"
      }
    if let surprise {
      return .failure(ScalarProblem(message: "wants \(expected), found '\(text)', \(surprise); put it in quotes"))
    }
    return .success(text)
  }

  private func identifier(_ text: String, isQuoted: Bool) -> Result<CheckedValue.Content, ScalarProblem> {
    if case .failure(let problem) = plainText(text, isQuoted: isQuoted) { return .failure(problem) }
    let allowed = text.utf8.allSatisfy {
      $0 >= 48 && $0 <= 57 || $0 >= 65 && $0 <= 90 || $0 >= 97 && $0 <= 122 || ".-_".utf8.contains($0)
    }
    if allowed, !text.isEmpty, text.utf8.count <= 100, text.utf8.first != UInt8(ascii: ".") {
      return .success(.text(text))
    }
    let shown = text.count > 60 ? text.prefix(57) + "..." : text[...]
    return .failure(
      ScalarProblem(
        message: "wants a name of at most 100 letters, digits, '.', '-' and '_', found '\(shown)'"))
  }

  private func boolean(_ text: String, isQuoted: Bool) -> Result<CheckedValue.Content, ScalarProblem> {
    if !isQuoted {
      if text == "true" { return .success(.boolean(true)) }
      if text == "false" { return .success(.boolean(false)) }
    }
    let hint =
      switch text.lowercased() {
      case "true", "yes", "on", "y", "1": "; write true"
      case "false", "no", "off", "n", "0": "; write false"
      default: ""
      }
    return .failure(ScalarProblem(message: "wants true or false, found '\(text)'\(hint)"))
  }
}
