import Foundation
import Testing

@testable import Charts

@Suite("Ticks")
struct TickTests {
  private func span(_ low: Double, _ high: Double, _ scale: Axis.Scale = .linear) throws -> AxisRange {
    try #require(AxisRange(Axis(label: "", scale: scale, range: low...high), data: []))
  }

  private func labels(_ low: Double, _ high: Double, _ scale: Axis.Scale = .linear, atMost count: Int) throws
    -> [String]
  {
    Ticks.of(try span(low, high, scale), atMost: count).compactMap(\.label)
  }

  @Test("Values of one's own are marked as they are, every second where there is no room for all")
  func marks() throws {
    var axis = Axis(label: "", range: 0...10_000)
    axis.marks = [256, 1_024, 4_096, 8_192, 0.5]
    axis.marks.sort()
    let span = try #require(AxisRange(axis, data: []))
    #expect(Ticks.of(span, atMost: 5).map(\.label) == ["0.5", "256", "1,024", "4,096", "8,192"])
    #expect(Ticks.of(span, atMost: 3).map(\.value) == [0.5, 1_024, 8_192])
  }

  @Test("Linear ticks are 1, 2 or 5 times a power of ten apart, inside the span, and enough", arguments: 0..<400)
  func linear(seed: Int) throws {
    var random = Steps(state: UInt64(seed))
    let size = pow(10, random.next() * 24 - 12)
    let low = (random.next() - 0.5) * size
    let span = try span(low, low + size * (0.001 + random.next()))
    let count = 3 + Int(random.next() * 12)
    let ticks = Ticks.of(span, atMost: count)
    #expect(ticks.count >= 2 && ticks.count <= max(count, 5))
    let step = (span.high - span.low) * 1e-6
    for tick in ticks { #expect(tick.value >= span.low - step && tick.value <= span.high + step) }
    let gaps = zip(ticks, ticks.dropFirst()).map { $1.value - $0.value }
    let gap = try #require(gaps.first)
    for other in gaps { #expect(abs(other / gap - 1) < 1e-6) }
    let mantissa = gap / pow(10, (log10(gap) + 1e-9).rounded(.down))
    #expect([1, 2, 5].contains { abs(mantissa - $0) < 1e-6 }, "\(gap)")
    #expect(Set(ticks.map(\.label)).count == ticks.count, "each tick has a number of its own")
    #expect(
      ticks.contains { abs($0.value) < gap * 1e-6 } == (span.low <= 0 && span.high >= 0), "zero is a tick if shown")
  }

  @Test("Logarithmic ticks are inside the span, few enough and in order", arguments: 0..<400)
  func logarithmic(seed: Int) throws {
    var random = Steps(state: UInt64(seed))
    let low = pow(10, random.next() * 24 - 12)
    let span = try span(low, low * pow(10, 0.05 + random.next() * 14), .log)
    let count = 4 + Int(random.next() * 10)
    let ticks = Ticks.of(span, atMost: count)
    #expect(ticks.count { $0.label != nil } >= 2 && ticks.count { $0.label != nil } <= count)
    for tick in ticks {
      #expect(tick.value >= span.low * (1 - 1e-6) && tick.value <= span.high * (1 + 1e-6))
    }
    for (left, right) in zip(ticks, ticks.dropFirst()) { #expect(left.value < right.value) }
  }

  @Test func numbersAreWrittenAsPeopleWriteThem() throws {
    #expect(try labels(0, 1, atMost: 6) == ["0", "0.2", "0.4", "0.6", "0.8", "1"])
    #expect(try labels(-1.5, 1.5, atMost: 7) == ["−1.5", "−1", "−0.5", "0", "0.5", "1", "1.5"])
    #expect(try labels(0, 30_000, atMost: 4) == ["0", "10,000", "20,000", "30,000"])
    #expect(try labels(0, 2e9, atMost: 5) == ["0", "5·10⁸", "10⁹", "1.5·10⁹", "2·10⁹"])
    #expect(try labels(0, 2e-6, atMost: 3) == ["0", "10⁻⁶", "2·10⁻⁶"])
    #expect(try labels(1, 1000, .log, atMost: 10) == ["1", "2", "5", "10", "20", "50", "100", "200", "500", "1,000"])
    #expect(try labels(1, 1000, .log, atMost: 5) == ["1", "10", "100", "1,000"])
    #expect(try labels(1, 1e9, .log, atMost: 5) == ["1", "100", "10⁴", "10⁶", "10⁸"])
    #expect(try labels(11, 19, .log, atMost: 5) == ["12", "14", "16", "18"])
  }

  @Test("Values in words have three figures")
  func values() {
    #expect(Label.number(0.0123456) == "0.0123")
    #expect(Label.number(-45.678) == "−45.7")
    #expect(Label.number(1_234_567) == "1,230,000")
    #expect(Label.number(9.999) == "10")
    #expect(Label.number(.infinity) == "∞")
  }

  @Test("An axis begins at zero where the data nearly do, and keeps off one value's rounding")
  func spans() throws {
    let near = try #require(AxisRange(Axis(label: ""), data: [0.1, 40]))
    #expect(near.low == 0 && near.high > 40 && near.high < 45)
    let one = try #require(AxisRange(Axis(label: ""), data: [5, 5]))
    #expect(one.low == 4.5 && one.high == 5.5)
    let zero = try #require(AxisRange(Axis(label: ""), data: [0]))
    #expect(zero.low < zero.high)
    let log = try #require(AxisRange(Axis(label: "", scale: .log), data: [-3, 0, 10, .nan]))
    #expect(log.low > 0 && log.low < 10 && log.high > 10)
    #expect(AxisRange(Axis(label: "", scale: .log), data: [-3, 0]) == nil)
    #expect(AxisRange(Axis(label: ""), data: [.nan, .infinity]) == nil)
    let whole = try #require(AxisRange(Axis(label: "", includesZero: true), data: [90, 100]))
    #expect(whole.low == 0)
  }
}

/// A small repeatable generator of numbers from 0 to 1 (splitmix64).
struct Steps {
  var state: UInt64

  mutating func next() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Double((z ^ (z >> 31)) >> 11) / 9_007_199_254_740_992
  }
}
