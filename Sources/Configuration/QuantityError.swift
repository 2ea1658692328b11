/// Why a piece of text is not the quantity that was wanted: facts from which a sentence is made.
public struct QuantityError: Error, Equatable, Sendable {
  /// What would have been right, for example `a size such as '80 GB' or '64 KiB'`.
  public var expected: String
  /// What was there, as typed.
  public var found: String
  /// How to mend it, when that can be guessed: a clause without a full stop.
  public var hint: String?

  public init(expected: String, found: String, hint: String? = nil) {
    self.expected = expected
    self.found = found
    self.hint = hint
  }

  /// `wants EXPECTED, found 'TEXT'; HINT`: a sentence that lacks only its subject.
  public var message: String {
    let shown = found.unicodeScalars.count > 60 ? String(found.prefix(57)) + "..." : found
    let subject = shown.isEmpty ? "nothing" : "'\(shown)'"
    return "wants \(expected), found \(subject)" + (hint.map { "; \($0)" } ?? "")
  }
}

/// Parsing and printing of quantities with units; each parser has a printer whose text parses back to the same value.
///
/// Numbers are decimal, with an optional fraction and exponent. What YAML 1.1 would read in a surprising way
/// (leading zeros, `1_000`, `1:30`, hexadecimal) is refused.
public enum Quantity {}
