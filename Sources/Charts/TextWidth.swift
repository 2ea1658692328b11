/// How wide text will be: an estimate, since the reader's font is not known. It follows a wide one (DejaVu Sans), so
/// that what fits here fits with Helvetica, Arial or Segoe too.
enum TextWidth {
  /// Pixels that `text` takes at a font size.
  static func of(_ text: String, size: Double) -> Double {
    text.reduce(0) { $0 + share(of: $1) } * size
  }

  /// The text cut at `width`, with an ellipsis where it was.
  static func fitted(_ text: String, width: Double, size: Double) -> String {
    guard of(text, size: size) > width else { return text }
    var kept = text
    while !kept.isEmpty, of(kept + "…", size: size) > width { kept.removeLast() }
    return kept + "…"
  }

  /// The text broken between words into lines of at most `width`; a longer word is cut.
  static func wrapped(_ text: String, width: Double, size: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(whereSeparator: \.isWhitespace).map(String.init) {
      if let last = lines.last, of("\(last) \(word)", size: size) <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(fitted(word, width: width, size: size))
      }
    }
    return lines
  }

  private static func share(of character: Character) -> Double {
    switch character {
    case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", "·": 0.34
    case " ", "t", "f", "r", "(", ")", "[", "]", "/", "-": 0.42
    case "m", "w", "M", "W", "@", "%": 0.95
    case "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹", "⁻": 0.42
    case _ where character.isASCII && character.isUppercase: 0.7
    case _ where (character.unicodeScalars.first?.value ?? 0) >= 0x2e80: 1.05
    default: 0.63
    }
  }
}
