/// Points of one kind, drawn one way, with one entry in the legend.
public struct Series: Equatable, Sendable {
  /// A place in the chart, in the units of the axes. Points that are not finite are left out; the chart says how many.
  public struct Point: Equatable, Sendable {
    public var x: Double
    public var y: Double

    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// How the points are drawn.
  public enum Form: Equatable, Sendable {
    /// Joined by straight lines in the order given.
    case line
    /// Level from each point to the next one's x, then up or down: counts over time and distributions.
    case steps
    /// A mark at every point.
    case points
    /// The ground that the points enclose, joined in the order given and the last with the first: a band.
    case area
  }

  /// How a line is broken.
  public enum Dash: Equatable, Sendable {
    case solid, dashed, dotted
  }

  /// What the legend calls it; empty for no entry.
  public var name: String
  public var form: Form
  public var points: [Point]
  /// The place in the palette; by default that of the series in the chart. Series with the same number share a colour.
  public var colour: Int?
  /// By default solid, and broken once the colours begin again.
  public var dash: Dash?

  public init(_ name: String, form: Form, points: [Point], colour: Int? = nil, dash: Dash? = nil) {
    self.name = name
    self.form = form
    self.points = points
    self.colour = colour
    self.dash = dash
  }

  /// Points joined by straight lines.
  public static func line(_ name: String, _ points: [Point], colour: Int? = nil, dash: Dash? = nil) -> Series {
    Series(name, form: .line, points: points, colour: colour, dash: dash)
  }

  /// A value that holds until the next point.
  public static func steps(_ name: String, _ points: [Point], colour: Int? = nil, dash: Dash? = nil) -> Series {
    Series(name, form: .steps, points: points, colour: colour, dash: dash)
  }

  /// The ground between two edges, from left to right or from bottom to top; without an entry in the legend, it belongs
  /// to the next series of its colour.
  public static func band(from low: [Point], to high: [Point], colour: Int? = nil) -> Series {
    Series("", form: .area, points: low + high.reversed(), colour: colour)
  }

  /// A mark at every point.
  public static func points(_ name: String, _ points: [Point], colour: Int? = nil) -> Series {
    Series(name, form: .points, points: points, colour: colour)
  }

  /// The empirical distribution of a sample: steps to the share of its values at or below x. Draw it against
  /// `Axis.share`.
  ///
  /// Values that are not numbers are no part of the sample; an infinite value (a request never answered) is: the curve
  /// then ends below 1.
  public static func distribution(_ name: String, of sample: [Double], colour: Int? = nil, dash: Dash? = nil) -> Series
  {
    let sorted = sample.filter { !$0.isNaN }.sorted()
    var points: [Point] = []
    for (index, value) in sorted.enumerated() where value.isFinite {
      // Equal values make one step.
      if index + 1 < sorted.count, sorted[index + 1] == value { continue }
      if points.isEmpty {
        points.append(Point(value, Double(sorted.count { $0 == -.infinity }) / Double(sorted.count)))
      }
      points.append(Point(value, Double(index + 1) / Double(sorted.count)))
    }
    return .steps(name, points, colour: colour, dash: dash)
  }
}

extension [Series.Point] {
  /// Points from two columns; what one column has more than the other is left out.
  public init(x: some Sequence<Double>, y: some Sequence<Double>) {
    self = zip(x, y).map { Series.Point($0, $1) }
  }
}
