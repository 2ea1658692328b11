import SimCore
import Testing

@testable import Report

@Suite struct RowBytesTests {
  private func text(_ write: (inout RowBytes) -> Void) -> String {
    var row = RowBytes()
    write(&row)
    return String(decoding: row.bytes, as: UTF8.self)
  }

  @Test func numbersOfEveryWidthAreWrittenAsSwiftWritesThem() {
    var numbers: [Int64] = [.max, .min]
    var power: Int64 = 1
    for _ in 0..<19 {
      for near in [power - 1, power, power + 1, 7 * (power / 10)] { numbers += [near, -near] }
      power = power < Int64.max / 10 ? 10 * power : power
    }
    numbers += (0..<100).map { 1_000_000 + $0 }
    for number in numbers { #expect(text { $0.append(number) } == "\(number)") }
  }

  @Test func timesHaveTwelveDecimals() {
    for (picoseconds, expected) in [
      (0, "0.000000000000"), (7, "0.000000000007"), (999_999_999_999, "0.999999999999"),
      (12_000_000_000_010, "12.000000000010"), (Int64.max, "9223372.036854775807"),
    ] as [(Int64, String)] {
      #expect(text { $0.append(seconds: SimDuration(picoseconds: picoseconds)) } == expected)
    }
    #expect(text { $0.append(seconds: SimTime.never, orNever: "null") } == "null")
  }

  /// Names may be of any length; what is there already stays.
  @Test func aRowGrowsAsFarAsItMust() {
    var row = RowBytes()
    var expected = ""
    for round in 0..<3 {
      let name = String(repeating: "é\(round)", count: 3_000)
      row.append(name)
      row.append(Array(name.utf8))
      row.append("fixed")
      row.append(round)
      expected += name + name + "fixed\(round)"
    }
    #expect(String(decoding: row.bytes, as: UTF8.self) == expected)
    row.removeAll()
    row.append(5)
    #expect(String(decoding: row.bytes, as: UTF8.self) == "5")
  }
}
