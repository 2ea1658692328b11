import TextIO

/// Whether terminal text carries colour.
public enum TextStyle: Sendable {
  case plain
  /// ANSI escape sequences: headings bold, the best of a row green.
  case ansi
}

/// Text whose parts say what they are, so that a terminal can show it; what becomes of that is decided last.
///
/// Names in it may come from a stranger: escape sequences are made here, from the parts, and nowhere else.
public struct StyledText: Sendable, ExpressibleByStringLiteral {
  enum Emphasis: Sendable {
    case none, heading, best
  }

  private var parts: [(emphasis: Emphasis, text: String)]

  public init(_ text: String) { parts = [(.none, text)] }
  public init(stringLiteral text: String) { self.init(text) }
  private init(_ emphasis: Emphasis, _ text: String) { parts = [(emphasis, text)] }

  static func heading(_ text: String) -> StyledText { StyledText(.heading, text) }
  static func best(_ text: String) -> StyledText { StyledText(.best, text) }

  static func + (left: StyledText, right: StyledText) -> StyledText {
    var sum = left
    sum += right
    return sum
  }
  static func += (left: inout StyledText, right: StyledText) { left.parts += right.parts }
  static func += (left: inout StyledText, right: String) { left.parts.append((.none, right)) }

  /// Takes away spaces at the end.
  mutating func trimEnd() {
    while let last = parts.last, last.emphasis == .none {
      var text = last.text[...]
      while text.last == " " { text.removeLast() }
      parts.removeLast()
      if !text.isEmpty { return parts.append((.none, String(text))) }
    }
  }

  /// Lines, each with a line feed at its end.
  static func lines(_ lines: [StyledText]) -> StyledText {
    lines.reduce(into: "") { text, line in
      text += line
      text += "\n"
    }
  }

  /// The text as a terminal may be given it: parts in their style, control characters in them escaped.
  public func rendered(_ style: TextStyle) -> String {
    var result = ""
    for (emphasis, text) in parts {
      let shown = Printable.text(text)
      switch (style, emphasis) {
      case (.plain, _), (_, .none): result += shown
      case (.ansi, .heading): result += "\u{1b}[1m\(shown)\u{1b}[0m"
      case (.ansi, .best): result += "\u{1b}[1;32m\(shown)\u{1b}[0m"
      }
    }
    return result
  }
}

extension [StyledText] {
  static func += (lines: inout [StyledText], plain: [String]) { lines += plain.map { StyledText($0) } }
}
