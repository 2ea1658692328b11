/// Colours on light and dark grounds.
///
/// The series' colours follow the palette of Okabe and Ito ("Color Universal Design", 2008), which people with the
/// common kinds of colour blindness can tell apart; on the light ground its light members are darkened, on the dark
/// ground its dark ones lightened, so that each has a contrast of 3 : 1 or more with the ground.
enum Theme {
  /// Light and dark values of the series' colours, in the order series take them.
  static let palette: [(light: String, dark: String)] = [
    ("#0072b2", "#56b4e9"), ("#d55e00", "#ff8a3d"), ("#009e73", "#2fd0a5"), ("#a6487f", "#e89ac7"),
    ("#a87900", "#f0c040"), ("#4d4d4d", "#c8c8c8"),
  ]

  private static let roles: [(selector: String, property: String, light: String, dark: String)] = [
    ("ground", "fill", "#ffffff", "#16191d"), ("ink", "fill", "#1c2127", "#e8eaed"),
    ("muted", "fill", "#57606a", "#a2abb5"), ("grid", "stroke", "#e3e6ea", "#2c3238"),
    ("axis", "stroke", "#8b949e", "#6b747d"), ("guide", "stroke", "#57606a", "#a2abb5"),
  ]

  /// The class of a colour of the palette.
  static func colour(_ index: Int) -> String {
    let count = palette.count
    return "c\(((index % count) + count) % count)"
  }

  /// The style sheet. The dark values are a second set of rules, not CSS variables: readers of SVG without variables or
  /// media queries (librsvg, Inkscape) then show the light chart and not a black one.
  static var styleSheet: String {
    var light = [
      ".chart text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}",
      ".chart .mark{fill:none;stroke-linejoin:round}",
      ".chart .grid,.chart .axis,.chart .guide{fill:none}",
    ]
    var dark: [String] = []
    for role in roles {
      light.append(".chart .\(role.selector){\(role.property):\(role.light)}")
      dark.append(".chart .\(role.selector){\(role.property):\(role.dark)}")
    }
    for (index, colour) in palette.enumerated() {
      light.append(".chart .c\(index){stroke:\(colour.light)}")
      dark.append(".chart .c\(index){stroke:\(colour.dark)}")
    }
    let rules = light.map { "  \($0)" }.joined(separator: "\n")
    let darkRules = dark.map { "   \($0)" }.joined(separator: "\n")
    return " <style>\n\(rules)\n  @media (prefers-color-scheme:dark){\n\(darkRules)\n  }\n </style>"
  }
}
