import Configuration
import TextIO

/// What a server's command asks for, in the keys of a scenario.
public struct ReadServeCommand: Sendable {
  public var dialect: ServeDialect
  /// Where the command begins.
  public var position: Position
  /// Keys with their values as a scenario has them, in the order of the dialect's table; each key once.
  public var settings: [Setting]
  /// Arguments without effect on times, and what they are about.
  public var neutral: [(name: String, why: String)]
  /// Variables set before the command of which nothing is known.
  public var environment: [String]

  public struct Setting: Sendable, Hashable {
    public var key: String
    public var value: String
    public var position: Position
    /// The argument, as it was written; empty for what follows from others.
    public var argument: String
  }

  /// The value of a key; nil where the command leaves it to the stack's default.
  public subscript(key: String) -> Setting? { settings.first { $0.key == key } }

  /// Sets a key that nothing has set.
  public mutating func fill(_ key: String, _ value: String) {
    if self[key] == nil { settings.append(Setting(key: key, value: value, position: position, argument: "")) }
  }

  /// Takes a key away.
  public mutating func remove(_ key: String) { settings.removeAll { $0.key == key } }
}

/// Reads the command that starts a serving stack's server.
public struct ServeCommandReader {
  private let diagnostics: Diagnostics

  /// One argument of the command.
  private struct Given {
    var argument: ServeDialect.Argument
    var name: String
    var values: [String]
    var position: Position
  }

  /// Reads a command: `vllm serve MODEL -tp 4`, and those of the catalogue's other stacks.
  ///
  /// - Parameters:
  ///   - text: as one would type it; it may go over several lines.
  ///   - name: what the text is called in messages.
  /// - Returns: nil when anything is wrong or not modelled; `diagnostics` then say everything that is.
  public static func read(_ text: String, name: String, into diagnostics: Diagnostics) -> ReadServeCommand? {
    let words = CommandWords(text, name: name, into: diagnostics).words
    if diagnostics.hasErrors { return nil }
    let command = ServeCommandReader(diagnostics: diagnostics).read(words, name: name)
    return diagnostics.hasErrors ? nil : command
  }

  private func read(_ words: [CommandWords.Word], name: String) -> ReadServeCommand? {
    let variables = words.prefix { Self.isAssignment($0.text) }
    let rest = Array(words.dropFirst(variables.count))
    guard let (dialect, length) = Self.dialect(of: rest.map(\.text)) else {
      let known = ServeDialect.all.flatMap(\.programs).map { $0.joined(separator: " ") }
      let found = rest.prefix(2).map(\.text).joined(separator: " ")
      diagnostics.error(
        at: rest.first?.position ?? .file(name, line: 1, column: 1),
        "wants a command that starts a server (\(known.joined(separator: ", "))), found "
          + (found.isEmpty ? "nothing" : "'\(Printable.excerpt(found, length: 40))'"))
      return nil
    }
    let position = rest[0].position
    var given: [Given] = []
    var environment: [String] = []
    for variable in variables {
      let parts = variable.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      if let argument = dialect.argument(named: parts[0]) {
        given.append(
          Given(argument: argument, name: parts[0], values: [parts[1]], position: variable.position))
      } else {
        environment.append(parts[0])
      }
    }
    given += arguments(Array(rest.dropFirst(length)), of: dialect)
    let degree =
      given.last {
        if case .sets(let setting) = $0.argument.effect { setting.key == "tensor_parallel" } else { false }
      }?
      .values.first.flatMap(Int.init) ?? 1
    var command = ReadServeCommand(
      dialect: dialect, position: position, settings: [], neutral: [], environment: environment)
    apply(dialect.arguments, given, degree: degree, to: &command)
    if command["model"] == nil, !diagnostics.hasErrors {
      diagnostics.error(at: position, "the command names no model")
    }
    for standard in dialect.defaults { command.fill(standard.key, standard.value) }
    return command
  }

  private static func isAssignment(_ word: String) -> Bool {
    guard let sign = word.firstIndex(of: "="), sign != word.startIndex else { return false }
    return word[..<sign].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }

  /// Whose command it is, and how many words say so. A program may be named by its path.
  private static func dialect(of words: [String]) -> (ServeDialect, Int)? {
    let plain = words.enumerated().map { index, word in
      index == 0 ? PathText.lastPart(word) : word
    }
    var best: (dialect: ServeDialect, length: Int)?
    for dialect in ServeDialect.all {
      for program in dialect.programs where plain.starts(with: program) && program.count > best?.length ?? 0 {
        best = (dialect, program.count)
      }
    }
    return best.map { ($0.dialect, $0.length) }
  }

