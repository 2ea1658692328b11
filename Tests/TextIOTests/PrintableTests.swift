import Testing
import TextIO

@Suite struct PrintableTests {
  @Test(
    "control characters become escapes, everything else stays",
    arguments: [
      ("plain é 漢 ≤ …", "plain é 漢 ≤ …"), ("\u{1B}[31mred", "\\x1B[31mred"), ("bell\u{7}\u{0}", "bell\\x07\\x00"),
      ("tab\tfeed\nreturn\r", "tab\\tfeed\nreturn\\r"),
      ("\u{7F}\u{80}\u{9B}2J\u{9F}\u{A0}", "\\x7F\\x80\\x9B2J\\x9F\u{A0}"),
      ("a\u{202E}b\u{2066}c\u{2028}", "a\\u202Eb\\u2066c\\u2028"),
    ])
  func controlCharacters(text: String, shown: String) {
    #expect(Printable.text(text) == shown)
    #expect(
      Printable.line(text) == shown.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n"))
  }

  @Test("of all scalars below U+3000 exactly the control characters are escaped")
  func everyScalar() throws {
    for value in UInt32(0)..<0x3000 {
      let scalar = try #require(Unicode.Scalar(value))
      let isControl =
        scalar.properties.generalCategory == .control || scalar.properties.isBidiControl
        || [.lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
      // Three marks only say which way neutral characters next to them read; they reverse nothing.
      let isMark = [0x061C, 0x200E, 0x200F].contains(value)
      #expect(
        (Printable.line(String(scalar)) != String(scalar)) == (isControl && !isMark), "U+\(String(value, radix: 16))")
    }
  }

  @Test("excerpts are short, on one line, and say that they were cut")
  func excerpts() {
    #expect(Printable.excerpt("short") == "short")
    #expect(Printable.excerpt(String(repeating: "x", count: 24)) == String(repeating: "x", count: 24))
    #expect(Printable.excerpt(String(repeating: "é", count: 25)) == String(repeating: "é", count: 24) + "…")
    #expect(Printable.excerpt("a\nb\u{1B}") == "a\\nb\\x1B")
    #expect(Printable.excerpt([0x1F, 0x8B, 0xFF] as [UInt8]) == "\\x1F\u{FFFD}\u{FFFD}")
    // A letter that the cut would halve is not shown in part.
    #expect(Printable.excerpt(Array(String(repeating: "漢", count: 30).utf8)) == String(repeating: "漢", count: 24) + "…")
    #expect(Printable.excerpt([UInt8](repeating: 0x61, count: 1 << 20), length: 3) == "aaa…")
  }

  @Test("lists of names end where they are long enough")
  func lists() {
    #expect(Printable.list(["a", "b\u{7}"]) == "'a', 'b\\x07'")
    let long = Printable.list((0..<1000).map { "column_\($0)" })
    #expect(long.hasSuffix(", …") && long.count < 120)
    #expect(Printable.list([]) == "")
  }
}
