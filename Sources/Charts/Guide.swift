/// A thin line to hold the data against. Levels and limits widen the axes so that they are seen; proportions do not.
public enum Guide: Equatable, Sendable {
  /// A level of y, such as the zero of a residual plot.
  case horizontal(Double, name: String = "")
  /// A value of x, such as a limit.
  case vertical(Double, name: String = "")
  /// The line y = `slope` · x; with slope 1 the place of perfect predictions, with 1.1 of those 10 % above.
  ///
  /// A chart with such a guide shows the same range of values on both axes unless they give their own.
  case proportional(slope: Double, name: String = "")

  /// y = x.
  public static let diagonal = Guide.proportional(slope: 1, name: "predicted = measured")

  var name: String {
    switch self {
    case .horizontal(_, let name), .vertical(_, let name), .proportional(_, let name): name
    }
  }

  var isProportional: Bool {
    if case .proportional = self { true } else { false }
  }
}
