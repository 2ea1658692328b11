import Testing
import TextIO

/// The one reader of decimal numbers, held against digits moved about as a person would on paper.
struct DecimalTests {
  /// What a text is, as far as a number of it goes.
  static func read(_ text: String) -> DecimalText? {
    var text = text
    return text.withUTF8 { DecimalText(prefixOf: $0) }
  }

  /// A number in parts, as it is written.
  struct Written {
    var isNegative: Bool
    var whole: String
    var fraction: String?
    var power: Int?

    init(using random: inout SystemRandomNumberGenerator) {
      func digits(_ count: Int) -> String {
        // Zeros and nines, at which carrying and rounding turn, are frequent.
        String((0..<count).map { _ in "0009995123467".randomElement(using: &random)! })
      }
      isNegative = Bool.random(using: &random)
      whole = digits(.random(in: 1...20, using: &random))
      if Bool.random(using: &random) { fraction = digits(.random(in: 0...25, using: &random)) }
      if Int.random(in: 0..<3, using: &random) == 0 { power = .random(in: -45...20, using: &random) }
    }

    var text: String {
      (isNegative ? "-" : "") + whole + (fraction.map { "." + $0 } ?? "") + (power.map { "e\($0)" } ?? "")
    }

    /// The number times 10^`scale`, rounded: the point moved among the digits, one added where the next is five or
    /// more. Nil where a digit that decides may be beyond the 30 that are kept.
    func rounded(scale: Int) -> String? {
      let digits = (whole + (fraction ?? "")).map { $0.wholeNumberValue! }
      let point = whole.count + (power ?? 0) + scale
      var kept = (0..<max(point, 0)).map { $0 < digits.count ? digits[$0] : 0 }
      if (0..<digits.count).contains(point), digits[point] >= 5 {
        var index = kept.count - 1
        while index >= 0, kept[index] == 9 {
          kept[index] = 0
          index -= 1
        }
        if index >= 0 { kept[index] += 1 } else { kept.insert(1, at: 0) }
      }
      let result = kept.drop { $0 == 0 }.map(String.init).joined()
      if result.count > 29 { return nil }
      return result.isEmpty ? "0" : (isNegative ? "-" : "") + result
    }
  }

  @Test func numbersAreExact() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<5_000 {
      let written = Written(using: &random)
      let scale = Int.random(in: -3...12, using: &random)
      guard let expected = written.rounded(scale: scale) else { continue }
      let read = Self.read(written.text)
      let rounded = read?.number.shifted(by: scale).rounded()
      #expect(rounded.map { "\($0)" } == expected, "\(written.text) times 10^\(scale)")
      #expect(read?.length == written.text.utf8.count && read?.power == written.power, "\(written.text)")
      #expect(read?.wholeDigits == written.whole.count, "\(written.text)")
      #expect(read?.fractionDigits == written.fraction?.count, "\(written.text)")
    }
  }

  @Test func doublesAreTheNearest() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<5_000 {
      let text = Written(using: &random).text
      #expect(DecimalText.double(text) == Double(text), "\(text)")
      let value = Double(bitPattern: .random(in: 0...UInt64.max, using: &random))
      if value.isFinite { #expect(DecimalText.double("\(value)") == value) }
    }
    // Half between two numbers, and a little more behind thirty digits.
    #expect(DecimalText.double("9007199254740993") == 9_007_199_254_740_992)
    #expect(DecimalText.double("9007199254740993.00000000000000000000000000000000001") == 9_007_199_254_740_994)
  }

  @Test(arguments: ["", "-", "+", ".", "e5", "x", "-.e1", "inf", "nan", " 1"])
  func whatIsNoNumber(text: String) {
    #expect(Self.read(text) == nil)
    #expect(DecimalText.double(text) == nil)
  }

  @Test(arguments: ["0x10", "1e", "1e+", "1 ", "1_000", "1,5", "--1", "1.2.3", "infinity", "1e999", "5 s"])
  func whatIsMoreThanANumber(text: String) { #expect(DecimalText.double(text) == nil) }

  @Test func formsAreTold() throws {
    #expect(try #require(Self.read("+7")).hasPlus)
    #expect(try #require(Self.read("007")).hasLeadingZero)
    #expect(!(try #require(Self.read("0.7")).hasLeadingZero))
    #expect(try #require(Self.read("5. GB")).fractionDigits == 0)
    #expect(try #require(Self.read(".5")).wholeDigits == 0)
    #expect(try #require(Self.read("12e")).length == 2)
    #expect(try #require(Self.read("12e-1x")).length == 5)
    #expect(try #require(Self.read("1e999999999999999999999")).power == 99_999)
    #expect(try #require(Self.read(String(repeating: "9", count: 31))).isCutShort)
    #expect(
      !(try #require(Self.read(String(repeating: "0", count: 40) + "1" + String(repeating: "0", count: 40))).isCutShort)
    )
    for (text, isJSON) in [
      ("0", true), ("-1.5E+3", true), ("10", true), ("01", false), ("1.", false), (".1", false), ("+1", false),
    ] { #expect(Self.read(text)?.isJSON == isJSON, "\(text)") }
    #expect(try #require(Self.read("12")).isInteger)
    #expect(!(try #require(Self.read("12e0")).isInteger))
  }

  @Test func whatDoesNotFitIsNil() {
    #expect(DecimalNumber(significand: 1, exponent: 36).rounded() == nil)
    #expect(DecimalNumber(significand: -1, exponent: 35).rounded() == -100_000_000_000_000_000_000_000_000_000_000_000)
    #expect(DecimalNumber(significand: 0, exponent: 99_999).rounded() == 0)
    #expect(DecimalNumber(significand: .max, exponent: -39).rounded() == 0)
    #expect(DecimalNumber(significand: .max, exponent: -38).rounded() == 2)
    #expect(DecimalNumber(significand: .min, exponent: -38).rounded() == -2)
    #expect(DecimalNumber(significand: 1, exponent: 19).scaled(by: 1) == nil)
    #expect(DecimalNumber(significand: 25, exponent: -1).scaled(by: 1) == 3)
    #expect(DecimalNumber(significand: -25, exponent: -1).scaled(by: 1) == -3)
    #expect(DecimalNumber(significand: 1_500, exponent: -3).isWhole == false)
    #expect(DecimalNumber(significand: 1_000, exponent: -3).isWhole)
    #expect(DecimalNumber(significand: 1, exponent: -99).isWhole == false)
  }
}
