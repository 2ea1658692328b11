import Configuration
import SimCore
import Testing

@Suite struct QuantityTests {
  @Test(arguments: [
    ("0 B", 0), ("1 B", 1), ("80 GB", 80_000_000_000), ("80GB", 80_000_000_000), ("80 GiB", 85_899_345_920),
    ("64 KiB", 65_536), ("1.5 kB", 1_500), ("1.5 KB", 1_500), ("2 MiB", 2_097_152), ("0.5 TB", 500_000_000_000),
    ("1 TiB", 1_099_511_627_776), ("3e2 MB", 300_000_000), ("-4 GB", -4_000_000_000), ("+4 GB", 4_000_000_000),
    ("1e-3 GB", 1_000_000), ("0.1 B", 0), ("0.5 B", 1), (" 7 MB ", 7_000_000),
  ])
  func bytesAreRead(text: String, value: Int) throws {
    #expect(try Quantity.bytes(text) == value)
  }

  @Test(arguments: [
    ("1 ps", Int64(1)), ("1 ns", 1_000), ("0.1 ms", 100_000_000), ("7 us", 7_000_000), ("7 µs", 7_000_000),
    ("7 μs", 7_000_000), ("1.5 s", 1_500_000_000_000), ("10 min", 600_000_000_000_000),
    ("2 h", 7_200_000_000_000_000), ("1 d", 86_400_000_000_000_000), ("0.5 ps", 1), ("0.4 ps", 0),
    ("1e-12 s", 1), ("106 d", 9_158_400_000_000_000_000),
  ])
  func durationsAreRead(text: String, picoseconds: Int64) throws {
    #expect(try Quantity.duration(text) == SimDuration(picoseconds: picoseconds))
  }

  @Test(arguments: [
    ("2.5/s", 2.5), ("2.5 /s", 2.5), ("2.5 / s", 2.5), ("150/min", 2.5), ("9000/h", 2.5), ("0/s", 0), ("-1/s", -1),
  ])
  func ratesAreRead(text: String, value: Double) throws {
    #expect(try Quantity.rate(text) == value)
  }

  @Test(arguments: [
    ("350 GB/s", 350e9), ("64 GiB/s", 68_719_476_736), ("200 Gb/s", 25e9), ("12 MB/s", 12e6), ("1 b/s", 0.125),
    ("3.35 TB/s", 3.35e12),
  ])
  func bandwidthsAreRead(text: String, value: Double) throws {
    #expect(try Quantity.bandwidth(text) == value)
  }

  @Test(arguments: [("989 TFLOP/s", 989e12), ("989.4 TFLOPS", 989.4e12), ("1 PFLOP/s", 1e15), ("67 GFLOP/s", 67e9)])
  func computingRatesAreRead(text: String, value: Double) throws {
    #expect(try Quantity.floatingPointRate(text) == value)
  }

  @Test(arguments: [("0", 0), ("2048", 2048), ("1e6", 1_000_000), ("2.0", 2), ("-3", -3), ("1.5e1", 15)])
  func countsAreRead(text: String, value: Int) throws {
    #expect(try Quantity.count(text) == value)
  }

  @Test(arguments: [("0.9", 0.9), ("90 %", 0.9), ("90%", 0.9), ("12.5 %", 0.125), ("1", 1)])
  func fractionsAreRead(text: String, value: Double) throws {
    #expect(try Quantity.fraction(text) == value)
  }

