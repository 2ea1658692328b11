import Foundation
import SimCore
import TextIO

/// Amounts as listings and explanations print them: three significant digits and a unit.
enum Amount {
  static func bytes(_ bytes: Int64) -> String {
    let size = abs(Double(bytes))
    for (name, unit) in [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)] where size >= unit {
      return digits(Double(bytes) / unit) + " " + name
    }
    return "\(bytes) B"
  }

  static func time(_ duration: SimDuration) -> String { time(seconds: duration.seconds) }

  static func time(seconds: Double) -> String {
    let size = abs(seconds)
    if size == 0 { return "0 s" }
    for (name, unit) in [("s", 1), ("ms", 1e-3), ("us", 1e-6)] where size >= unit {
      return digits(seconds / unit) + " " + name
    }
    return digits(seconds / 1e-9) + " ns"
  }

  /// The times of a column, in the unit of the longest.
  static func times(seconds: [Double]) -> [String] {
    let longest = seconds.map(abs).max() ?? 0
    let (name, unit) = [("s", 1), ("ms", 1e-3), ("us", 1e-6)].first { longest >= $0.1 } ?? ("ns", 1e-9)
    return seconds.map { digits($0 / unit) + " " + name }
  }

  /// A long time in its usual unit, for example `10.2 min`.
  static func span(_ seconds: Double) -> String {
    switch seconds {
    case 7_200...: digits(seconds / 3_600) + " h"
    case 120...: digits(seconds / 60) + " min"
    default: digits(seconds) + " s"
    }
  }

  /// A whole number with its thousands separated.
  static func count(_ value: Int) -> String { Printable.count(value) }

  static func parameters(_ count: Int64) -> String {
    count >= 1_000_000_000 ? digits(Double(count) / 1e9) + " billion" : digits(Double(count) / 1e6) + " million"
  }

  static func percent(_ fraction: Double) -> String { String(format: "%.1f %%", fraction * 100) }

  /// Six significant digits, without trailing zeros.
  static func significant(_ value: Double) -> String {
    if let whole = Int(exactly: value) { return String(whole) }
    return String(format: "%.6g", value)
  }

  /// About three significant digits, none lost before the point.
  static func digits(_ value: Double) -> String {
    let size = abs(value)
    if size >= 1e15 || !value.isFinite { return String(format: "%.3g", value) }
    if size >= 100 || size == 0 { return count(Int(value.rounded())) }
    return String(format: size >= 9.995 ? "%.1f" : size >= 0.9995 ? "%.2f" : "%.3g", value)
  }
}
