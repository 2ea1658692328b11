import SimCore

/// A way to damage a file. Each draws from a random stream of its own, so that leaving one out changes no other.
public enum Mutation: String, Sendable, CaseIterable {
  case bytesFlipped, bytesInserted, cut, rangeRemoved, rangeRepeated, numberAtItsLimit, wordReplaced, wordRemoved
  case linesSwapped, lineRepeated, lineRemoved, lineRepeatedOften, foreignContent, controlCharacters, invalidUTF8
  case deeplyNested, quoteOrBracket, lineEnds, utf16, emptied

  /// Files do not grow beyond this, bytes.
  static let mostBytes = 1 << 20

  /// The damaged bytes.
  func applied(to bytes: [UInt8], _ random: inout RandomStream) -> [UInt8] {
    var draw = Draw(random: random)
    defer { random = draw.random }
    let damaged: [UInt8] =
      switch self {
      case .bytesFlipped: Self.flipped(bytes, &draw)
      case .bytesInserted: Self.inserted((0..<(1 + draw.below(8))).map { _ in UInt8(draw.below(256)) }, bytes, &draw)
      case .cut: Array(bytes.prefix(draw.below(bytes.count + 1)))
      case .rangeRemoved: Self.replaced(draw.range(bytes.count), of: bytes, by: [])
      case .rangeRepeated: Self.rangeRepeated(bytes, &draw)
      case .numberAtItsLimit: Self.numberReplaced(bytes, &draw)
      case .wordReplaced: Self.wordReplaced(bytes, &draw)
      case .wordRemoved: Self.words(of: bytes, draw).map { Self.replaced($0, of: bytes, by: []) } ?? bytes
      case .linesSwapped, .lineRepeated, .lineRemoved, .lineRepeatedOften: lines(bytes, &draw)
      case .foreignContent: Self.inserted(draw.one(Self.foreign), bytes, &draw)
      case .controlCharacters: Self.inserted(Array(draw.one(Self.controls).utf8), bytes, &draw)
      case .invalidUTF8: Self.inserted(draw.one(Self.notUTF8), bytes, &draw)
      case .deeplyNested: Self.nested(bytes, &draw)
      case .quoteOrBracket: Self.inserted(Array(draw.one(Self.marks).utf8), bytes, &draw)
      case .lineEnds: Self.lineEnds(bytes, &draw)
      case .utf16: Self.utf16(bytes, &draw)
      case .emptied: draw.below(2) == 0 ? [] : Array("\n\n  \n".utf8)
      }
    return Array(damaged.prefix(Self.mostBytes))
  }

  /// Numbers at which readers, units and sums have their corners.
  static let limits = [
    "0", "-0", "-1", "1", "0.0", "1e308", "-1e308", "1e309", "1e-308", "4.9e-324", "1e-400", "nan", "inf", "-inf",
    "NaN", "Infinity", "2147483647", "2147483648", "-2147483649", "4294967296", "9007199254740993",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
    "18446744073709551616", "1e18", "1e15", "1000000", "100000000", "0x10", "1_000", "1,5", "٣", "+1", "1.", ".5",
    "1e", "true", "null", "", "9999999999999999999999999999999999999999", "0.000000000000000000000000000000000001",
    "00000000000000000000000000000000000001", "1e-9", "1e6", "65536", "-2147483648", "1e99999999999",
  ]

  static let foreign: [[UInt8]] = [
    Array("{\"a\": [1, 2, {\"b\": null}]}\n".utf8), Array("arrival_s,prompt_tokens,output_tokens\n0,1,1\n".utf8),
    Array("root:x:0:0:root:/root:/bin/bash\n".utf8), Array("<!DOCTYPE html><html><script>alert(1)</script>\n".utf8),
    [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0, 0], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0],
    [0x50, 0x4B, 3, 4, 20, 0],
    Array("SQLite format 3\u{0}".utf8), Array("%YAML 1.1\n---\n&a [*a, *a]\n".utf8),
    Array("#!/bin/sh\nrm -rf /\n".utf8),
    Array("../../../etc/passwd".utf8), Array("%s%n%d{}\\(1)".utf8), Array("!!python/object:os.system x".utf8),
    Array("name: &x [*x]\n<<: *x\n".utf8), Array("'; DROP TABLE run; --".utf8),
  ]

  static let controls = [
    "\u{1B}[2J", "\u{1B}]0;title\u{7}", "\u{0}", "\u{7}", "\u{8}\u{8}", "\u{9B}31m", "\u{202E}", "\u{2028}", "\u{7F}",
    "\u{FEFF}", "\r", "\t", "\u{C}", "\u{85}", "\u{2066}", "\u{1B}",
  ]

  private static let notUTF8: [[UInt8]] = [
    [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xFE, 0xFF],
    [0xFF, 0xFE],
  ]

  private static let marks = [
    "\"", "'", "{", "}", "[", "]", ",", ":", "#", "|", ">", "&a ", "*a", "!!", "%", "\\", "- ", "? ", "---\n", "...\n",
    "\"\"\"", "{{", "$(", "`",
  ]
}

