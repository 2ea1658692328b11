import CUDA
import Catalogue

/// What has been measured so far, as sections of a profile.
public final class Findings {
  public private(set) var sections: [ProfileDocument.Section] = []
  /// Sentences about the run that a reader of the profile should know.
  public private(set) var notes: [String] = []

  public init() {}

  /// Adds a row to the section of this name and header, which is begun where there is none yet.
  public func add(_ section: String, header: [String], row: [String]) {
    if let index = sections.firstIndex(where: { $0.name == section && $0.header == header }) {
      sections[index].rows.append(.init(row))
    } else {
      sections.append(.init(section, header: header, rows: [.init(row)]))
    }
  }

  /// Adds whole sections, for example one without rows.
  public func add(_ sections: [ProfileDocument.Section]) { self.sections += sections }

  public func note(_ text: String) { notes.append(text) }

  /// The fields of the section that lists what stopped.
  public static let failureFields = ["group", "measurement", "call", "error", "code", "detail"]

  /// Records a measurement that stopped.
  public func fail(_ group: MeasurementGroup, _ name: String, _ error: any Error) {
    let row: [String] =
      switch error {
      case let error as CUDAError: [error.call, error.name, "\(error.code)", error.detail]
      default: ["", "\(error)", "", ""]
      }
    add("failed", header: Self.failureFields, row: [group.rawValue, name] + row)
  }

  public var failures: [ProfileDocument.Row] {
    sections.filter { $0.name == "failed" }.flatMap(\.rows)
  }
}

/// Numbers as profiles write them.
public enum ProfileNumber {
  /// With a number of significant digits, without exponents where that is short.
  public static func text(_ value: Double, digits: Int = 5) -> String {
    if value == 0 || !value.isFinite { return value == 0 ? "0" : "" }
    var scale = 1.0
    var exponent = 0
    while abs(value) / scale >= 10 {
      scale *= 10
      exponent += 1
    }
    while abs(value) / scale < 1 {
      scale /= 10
      exponent -= 1
    }
    // Rounded as a whole number first, so that binary fractions leave no tail.
    var unit = 1.0
    for _ in 0..<(digits - 1) { unit *= 10 }
    let whole = Int((value / scale * unit).rounded())
    let power = exponent - digits + 1
    if whole == 0 { return "0" }
    if power >= 0 && exponent < 18 {
      var all = whole
      for _ in 0..<power { all *= 10 }
      return "\(all)"
    }
    return Double("\(whole)e\(power)").map { "\($0)" } ?? "\(value)"
  }
}
