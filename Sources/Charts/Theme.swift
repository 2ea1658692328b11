/// Colours on light and dark grounds.
///
/// The series' colours follow the palette of Okabe and Ito ("Color Universal Design", 2008), which people with the
/// common kinds of colour blindness can tell apart; on the light ground its light members are darkened, on the dark
/// ground its dark ones lightened, so that each has a contrast of 3 : 1 or more with the ground.
public enum Theme {
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

  /// The shades of a heat map's cells and of the letters on them: one hue, from the ground to its strongest.
  private static let shades: [(light: String, dark: String, onLight: String, onDark: String)] = [
    ("#eaf3fa", "#12283a", "#1c2127", "#e8eaed"), ("#c3dcf0", "#174363", "#1c2127", "#e8eaed"),
    ("#8fbfe0", "#1f6391", "#1c2127", "#ffffff"), ("#4f9ace", "#3d8dc4", "#000000", "#000000"),
    ("#1f6fad", "#79b8e3", "#ffffff", "#000000"), ("#0a3f70", "#c2e0f6", "#ffffff", "#000000"),
  ]

  /// The class of a line in a colour of the palette.
  static func colour(_ index: Int) -> String { "c\(place(index))" }

  /// The class of a band in a colour of the palette.
  static func ground(_ index: Int) -> String { "g\(place(index))" }

  private static func place(_ index: Int) -> Int {
    let count = palette.count
    return ((index % count) + count) % count
  }

  /// The style sheet of a page with charts: light on paper, whatever the screen shows.
  public static var pageRules: String {
    let (light, dark) = rules(shaded: true, filled: true)
    return (light + ["@media screen and (prefers-color-scheme:dark){"] + dark + ["}"]).joined(separator: "\n")
  }

  /// The style sheet. The dark values are a second set of rules, not CSS variables: readers of SVG without variables or
  /// media queries (librsvg, Inkscape) then show the light chart and not a black one.
  ///
  /// - Parameters:
  ///   - shaded: whether there are cells of heat maps.
  ///   - filled: whether there are bands.
  static func styleSheet(shaded: Bool, filled: Bool) -> String {
    let (light, dark) = rules(shaded: shaded, filled: filled)
    let rules = light.map { "  \($0)" }.joined(separator: "\n")
    let darkRules = dark.map { "   \($0)" }.joined(separator: "\n")
    return " <style>\n\(rules)\n  @media (prefers-color-scheme:dark){\n\(darkRules)\n  }\n </style>"
  }

  private static func rules(shaded: Bool, filled: Bool) -> (light: [String], dark: [String]) {
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
    if filled {
      light.append(".chart .area{stroke:none;fill-opacity:0.18}")
      for (index, colour) in palette.enumerated() {
        light.append(".chart .g\(index){fill:\(colour.light)}")
        dark.append(".chart .g\(index){fill:\(colour.dark)}")
      }
    }
    if !shaded { return (light, dark) }
    for (index, shade) in shades.enumerated() {
      light.append(".chart .s\(index){fill:\(shade.light)}.chart .on\(index){fill:\(shade.onLight)}")
      dark.append(".chart .s\(index){fill:\(shade.dark)}.chart .on\(index){fill:\(shade.onDark)}")
    }
    return (light, dark)
  }
}
