import CYAML

/// Makes nodes from libyaml's events, which come one after another: a text nested without end costs no stack.
///
/// What no document of ours has (keys that are not words, aliases of what is not complete, a second document) is noted
/// with its place, and reading goes on.
struct YAMLGraphBuilder {
  typealias Place = YAMLGraph.Place

  private(set) var nodes: [YAMLGraph.Node] = []
  private(set) var root: Int?
  private(set) var problems: [YAMLGraph.Problem] = []
  /// Whether the text is read, or no more of it will be.
  private(set) var isDone = false

  /// A list or mapping that is not complete.
  private struct Frame {
    var node: Int
    var anchor: String?
    var isMapping: Bool
    /// What it holds so far: of a mapping, keys and values in turn.
    var items: [Int] = []

    var wantsKey: Bool { isMapping && items.count.isMultiple(of: 2) }
  }

  private let scalars: [Unicode.Scalar]
  private var frames: [Frame] = []
  private var anchors: [String: Int] = [:]
  private var documentCount = 0
  private var valueCount = 0
  /// Where the event before ended.
  private var end = yaml_mark_t(index: 0, line: 0, column: 0)

  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
  }

  mutating func report(at place: Place, _ message: String) {
    problems.append(YAMLGraph.Problem(place: place, message: message))
  }

  private mutating func give(up place: Place, _ message: String) {
    report(at: place, message)
    isDone = true
  }

  mutating func take(_ event: yaml_event_t) {
    let place = Place(event.start_mark)
    switch event.type {
    case YAML_STREAM_END_EVENT: isDone = true
    case YAML_DOCUMENT_START_EVENT:
      documentCount += 1
      if documentCount > 1 { give(up: place, "a second document begins here; a file holds one") }
    case YAML_ALIAS_EVENT: add(aliasOf: event)
    case YAML_SCALAR_EVENT: add(scalarOf: event)
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      open(event, .list([]), tag: start.tag, anchor: start.anchor)
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      open(event, .mapping([]), tag: start.tag, anchor: start.anchor)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: close()
    default: break
    }
    if valueCount > YAMLGraph.valueLimit, !isDone { give(up: place, "more than \(YAMLGraph.valueLimit) values") }
    end = event.end_mark
  }

  private mutating func append(_ content: YAMLGraph.Content, tag: String? = nil, at place: Place) -> Int {
    nodes.append(YAMLGraph.Node(content: content, tag: tag, place: place))
    return nodes.count - 1
  }

  /// Puts a complete value into what holds it.
  private mutating func add(_ node: Int) {
    guard let last = frames.indices.last else {
      root = node
      return
    }
    if !frames[last].wantsKey { valueCount += 1 }
    frames[last].items.append(node)
  }

  private mutating func add(scalarOf event: yaml_event_t) {
    let scalar = event.data.scalar
    if frames.last?.wantsKey == true { reportQuestionMark(before: event) }
    let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
    let node = append(
      .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), tag: Self.string(scalar.tag),
      at: Place(event.start_mark))
    if let anchor = Self.string(scalar.anchor) { anchors[anchor] = node }
    add(node)
  }

  private mutating func add(aliasOf event: yaml_event_t) {
    let place = Place(event.start_mark)
    var target = Self.string(event.data.alias.anchor).flatMap { anchors[$0] }
    if frames.last?.wantsKey == true {
      target = nil
      if !reportQuestionMark(before: event) {
        report(at: place, "an alias is not accepted as a key; keys are plain words")
      }
    } else if target == nil {
      report(at: place, "the alias names an anchor that is not complete before this place")
    }
    // What is reported is stood in for by an empty list, so that keys and values stay in step.
    add(target ?? append(.list([]), at: place))
  }

  private mutating func open(
    _ event: yaml_event_t, _ content: YAMLGraph.Content, tag: UnsafeMutablePointer<UInt8>?,
    anchor: UnsafeMutablePointer<UInt8>?
  ) {
    let place = Place(event.start_mark)
    if frames.last?.wantsKey == true, !reportQuestionMark(before: event) {
      report(at: place, "a list or mapping is not accepted as a key; keys are plain words")
    }
    guard frames.count < YAMLGraph.depthLimit else {
      give(up: place, "nested more than \(YAMLGraph.depthLimit) deep")
      return
    }
    let node = append(content, tag: Self.string(tag), at: place)
    let isMapping = if case .mapping = content { true } else { false }
    frames.append(Frame(node: node, anchor: Self.string(anchor), isMapping: isMapping))
  }

  private mutating func close() {
    guard let frame = frames.popLast() else { return }
    let items = frame.items
    nodes[frame.node].content =
      frame.isMapping
      ? .mapping(stride(from: 0, to: items.count - 1, by: 2).map { (key: items[$0], value: items[$0 + 1]) })
      : .list(items)
    // Only what is complete can be named: there are no cycles.
    if let anchor = frame.anchor { anchors[anchor] = frame.node }
    add(frame.node)
  }

  /// Notes a '?' between the event before and a key, which no event tells of.
  ///
  /// - Returns: whether there is one.
  @discardableResult private mutating func reportQuestionMark(before event: yaml_event_t) -> Bool {
    var place = Place(end)
    var isRemark = false
    for index in end.index..<max(end.index, min(event.start_mark.index, scalars.count)) {
      let scalar = scalars[index]
      if scalar == "#", index == 0 || isBlank(index - 1) { isRemark = true }
      if scalar == "?", !isRemark, isBlank(index + 1) {
        report(at: place, "a key written with '?' is not accepted; keys are plain words")
        return true
      }
      place.column += 1
      if isLineEnd(index) {
        place = Place(line: place.line + 1, column: 1)
        isRemark = false
      }
    }
    return false
  }

  private func isBlank(_ index: Int) -> Bool {
    index >= scalars.count || " \t\r\n".unicodeScalars.contains(scalars[index])
  }

  /// Whether a line ends with this scalar: a line feed, or a carriage return that none follows.
  private func isLineEnd(_ index: Int) -> Bool {
    scalars[index] == "\n" || scalars[index] == "\r" && (index + 1 == scalars.count || scalars[index + 1] != "\n")
  }

  private static func string(_ text: UnsafeMutablePointer<UInt8>?) -> String? {
    text.map { String(cString: $0) }
  }
}

