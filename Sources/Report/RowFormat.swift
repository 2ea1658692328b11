import SimCore

/// How files with a row per something are written.
public enum RowFormat: Sendable, Hashable, CaseIterable {
  case csv
  case jsonLines

  /// By the file's name: `.csv`, or `.jsonl` and `.ndjson`; nil for others.
  public init?(path: String) {
    switch path {
    case _ where path.hasSuffix(".csv"): self = .csv
    case _ where path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson"): self = .jsonLines
    default: return nil
    }
  }
}

/// Times in decimals, exact to the picosecond.
enum ExactTime {
  /// Seconds with twelve decimals; nil for never.
  static func seconds(_ time: SimTime) -> String? {
    time == .never ? nil : decimal(time.picoseconds, digits: 12)
  }

  /// Microseconds with six decimals.
  static func microseconds(_ picoseconds: Int64) -> String { decimal(picoseconds, digits: 6) }

  /// A number of 10^-digits, with a point before its last `digits` digits. Negative numbers are not written.
  private static func decimal(_ value: Int64, digits: Int) -> String {
    precondition(value >= 0, "a time in a run is not negative")
    let text = String(value)
    let padded = text.count > digits ? text : String(repeating: "0", count: digits + 1 - text.count) + text
    return padded.dropLast(digits) + "." + padded.suffix(digits)
  }
}
