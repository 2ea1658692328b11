import Catalogue

/// A figure of a server that measurements give, with how well it explains them.
public struct FittedFigure: Hashable, Sendable {
  /// As a server's or GPU's description spells it, for example `peer_link.latency` or `gpu.gather_rate`.
  public var name: String
  /// In bytes per second, seconds or a plain number.
  public var value: Double
  /// `B/s`, `s` or empty.
  public var unit: String
  /// The 95 % confidence interval, or the range of the readings where there are too few for one.
  public var interval: ClosedRange<Double>
  /// The middle and the worst of the relative errors that it leaves among its points.
  public var medianError: Double
  public var worstError: Double
  /// How many readings it was made of.
  public var points: Int
  /// Which rows, and how.
  public var origin: String

  public init(
    name: String, value: Double, unit: String, interval: ClosedRange<Double>, medianError: Double, worstError: Double,
    points: Int, origin: String
  ) {
    self.name = name
    self.value = value
    self.unit = unit
    self.interval = interval
    self.medianError = medianError
    self.worstError = worstError
    self.points = points
    self.origin = origin
  }

  /// The columns of `@fit`.
  public static let columns = [
    "figure", "value", "unit", "low", "high", "median_error", "worst_error", "points", "from",
  ]

  public var row: [String] {
    [
      name, ProfileNumber.text(value), unit, ProfileNumber.text(interval.lowerBound),
      ProfileNumber.text(interval.upperBound), ProfileNumber.text(medianError, digits: 2),
      ProfileNumber.text(worstError, digits: 2), "\(points)", origin,
    ]
  }

  /// Reads a row of `@fit`.
  public init(_ row: ProfileTable.Row) throws(ProfileTextError) {
    let value = try row.number("value")
    let low = try row.optionalNumber("low") ?? value
    let high = try row.optionalNumber("high") ?? value
    if low > high { throw row.error("'low' is above 'high'") }
    self.init(
      name: row.text("figure"), value: value, unit: row.text("unit"), interval: low...high,
      medianError: try row.optionalNumber("median_error") ?? 0, worstError: try row.optionalNumber("worst_error") ?? 0,
      points: try row.integer("points"), origin: row.text("from"))
  }

  /// The fitted figures of a profile, in order.
  public static func all(in document: ProfileDocument) throws(ProfileTextError) -> [FittedFigure] {
    var figures: [FittedFigure] = []
    for row in try document.rows(of: "fit", columns: columns) { figures.append(try FittedFigure(row)) }
    return figures
  }
}