extension YAMLGraphBuilder {
  /// Reports what libyaml says of a text that it cannot read.
  mutating func report(failureOf parser: yaml_parser_t) {
    isDone = true
    let says = parser.problem.map { String(cString: $0) } ?? "it cannot be read"
    guard parser.error == YAML_SCANNER_ERROR || parser.error == YAML_PARSER_ERROR else {
      report(at: Place(line: 1, column: 1), "not valid YAML: \(says)")
      return
    }
    if let tab = tabInIndentation(before: parser.problem_mark.index) {
      report(at: place(of: tab), "a tab in the indentation; YAML wants spaces")
      return
    }
    var around = ""
    if let context = parser.context {
      around = " (\(String(cString: context)), which begins in line \(parser.context_mark.line + 1))"
    }
    // A mark behind the last line is put at that line's end.
    let mark = Place(parser.problem_mark)
    let last = place(of: scalars.count)
    report(at: mark.line > last.line ? last : mark, "not valid YAML: \(says)\(around)")
  }

  /// The first tab among the blanks at a line's beginning that a mark stands in; libyaml speaks of tokens there.
  private func tabInIndentation(before index: Int) -> Int? {
    guard index < scalars.count else { return nil }
    var start = index
    while start > 0, scalars[start - 1] == " " || scalars[start - 1] == "\t" { start -= 1 }
    guard start == 0 || isLineEnd(start - 1) else { return nil }
    return scalars[start...index].firstIndex(of: "\t")
  }

  private func place(of index: Int) -> Place {
    var place = Place(line: 1, column: 1)
    for earlier in 0..<index {
      place.column += 1
      if isLineEnd(earlier) { place = Place(line: place.line + 1, column: 1) }
    }
    return place
  }
}

extension YAMLGraph.Place {
  init(_ mark: yaml_mark_t) {
    self.init(line: mark.line + 1, column: mark.column + 1)
  }
}
