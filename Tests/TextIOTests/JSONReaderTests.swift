import Testing
import TextIO

@Suite struct JSONReaderTests {
  private func message(_ text: String) -> String {
    do {
      _ = try JSONReader.value(of: Array(text.utf8))
      return "no mistake"
    } catch { return "\(error.line):\(error.column): \(error.message)" }
  }

  @Test func everyKindIsReadWithItsPlace() throws {
    let text = "\u{FEFF}{\"a\": [1, -2.5e3, true, null],\n  \"é\": \"x\\n\\u00e9\\ud83d\\ude00\\/\", \"n\": {}}"
    let node = try JSONReader.value(of: Array(text.utf8))
    #expect(node.members?.map(\.name) == ["a", "é", "n"])
    let items = try #require(node["a"]?.array)
    #expect(items[0].integer == 1 && items[1].number == -2500 && items[2].boolean == true && items[3].isNull)
    #expect(items.map(\.column) == [8, 11, 19, 25] && items[3].line == 1)
    let accented = try #require(node["é"])
    #expect(accented.string == "x\né😀/" && accented.line == 2 && accented.column == 8)
    // Columns count scalars: the letter before them takes two bytes.
    #expect(node["n"]?.column == 40)
  }

  @Test func numbersStayExactWhileTheyFit() throws {
    func node(_ text: String) throws -> JSONNode { try JSONReader.value(of: Array(text.utf8)) }
    #expect(try node("9223372036854775807").integer == .max)
    #expect(try node("-9223372036854775808").integer == .min)
    #expect(try node("9223372036854775808").integer == nil)
    #expect(try node("9223372036854775808").number == 9223372036854775808)
    #expect(try node("2.0").integer == 2 && node("1e3").integer == 1000 && node("2.5").integer == nil)
    #expect(try node("0.1").number == 0.1 && node("-0").integer == 0)
  }

  @Test(
    "mistakes have line and column",
    arguments: [
      ("", "1:1: expected a value, found the end of the text"),
      ("{\"config\": [1, 2", "1:17: expected ',' or ']', found the end of the text"),
      ("{\n  \"a\": 1,\n}", "3:1: expected a name in double quotes, found '}'"),
      ("{\"a\" 1}", "1:6: expected ':', found '1}'"), ("[1 2]", "1:4: expected ',' or ']', found '2]'"),
      ("[1]\n x", "2:2: expected nothing more, found 'x'"), ("[NaN]", "1:2: expected a value, found 'NaN]'"),
      ("[01]", "1:2: expected a number without leading zeros, found '01]'"),
      ("[1.]", "1:2: expected a number with digits behind the point, found '1.]'"),
      ("1e999", "1:1: expected a number up to 1.8e308, found '1e999'"),
      ("{\"a\": 1, \"a\": 2}", "1:10: the name \"a\" is repeated"),
      ("\"a\nb\"", "1:3: a control character in a text; write it as \\n"),
      ("\"\\x\"", "1:3: expected an escape such as \\n, found 'x\"'"),
      ("\"\\ud800 \"", "1:8: half a character: '\\u' with a surrogate that has no partner"),
      ("\"open", "1:6: expected '\"' at the end of a text, found the end of the text"),
      ("\u{1B}[2J", "1:1: expected a value, found '\\x1B[2J'"),
      ("root:x:0:0:root:/root:/bin/bash\n", "1:1: expected a value, found 'root:x:0:0:r…'"),
    ])
  func mistakes(text: String, says: String) { #expect(message(text) == says) }

  @Test func bytesThatAreNotText() {
    #expect(throws: JSONError(line: 1, column: 4, message: "invalid UTF-8")) {
      try JSONReader.value(of: [0x5B, 0x22, 0xFF, 0x22, 0x5D])
    }
    #expect(throws: JSONError(line: 1, column: 1, message: "it is UTF-16; save it as UTF-8")) {
      try JSONReader.value(of: [0xFF, 0xFE, 0x5B, 0])
    }
  }

  @Test func deepNestingIsRefused() {
    #expect(message(String(repeating: "[", count: 1_000_000)) == "1:65: nested more than 64 deep")
    #expect(message(String(repeating: "{\"a\":", count: 100_000)) == "1:321: nested more than 64 deep")
    #expect(message(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)) == "no mistake")
  }

  @Test("what is written reads back, control characters too")
  func roundTrip() throws {
    var json = JSONWriter()
    let text = "a\"\\\n\t\r\u{0}\u{1B}\u{7F}\u{9B}\u{2028}\u{202E} é 漢 😀"
    json.object {
      $0.string(text, text)
      $0.integer("n", Int.min)
      $0.number("x", 0.1)
      $0.strings("s", ["a", text])
      $0.null("nothing")
      $0.array("empty") { _ in }
    }
    let node = try JSONReader.value(of: Array(json.text.utf8))
    #expect(node[text]?.string == text && node["n"]?.integer == .min && node["x"]?.number == 0.1)
    #expect(node["s"]?.array?.compactMap(\.string) == ["a", text] && node["nothing"]?.isNull == true)
  }

  @Test("random bytes never trap")
  func randomBytes() {
    var state: UInt64 = 7
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let alphabet = Array("{}[]\",:\\u0d8e1-+.tfn \n".utf8) + [0xC3, 0xA9, 0xFF, 0]
    for _ in 0..<20_000 {
      let bytes = (0..<next(40)).map { _ in alphabet[next(alphabet.count)] }
      _ = try? JSONReader.value(of: bytes)
    }
  }
}