/// Random places and choices.
private struct Draw {
  var random: RandomStream

  mutating func below(_ count: Int) -> Int { random.below(max(1, count)) }
  mutating func one<Value>(_ values: [Value]) -> Value { values[below(values.count)] }

  /// A range within so many bytes, mostly short.
  mutating func range(_ count: Int) -> Range<Int> {
    let start = below(count)
    let length = below(4) == 0 ? below(count + 1) : 1 + below(12)
    return start..<min(count, start + length)
  }
}

extension Mutation {
  private static func replaced(_ range: Range<Int>, of bytes: [UInt8], by other: [UInt8]) -> [UInt8] {
    Array(bytes[..<range.lowerBound]) + other + bytes[range.upperBound...]
  }

  private static func inserted(_ more: [UInt8], _ bytes: [UInt8], _ draw: inout Draw) -> [UInt8] {
    let place = draw.below(bytes.count + 1)
    return replaced(place..<place, of: bytes, by: more)
  }

  private static func flipped(_ bytes: [UInt8], _ draw: inout Draw) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<(1 + draw.below(4)) where !bytes.isEmpty {
      bytes[draw.below(bytes.count)] = draw.below(2) == 0 ? UInt8(draw.below(256)) : UInt8(0x20 + draw.below(95))
    }
    return bytes
  }

  private static func rangeRepeated(_ bytes: [UInt8], _ draw: inout Draw) -> [UInt8] {
    let range = draw.range(bytes.count)
    let part = Array(bytes[range])
    let times = [1, 2, 10, 1000][draw.below(4)]
    let more = Array(repeatElement(part, count: min(times, mostBytes / max(1, part.count))).joined())
    return replaced(range.upperBound..<range.upperBound, of: bytes, by: more)
  }

  /// A stretch of digits, letters and points, chosen by chance.
  private static func words(
    of bytes: [UInt8], _ draw: Draw, where wanted: (UInt8) -> Bool = { _ in true }
  ) -> Range<Int>? {
    func isPart(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    var ranges: [Range<Int>] = []
    var start: Int?
    for index in 0...bytes.count {
      let isWord = index < bytes.count && isPart(bytes[index])
      if isWord, start == nil { start = index }
      if !isWord, let first = start {
        if wanted(bytes[first]) { ranges.append(first..<index) }
        start = nil
      }
    }
    var draw = draw
    return ranges.isEmpty ? nil : draw.one(ranges)
  }

  private static func numberReplaced(_ bytes: [UInt8], _ draw: inout Draw) -> [UInt8] {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let word = words(of: bytes, draw, where: { digits.contains($0) || $0 == UInt8(ascii: "-") }) else {
      return bytes
    }
    _ = draw.below(2)
    // The unit behind a number stays where there is one.
    let number = bytes[word].prefix { digits.contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    return replaced(word.lowerBound..<number.endIndex, of: bytes, by: Array(draw.one(limits).utf8))
  }

  private static func wordReplaced(_ bytes: [UInt8], _ draw: inout Draw) -> [UInt8] {
    guard let word = words(of: bytes, draw) else { return bytes }
    _ = draw.below(2)
    guard let other = words(of: bytes, draw) else { return bytes }
    return replaced(word, of: bytes, by: Array(bytes[other]))
  }

  private func lines(_ bytes: [UInt8], _ draw: inout Draw) -> [UInt8] {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    let place = draw.below(lines.count)
    switch self {
    case .linesSwapped: lines.swapAt(place, draw.below(lines.count))
    case .lineRepeated: lines.insert(lines[place], at: draw.below(lines.count))
    case .lineRepeatedOften:
      let times = min(1 << (4 + draw.below(10)), Self.mostBytes / (lines[place].count + 1))
      lines.insert(contentsOf: repeatElement(lines[place], count: times), at: place)
    default: lines.remove(at: place)
    }
    return Array(lines.joined(separator: [0x0A]))
  }

  private static func nested(_ bytes: [UInt8], _ draw: inout Draw) -> [UInt8] {
    let depth = [10, 70, 1_000, 100_000][draw.below(4)]
    let open = draw.one(["[", "{\"a\":", "{a: ", "- ", "\n a:"])
    return inserted(Array(repeatElement(Array(open.utf8), count: min(depth, 200_000)).joined()), bytes, &draw)
  }

  private static func lineEnds(_ bytes: [UInt8], _ draw: inout Draw) -> [UInt8] {
    let end = draw.one([[0x0D, 0x0A], [0x0D], [0x0A, 0x0A], [0x0B], []] as [[UInt8]])
    return Array(bytes.split(separator: 0x0A, omittingEmptySubsequences: false).joined(separator: end))
  }

  private static func utf16(_ bytes: [UInt8], _ draw: inout Draw) -> [UInt8] {
    let isBig = draw.below(2) == 0
    let mark: [UInt8] = isBig ? [0xFE, 0xFF] : [0xFF, 0xFE]
    return mark + bytes.flatMap { isBig ? [0, $0] : [$0, 0] }
  }
}
