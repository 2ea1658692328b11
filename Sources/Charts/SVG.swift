import TextIO

/// The text of an SVG file as it grows. Everything that reaches it is escaped here.
struct SVG {
  enum Anchor: String {
    case start, middle, end
  }

  typealias Attributes = [(name: String, value: String)]

  /// Whether what is drawn tells a script what it shows: axes, series and legend by name.
  let isLive: Bool
  /// Whether cells of heat maps were drawn.
  var isShaded = false
  /// Whether bands were drawn.
  var isFilled = false
  private var lines: [String] = []
  private var depth = 1

  init(isLive: Bool = false) { self.isLive = isLive }

  private var indent: String { String(repeating: " ", count: depth) }

  mutating func open(_ name: String, _ attributes: Attributes = []) {
    lines.append("\(indent)<\(name)\(Self.text(attributes))>")
    depth += 1
  }

  mutating func close(_ name: String) {
    depth -= 1
    lines.append("\(indent)</\(name)>")
  }

  /// An element without content.
  mutating func leaf(_ name: String, _ attributes: Attributes) {
    lines.append("\(indent)<\(name)\(Self.text(attributes))/>")
  }

  /// An element with text only.
  mutating func element(_ name: String, _ attributes: Attributes = [], text: String) {
    lines.append("\(indent)<\(name)\(Self.text(attributes))>\(XMLText.escaped(text))</\(name)>")
  }

  /// A line of text with its baseline at `y`.
  mutating func text(
    _ text: String, x: Double, y: Double, class name: String, anchor: Anchor = .start, size: Double,
    bold: Bool = false, turned: Bool = false
  ) {
    var attributes: Attributes = [("class", name), ("x", Self.number(x)), ("y", Self.number(y))]
    if anchor != .start { attributes.append(("text-anchor", anchor.rawValue)) }
    attributes.append(("font-size", Self.number(size)))
    if bold { attributes.append(("font-weight", "600")) }
    if turned { attributes.append(("transform", "rotate(-90 \(Self.number(x)) \(Self.number(y)))")) }
    element("text", attributes, text: text)
  }

  mutating func rectangle(x: Double, y: Double, width: Double, height: Double, class name: String) {
    leaf(
      "rect",
      [
        ("class", name), ("x", Self.number(x)), ("y", Self.number(y)), ("width", Self.number(width)),
        ("height", Self.number(height)),
      ])
  }

  /// The file: what was drawn on a ground of its own, with the style sheet.
  func document(width: Double, height: Double, title: String) -> String {
    let size = "\(Self.number(width)) \(Self.number(height))"
    let root: Attributes = [
      ("xmlns", "http://www.w3.org/2000/svg"), ("class", "chart"), ("viewBox", "0 0 \(size)"),
      ("width", Self.number(width)), ("height", Self.number(height)), ("role", "group"), ("aria-label", title),
    ]
    return
      ([
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<svg\(Self.text(root))>",
        Theme.styleSheet(shaded: isShaded, filled: isFilled),
        " <rect class=\"ground\" width=\"100%\" height=\"100%\"/>",
      ] + lines + ["</svg>", ""]).joined(separator: "\n")
  }

  /// What was drawn as an element of a page, which brings the style sheet.
  func element(width: Double, height: Double, title: String) -> String {
    let root: Attributes = [
      ("class", "chart"), ("viewBox", "0 0 \(Self.number(width)) \(Self.number(height))"),
      ("style", "max-width:\(Self.number(width))px"), ("role", "group"), ("aria-label", title),
    ]
    return (["<svg\(Self.text(root))>"] + lines + ["</svg>", ""]).joined(separator: "\n")
  }

  private static func text(_ attributes: Attributes) -> String {
    attributes.map { " \($0.name)=\"\(XMLText.escaped($0.value))\"" }.joined()
  }

  /// A coordinate in pixels, to a tenth: finer cannot be seen.
  static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
  }
}
