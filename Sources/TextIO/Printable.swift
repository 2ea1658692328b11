/// Text that a terminal may be given, whoever wrote it.
///
/// What Spillway prints holds names, descriptions, quoted values and file names that may come from a stranger. A
/// control character among them could recolour, clear or retitle the reader's terminal, or hide a line behind another.
/// This is the one place that knows which characters those are.
public enum Printable {
  /// `text` with every control character written as an escape that YAML's double quotes read back (`\x1B`, `\u202E`).
  /// Line feeds stay.
  ///
  /// Control characters are C0, DEL, C1, the two Unicode line separators, and the marks that reverse the direction of
  /// text (Unicode Standard Annex 9).
  public static func text(_ text: String) -> String { escaped(text, keepsLineFeeds: true) }

  /// The same on one line: line feeds are written as `\n`.
  public static func line(_ text: String) -> String { escaped(text, keepsLineFeeds: false) }

  /// How much of a file that is not what it was taken for is shown, in Unicode scalars. Enough to recognise a field,
  /// too little to give a secret away.
  public static let excerptLength = 24

  /// The beginning of a text from a file, for a message: on one line, control characters escaped, with `…` where it
  /// was cut.
  ///
  /// - Parameter length: the most Unicode scalars of it.
  public static func excerpt(_ text: some StringProtocol, length: Int = excerptLength) -> String {
    let scalars = text.unicodeScalars
    var beginning = String.UnicodeScalarView()
    beginning.append(contentsOf: scalars.prefix(length))
    let isCut = scalars.dropFirst(length).first != nil
    return line(String(beginning)) + (isCut ? "…" : "")
  }

  /// The beginning of some bytes from a file; what is not UTF-8 shows as the replacement character.
  public static func excerpt(_ bytes: some Collection<UInt8>, length: Int = excerptLength) -> String {
    // A scalar has at most four bytes. What the cut leaves of one is not shown.
    let beginning = String(decoding: bytes.prefix(4 * (length + 1)), as: UTF8.self)
    return excerpt(beginning, length: length)
  }

  /// Names from a file, such as those of its columns: excerpts in single quotes, with `…` where the list was cut.
  ///
  /// - Parameter length: about how many characters there are in all.
  public static func list(_ names: [String], length: Int = 80) -> String {
    var text = ""
    for name in names {
      if !text.isEmpty { text += ", " }
      if text.unicodeScalars.count > length { return text + "…" }
      text += "'" + excerpt(name) + "'"
    }
    return text
  }

  /// Whether a terminal may act on the scalar instead of showing it.
  public static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func escaped(_ text: String, keepsLineFeeds: Bool) -> String {
    func isKept(_ scalar: Unicode.Scalar) -> Bool { !isControl(scalar) || (keepsLineFeeds && scalar == "\n") }
    if text.unicodeScalars.allSatisfy(isKept) { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isKept(scalar) { result.append(scalar) } else { result.append(contentsOf: escape(scalar).unicodeScalars) }
    }
    return String(result)
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default:
      let digits = String(scalar.value, radix: 16, uppercase: true)
      let width = scalar.value > 0xFF ? 4 : 2
      return (width == 4 ? "\\u" : "\\x") + String(repeating: "0", count: width - digits.count) + digits
    }
  }
}

extension Printable {
  /// Memory in GB of 10^9 bytes, with one decimal, as messages have it.
  public static func gigabytes(_ bytes: Int64) -> String { "\((Double(bytes) / 1e8).rounded() / 10) GB" }

  /// A whole number with its thousands separated by commas.
  public static func count(_ value: Int) -> String {
    var text = ""
    let digits = String(value.magnitude)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }
}
