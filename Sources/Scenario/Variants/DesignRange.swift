import Configuration
import Glibc

/// Numbers between two ends, written as a key's values are: with a unit.
struct DesignRange {
  private let lower: Double
  private let upper: Double
  private let unit: String
  private let isLogarithmic: Bool
  private let isWhole: Bool
  /// How many values a grid takes; nil where the range is only drawn from.
  let points: Int?
  let position: Position

  /// - Returns: nil after reporting what is wrong.
  init?(_ node: DocumentNode, path: String, into diagnostics: Diagnostics) {
    let before = diagnostics.errors.count
    guard let map = ScenarioSections.range.check(node, path: path, into: diagnostics),
      diagnostics.errors.count == before, let from = node["from"]?.text, let to = node["to"]?.text
    else { return nil }
    guard let first = Self.parts(from), let last = Self.parts(to), first.unit == last.unit else {
      diagnostics.error(
        at: map.position(of: "to"), "'\(path)' goes from '\(from)' to '\(to)', which are not numbers in the same unit")
      return nil
    }
    isLogarithmic = map.text("scale") == "logarithmic"
    guard first.number < last.number, !isLogarithmic || first.number > 0 else {
      diagnostics.error(
        at: map.position(of: "to"),
        first.number < last.number
          ? "'\(path)' is logarithmic, so 'from' must be more than 0, found \(from)"
          : "'\(path)': 'to' (\(to)) must be more than 'from' (\(from))")
      return nil
    }
    lower = first.number
    upper = last.number
    unit = first.unit
    isWhole = map.boolean("integer") ?? false
    points = map.integer("points")
    position = node.position
  }

  /// A number and what follows it.
  private static func parts(_ text: String) -> (number: Double, unit: String)? {
    guard let match = text.firstMatch(of: /^\s*([+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*(.*?)\s*$/),
      let number = Double(match.output.1), number.isFinite
    else { return nil }
    return (number, String(match.output.2))
  }

  /// The value at a share of the way from one end to the other, to six significant digits.
  func value(at share: Double) -> DocumentNode {
    let raw =
      isLogarithmic ? lower * pow(upper / lower, share) : lower + (upper - lower) * share
    let number = min(upper, max(lower, isWhole ? raw.rounded() : Self.rounded(raw)))
    let gap = unit.isEmpty || unit.hasPrefix("/") ? "" : " "
    return DocumentNode(.text(Quantity.plain(number) + gap + unit, isQuoted: false), at: position)
  }

  /// To six significant digits.
  private static func rounded(_ number: Double) -> Double {
    guard number != 0 else { return 0 }
    let exponent = Int(log10(abs(number)).rounded(.down)) - 5
    // By way of decimals, so that it is the number nearest to what is printed.
    return Double("\(Int((number / pow(10, Double(exponent))).rounded()))e\(exponent)") ?? number
  }

  /// As many values as a grid takes.
  func values(_ count: Int) -> [DocumentNode] {
    (0..<count).map { value(at: Double($0) / Double(max(1, count - 1))) }
  }
}