  @Test(arguments: [
    ("80", "wants a size such as '80 GB' or '64 KiB', found '80'; a unit is missing: did you mean '80 GB'?"),
    ("fast", "wants a size such as '80 GB' or '64 KiB', found 'fast'"),
    ("", "wants a size such as '80 GB' or '64 KiB', found nothing"),
    ("80 gb", "wants a size such as '80 GB' or '64 KiB', found '80 gb'; did you mean 'GB'?"),
    ("80 G", "wants a size such as '80 GB' or '64 KiB', found '80 G'; did you mean 'GB'?"),
    ("80 Gb", "wants a size such as '80 GB' or '64 KiB', found '80 Gb'; 'Gb' is bits; did you mean 'GB'?"),
    (
      "1_000 MB",
      "wants a size such as '80 GB' or '64 KiB', found '1_000 MB'; write the number without separators: 1000 MB"
    ),
    (
      "1,000 MB",
      "wants a size such as '80 GB' or '64 KiB', found '1,000 MB'; write the number without separators: 1000 MB"
    ),
    (
      "010 MB",
      "wants a size such as '80 GB' or '64 KiB', found '010 MB'; YAML 1.1 reads a leading zero as octal; drop the zero"
    ),
    ("9e30 TB", "wants a size such as '80 GB' or '64 KiB', found '9e30 TB'; it is too large"),
    ("1e9999 B", "wants a size such as '80 GB' or '64 KiB', found '1e9999 B'; it has too many digits"),
    (
      "5 parsecs",
      "wants a size such as '80 GB' or '64 KiB', found '5 parsecs'; "
        + "units: B, kB, KB, MB, GB, TB, KiB, MiB, GiB, TiB"
    ),
  ])
  func badSizesSayWhatWasWanted(text: String, message: String) {
    #expect(throws: QuantityError.self) { try Quantity.bytes(text) }
    do { _ = try Quantity.bytes(text) } catch { #expect(error.message == message) }
  }

  @Test(arguments: [
    ("10", "wants a duration such as '10 min' or '250 ms', found '10'; a unit is missing: did you mean '10 s'?"),
    ("10 sec", "wants a duration such as '10 min' or '250 ms', found '10 sec'; did you mean 's'?"),
    ("10 m", "wants a duration such as '10 min' or '250 ms', found '10 m'; did you mean 'min'?"),
    (
      "1:30",
      "wants a duration such as '10 min' or '250 ms', found '1:30'; "
        + "YAML 1.1 reads this as a number in base 60; write it out with a unit"
    ),
    ("107 d", "wants a duration such as '10 min' or '250 ms', found '107 d'; simulated time ends after 106 days"),
    (".inf", "wants a duration such as '10 min' or '250 ms', found '.inf'; infinity is not accepted"),
    (
      "0x10 s",
      "wants a duration such as '10 min' or '250 ms', found '0x10 s'; "
        + "hexadecimal is not accepted; write it in decimal"
    ),
  ])
  func badDurationsSayWhatWasWanted(text: String, message: String) {
    #expect(throws: QuantityError.self) { try Quantity.duration(text) }
    do { _ = try Quantity.duration(text) } catch { #expect(error.message == message) }
  }

  @Test(arguments: [
    ("fast", "wants a number of requests per second, found 'fast'"),
    ("4", "wants a number of requests per second, found '4'; a unit is missing: did you mean '4/s'?"),
    ("4 GB/s", "wants a number of requests per second, found '4 GB/s'; units: /s, /min, /h"),
    ("4/day", "wants a number of requests per second, found '4/day'; units: /s, /min, /h"),
  ])
  func badRatesSayWhatWasWanted(text: String, message: String) {
    #expect(throws: QuantityError.self) { try Quantity.rate(text) }
    do { _ = try Quantity.rate(text) } catch { #expect(error.message == message) }
  }

  @Test(arguments: [
    ("2k", "wants a whole number, found '2k'; write 2000"),
    ("1.5M", "wants a whole number, found '1.5M'; write 1500000"),
    ("2.5", "wants a whole number, found '2.5'"),
    ("10_000", "wants a whole number, found '10_000'; write the number without separators: 10000"),
    ("0xff", "wants a whole number, found '0xff'; hexadecimal is not accepted; write it in decimal"),
    ("1024 tokens", "wants a whole number, found '1024 tokens'; write the number alone"),
    ("1e20", "wants a whole number, found '1e20'; it is too large"),
  ])
  func badCountsSayWhatWasWanted(text: String, message: String) {
    #expect(throws: QuantityError.self) { try Quantity.count(text) }
    do { _ = try Quantity.count(text) } catch { #expect(error.message == message) }
  }

  @Test func printingReadsBack() throws {
    var random = RandomStream(seed: 7, replication: 0, purpose: "printing")
    for _ in 0..<2_000 {
      let magnitude = random.below(62)
      let value = random.below(1 << magnitude + 1)
      #expect(try Quantity.bytes(Quantity.text(bytes: value)) == value)
      let duration = SimDuration(picoseconds: Int64(value))
      #expect(try Quantity.duration(Quantity.text(duration: duration)) == duration)
      let real = Double(value) * random.uniform()
      #expect(try Quantity.rate(Quantity.text(rate: real)) == real)
      #expect(try Quantity.number(Quantity.plain(real)) == real)
      let rounded = Double(value % 1_000_000_000) * 1e6
      #expect(try Quantity.bandwidth(Quantity.text(bandwidth: rounded)) == rounded)
      #expect(try Quantity.floatingPointRate(Quantity.text(floatingPointRate: rounded)) == rounded)
    }
  }

  @Test(arguments: [
    (80_000_000_000, "80 GB"), (85_899_345_920, "80 GiB"), (65_536, "64 KiB"), (1_500, "1.5 kB"), (1_023, "1023 B"),
    (0, "0 B"), (1_000_000_000_000, "1 TB"),
  ])
  func sizesPrintInTheShortestUnit(value: Int, text: String) { #expect(Quantity.text(bytes: value) == text) }

  @Test(arguments: [(600.0, "10 min"), (1.5, "1.5 s"), (0.25, "250 ms"), (7e-6, "7 us"), (0, "0 s"), (7200, "2 h")])
  func durationsPrintInTheShortestUnit(seconds: Double, text: String) {
    #expect(Quantity.text(duration: SimDuration(seconds: seconds)) == text)
  }
}