  /// The arguments with their values, told apart by their names.
  private func arguments(_ words: [CommandWords.Word], of dialect: ServeDialect) -> [Given] {
    var given: [Given] = []
    var hasModel = false
    var index = 0
    while index < words.count {
      let word = words[index]
      index += 1
      guard word.text.hasPrefix("-"), word.text.count > 1, DecimalText.double(word.text) == nil else {
        if dialect.takesModelFirst, !hasModel,
          let model = dialect.arguments.first(where: {
            if case .sets(let setting) = $0.effect { setting.key == "model" } else { false }
          })
        {
          hasModel = true
          given.append(Given(argument: model, name: "the model", values: [word.text], position: word.position))
        } else {
          diagnostics.error(at: word.position, "'\(Printable.excerpt(word.text))' belongs to no argument")
        }
        continue
      }
      guard var one = match(word, in: dialect) else {
        // What follows a name that is not known is most likely its value.
        if !word.text.contains("="), index < words.count, !Self.isName(words[index].text) { index += 1 }
        continue
      }
      switch one.argument.takes {
      case .nothing:
        if one.values.isEmpty { one.values = ["true"] }
      case .value, .integer, .number, .text:
        if one.values.isEmpty {
          guard index < words.count, !Self.isName(words[index].text) else {
            diagnostics.error(at: word.position, "'\(one.name)' wants a value")
            continue
          }
          one.values = [words[index].text]
          index += 1
        }
      case .values, .integers:
        while index < words.count, !Self.isName(words[index].text) {
          one.values.append(words[index].text)
          index += 1
        }
        if one.values.isEmpty { diagnostics.error(at: word.position, "'\(one.name)' wants values") }
      }
      given.append(one)
    }
    return given
  }

  /// Whether a word is an argument's name; negative numbers are values.
  private static func isName(_ word: String) -> Bool {
    word.hasPrefix("-") && word.count > 1 && DecimalText.double(word) == nil
  }

  /// The argument that a word names, with the value that is in the word itself.
  private func match(_ word: CommandWords.Word, in dialect: ServeDialect) -> Given? {
    let parts = word.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    let inline = parts.count > 1 ? [parts[1]] : []
    func given(_ argument: ServeDialect.Argument, _ values: [String]) -> Given {
      Given(argument: argument, name: name, values: values, position: word.position)
    }
    if let argument = dialect.argument(named: name) { return given(argument, inline) }
    if let negation = dialect.negation, name.hasPrefix(negation),
      let argument = dialect.argument(named: "--" + name.dropFirst(negation.count)), argument.takes == .nothing
    {
      return given(argument, ["false"])
    }
    // A member of an object: `--compilation-config.mode 3`.
    if let point = name.firstIndex(of: "."), let object = dialect.argument(named: String(name[..<point])),
      case .object(let members, let why) = object.effect
    {
      let member = String(name[name.index(after: point)...])
      if let argument = ServeDialect.argument(named: member, in: members) { return given(argument, inline) }
      diagnostics.error(at: word.position, "'\(name)' is not modelled: \(why)")
      return nil
    }
    // A name of one letter with its value: `-O3`.
    if !name.hasPrefix("--"), let argument = dialect.argument(named: String(name.prefix(2))) {
      return given(argument, [String(word.text.dropFirst(2))])
    }
    let clause = NearestName.clause(
      for: name, among: dialect.arguments.flatMap(\.names).filter { $0.hasPrefix("-") }, plural: "arguments")
    let program = dialect.programs[0].joined(separator: " ")
    let isFar = !clause.contains("did you mean")
    diagnostics.error(
      at: word.position,
      "'\(program)' has no argument '\(Printable.excerpt(name, length: 60))' that is known here"
        + (isFar ? "" : clause))
    return nil
  }

  // MARK: - What they ask for

  /// Applies arguments in the order of the table; of one that is repeated the last stands.
  private func apply(
    _ arguments: [ServeDialect.Argument], _ given: [Given], degree: Int, to command: inout ReadServeCommand
  ) {
    for argument in arguments {
      let all = given.filter { $0.argument.names == argument.names }
      guard let one = all.last else { continue }
      switch argument.effect {
      // Names of one group are arguments of their own.
      case .neutral(let why):
        for one in Self.lastOfEach(all) { command.neutral.append((one.name, why)) }
      case .refused(let unless, let why):
        for one in Self.lastOfEach(all) {
          let asksForNothing =
            argument.takes == .nothing ? one.values == ["false"] : one.values.allSatisfy(unless.contains)
          if !asksForNothing { refuse(one, why) }
        }
      case .sets(let setting): apply(setting, one, degree: degree, to: &command)
      case .object(let members, let why): applyObject(members, why, one, degree: degree, to: &command)
      }
    }
    for argument in arguments {
      guard case .object(let members, _) = argument.effect else { continue }
      for member in members {
        guard let one = given.last(where: { $0.argument.names == member.names && $0.name.contains(".") }) else {
          continue
        }
        apply([member], [one], degree: degree, to: &command)
      }
    }
  }

