import Foundation
import Metrics

/// Figures as a person writes them: `2 s` for 2,000 milliseconds, `50 %` for a share of 0.5.
public enum FigureText {
  /// A bound, with the digits that it was written with, up to six.
  public static func exact(_ value: Double, _ unit: MetricUnit) -> String {
    let scale = scale(of: value, unit)
    return digits(value / scale.divisor) + scale.suffix
  }

  /// A measured value, about three digits.
  public static func measured(_ value: Double, _ unit: MetricUnit) -> String {
    measured([value], unit)[0]
  }

  /// Measured values in one unit, that of the greatest, with as many decimals as the smallest needs for two digits.
  public static func measured(_ values: [Double], _ unit: MetricUnit) -> [String] {
    let greatest = values.max { abs($0) < abs($1) } ?? 0
    let scale = scale(of: greatest, unit)
    return values.map { value in
      let scaled = value / scale.divisor
      if scaled.magnitude >= 1e9 { return String(format: "%.2e", scaled) + scale.suffix }
      let isWhole = scaled == scaled.rounded() && unit == .plain
      let places =
        isWhole
        ? 0 : min(TableNumber.decimals(for: scaled), max(2, TableNumber.decimals(for: greatest / scale.divisor)))
      return TableNumber.text(scaled, decimals: places) + scale.suffix
    }
  }

  /// The unit in which a value is written, as a factor and a suffix.
  static func scale(of value: Double, _ unit: MetricUnit) -> TableNumber.Scale {
    switch unit {
    case .milliseconds: TableNumber.time(greatestMilliseconds: value)
    case .seconds:
      abs(value) >= 1 || value == 0
        ? TableNumber.Scale(divisor: 1, suffix: " s")
        : TableNumber.Scale(divisor: 1e-3, suffix: " ms")
    case .bytes: TableNumber.bytes(greatest: value)
    case .bytesPerSecond:
      TableNumber.Scale(
        divisor: TableNumber.bytes(greatest: value).divisor, suffix: TableNumber.bytes(greatest: value).suffix + "/s")
    case .perSecond: TableNumber.perSecond
    case .fraction: TableNumber.percent
    case .plain: TableNumber.plain
    }
  }

  private static func digits(_ value: Double) -> String {
    if let whole = Int(exactly: value) { return String(whole) }
    return String(format: "%.6g", value)
  }
}
