import CYAML

/// A YAML text as nodes with their places. An alias is the number of the node that it stands for, so a text that
/// expands without end is small here.
struct YAMLGraph {
  /// Line and column, both counted from 1; columns in Unicode scalars.
  struct Place {
    var line: Int
    var column: Int
  }

  struct Node {
    var content: Content
    /// The tag as written, with its prefix resolved; nil without one.
    var tag: String?
    var place: Place
  }

  enum Content {
    case scalar(String, isPlain: Bool)
    /// Positions in `nodes`. What a list or mapping holds is complete before the list or mapping is, so there are no
    /// cycles.
    case list([Int])
    case mapping([(key: Int, value: Int)])
  }

  /// Something that keeps the text from being a document.
  struct Problem {
    var place: Place
    var message: String
  }

  /// The deepest nesting that is read.
  static let depthLimit = 64
  /// The most values that are read, and the most that there may be once aliases are expanded.
  static let valueLimit = 200_000

  var nodes: [Node] = []
  /// The position of the document's value; nil when there is none.
  var root: Int?
  var problems: [Problem] = []

  /// Reads a text that has no byte order mark.
  init(_ text: String) {
    var builder = YAMLGraphBuilder(text)
    var bytes = Array(text.utf8)
    bytes.withUnsafeMutableBufferPointer { buffer in
      var parser = yaml_parser_t()
      guard yaml_parser_initialize(&parser) == 1 else {
        builder.report(at: Place(line: 1, column: 1), "not enough memory to read it")
        return
      }
      defer { yaml_parser_delete(&parser) }
      yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
      while !builder.isDone {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else {
          builder.report(failureOf: parser)
          return
        }
        builder.take(event)
        yaml_event_delete(&event)
      }
    }
    (nodes, root, problems) = (builder.nodes, builder.root, builder.problems)
  }
}
