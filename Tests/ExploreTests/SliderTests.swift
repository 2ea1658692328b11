import Testing

@testable import Explore

/// The ranges of sliders.
struct SliderTests {
  @Test("a slider goes from a tenth to ten times, as far as bounds allow")
  func slidersGoAround() throws {
    let rate = try #require(Slider.around("4/s"))
    #expect((rate.least, rate.value, rate.greatest, rate.unit) == (0.4, 4, 40, "/s"))
    #expect(rate.isLogarithmic)
    let bandwidth = try #require(Slider.around("362.5 GB/s", greatest: 450))
    #expect((bandwidth.least, bandwidth.greatest, bandwidth.unit) == (36.25, 450, " GB/s"))
    let count = try #require(Slider.around("4", least: 2, isWhole: true))
    #expect((count.least, count.greatest) == (2, 40))
    let one = try #require(Slider.around("1", isWhole: true))
    #expect((one.least, one.greatest) == (1, 10))
  }

  @Test("what is zero, no number or without a choice has none", arguments: ["0 s", "0/s", "usual", "", "-1", "."])
  func othersHaveNone(text: String) { #expect(Slider.around(text) == nil) }

  @Test("a slider between two values goes in equal steps, and holds its value")
  func slidersGoBetween() throws {
    let share = try #require(Slider.between(0, 1, "0.92"))
    #expect(!share.isLogarithmic && share.value == 0.92 && share.unit.isEmpty)
    #expect(Slider.between(0, 1, "3") == nil)
    #expect(Slider.between(1, 1, "1") == nil)
  }
}
