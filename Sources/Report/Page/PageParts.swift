import Charts

/// What pages are made of, as HTML; `page/report.css` gives it its look, and `page/report.js` brings charts to life.
public enum PageParts {
  /// The width of charts on narrow screens, in pixels.
  private static let narrowWidth = 360.0

  /// Text with everything escaped that HTML would take for its own, fit for attributes in double quotes too.
  public static func text(_ text: String) -> String { HTML.text(text) }

  /// Tables and remarks.
  public static func document(_ document: ReportDocument) -> String { document.html }

  /// A screen that a chart is drawn for; the style sheet shows the drawing that fits.
  public enum Screen: String, Sendable, CaseIterable {
    case wide, narrow
  }

  /// A chart, drawn for each of some screens.
  public static func figure(_ chart: Chart, for screens: [Screen] = Screen.allCases) -> String {
    var text = chart.width > 700 ? "<figure class=\"full\">\n" : "<figure>\n"
    for screen in screens {
      var drawn = chart
      if screen == .narrow {
        drawn.width = narrowWidth
        drawn.height = max(280, min(chart.height, 340))
      }
      text += "<div class=\"\(screen.rawValue)\">\n" + drawn.element() + "</div>\n"
    }
    return text + "</figure>\n"
  }
}
