/// How a series is told from the others: by colour, and by dashes or the shape of its marks for who cannot see the
/// colour.
struct Look {
  var form: Series.Form
  var colour: Int
  var dash: Series.Dash
  /// Half the width of a mark in pixels.
  var radius = 3.0

  /// The look of the series at `index` of its chart.
  init(_ series: Series, index: Int) {
    form = series.form
    colour = series.colour ?? index
    let rounds: [Series.Dash] = [.solid, .dashed, .dotted]
    dash = series.dash ?? rounds[index / Theme.palette.count % rounds.count]
    radius = series.points.count > 2_000 ? 1.5 : series.points.count > 200 ? 2 : 3
  }

  /// The attributes of a path drawn so.
  func attributes(path: String) -> SVG.Attributes {
    if form == .area { return [("class", "area \(Theme.ground(colour))"), ("d", path)] }
    var attributes: SVG.Attributes = [("class", "mark \(Theme.colour(colour))")]
    if form == .points {
      attributes.append(("stroke-width", isDot ? SVG.number(radius * 2) : "1.4"))
      if isDot { attributes.append(("stroke-linecap", "round")) }
    } else {
      attributes.append(("stroke-width", "1.8"))
      switch dash {
      case .solid: break
      case .dashed: attributes.append(("stroke-dasharray", "6 4"))
      case .dotted: attributes.append(("stroke-dasharray", "1.8 3"))
      }
    }
    return attributes + [("d", path)]
  }

  /// The attributes of a guide's path.
  static func guide(path: String) -> SVG.Attributes {
    [("class", "guide"), ("stroke-width", "1.2"), ("stroke-dasharray", "4 3"), ("d", path)]
  }

  /// Once the colours begin again, the shapes are one further: no two of the first 36 series look alike.
  private var shape: Int { (((colour + colour / Theme.palette.count) % 6) + 6) % 6 }
  private var isDot: Bool { shape == 0 }

  /// The path of one mark: a dot, or an open shape of about its size.
  func mark(at place: Thinning.Pixel) -> String {
    let r = SVG.number(radius)
    let d = SVG.number(radius * 2)
    func move(_ x: Double, _ y: Double) -> String { "M\(SVG.number(place.x + x)),\(SVG.number(place.y + y))" }
    switch shape {
    case 0: return move(0, 0) + "h0"
    case 1: return move(0, -radius) + "l\(r),\(d)h-\(d)z"
    case 2: return move(-radius, -radius) + "h\(d)v\(d)h-\(d)z"
    case 3: return move(-radius, -radius) + "l\(d),\(d)m0,-\(d)l-\(d),\(d)"
    case 4: return move(0, -radius) + "l\(r),\(r)l-\(r),\(r)l-\(r),-\(r)z"
    default: return move(-radius, 0) + "h\(d)m-\(r),-\(r)v\(d)"
    }
  }
}