  private static func lastOfEach(_ given: [Given]) -> [Given] {
    given.indices.filter { index in !given[(index + 1)...].contains { $0.name == given[index].name } }
      .map { given[$0] }
  }

  private func refuse(_ one: Given, _ why: String) {
    let value = one.argument.takes == .nothing ? "" : " " + one.values.joined(separator: " ")
    diagnostics.error(
      at: one.position, "'\(one.name)\(Printable.excerpt(value, length: 60))' is not modelled: \(why)")
  }

  private func applyObject(
    _ members: [ServeDialect.Argument], _ why: String, _ one: Given, degree: Int, to command: inout ReadServeCommand
  ) {
    let text = one.values.first ?? ""
    guard let object = try? JSONReader.value(of: Array(text.utf8)), let entries = object.members else {
      diagnostics.error(at: one.position, "'\(one.name)' wants a JSON object, found '\(Printable.excerpt(text))'")
      return
    }
    for entry in entries {
      let name = "\(one.name).\(entry.name)"
      guard let member = ServeDialect.argument(named: entry.name, in: members) else {
        diagnostics.error(at: one.position, "'\(name)' is not modelled: \(why)")
        continue
      }
      let values = entry.value.array?.map(\.text) ?? [entry.value.string ?? entry.value.text]
      apply(
        [member], [Given(argument: member, name: name, values: values, position: one.position)], degree: degree,
        to: &command)
    }
  }

  private func apply(
    _ setting: ServeDialect.Setting, _ one: Given, degree: Int, to command: inout ReadServeCommand
  ) {
    guard let value = value(of: setting, one, degree: degree) else { return }
    for assignment in [ServeDialect.Assignment(key: setting.key, value: value)] + setting.also
    where !assignment.value.isEmpty {
      command.remove(assignment.key)
      command.settings.append(
        .init(
          key: assignment.key, value: assignment.value, position: one.position,
          argument: one.name == "the model" ? "" : one.name))
    }
  }

  /// A key's value; empty where the key is left out, nil when the argument's is wrong.
  private func value(of setting: ServeDialect.Setting, _ one: Given, degree: Int) -> String? {
    let text = one.values.first ?? ""
    if let known = setting.values.first(where: { $0.key == text }) { return known.value }
    func wrong(_ expected: String) -> String? {
      diagnostics.error(at: one.position, "'\(one.name)' wants \(expected), found '\(Printable.excerpt(text))'")
      return nil
    }
    switch one.argument.takes {
    case .integer:
      guard let number = Self.integer(text) else { return wrong("a whole number") }
      return String(number + setting.add)
    case .integers:
      let numbers = one.values.flatMap { $0.split(separator: ",") }.map { Self.integer(String($0)) }
      if numbers.isEmpty || numbers.contains(nil) { return wrong("whole numbers") }
      return "[" + numbers.compactMap { $0.map(String.init) }.joined(separator: ", ") + "]"
    case .number:
      guard let number = DecimalText.double(text), number.isFinite else { return wrong("a number") }
      guard setting.unit == "GiB" else { return text }
      let bytes = number * 1_073_741_824 / Double(setting.isSharedByGPUs ? max(1, degree) : 1)
      guard (0...1e15).contains(bytes) else { return wrong("GiB, up to a petabyte") }
      return "\(Int(bytes)) B"
    case .nothing:
      guard text == "true" || text == "false" else { return wrong("nothing") }
      return setting.values.isEmpty ? text : ""
    case .text, .value, .values:
      if setting.values.isEmpty { return text }
      refuse(one, setting.why.isEmpty ? "modelled are \(Self.list(setting.values))" : setting.why)
      return nil
    }
  }

  private static func list(_ values: [ServeDialect.Assignment]) -> String {
    values.map(\.key).joined(separator: ", ")
  }

  /// A whole number as vLLM reads it: `8k` is 8,000, `8K` 8,192, `1.5k` 1,500.
  static func integer(_ text: String) -> Int? {
    if let number = Int(text) { return number.magnitude <= 1 << 40 ? number : nil }
    let sizes: [Character: Double] = ["k": 1e3, "m": 1e6, "g": 1e9, "K": 1_024, "M": 1_048_576, "G": 1_073_741_824]
    guard let last = text.last, let size = sizes[last], let number = DecimalText.double(String(text.dropLast())),
      number >= 0, number * size <= Double(1 << 40)
    else { return nil }
    let value = number * size
    return value == value.rounded() ? Int(value) : nil
  }
}
