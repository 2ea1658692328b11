import TextIO

extension Quantity {
  private static let bandwidthUnits = UnitTable(
    expected: "a bandwidth such as '350 GB/s' or '200 Gb/s'",
    units: [
      ("B/s", 8), ("kB/s", 8_000), ("KB/s", 8_000), ("MB/s", 8_000_000), ("GB/s", 8_000_000_000),
      ("TB/s", 8_000_000_000_000), ("KiB/s", 8 << 10), ("MiB/s", 8 << 20), ("GiB/s", 8 << 30), ("TiB/s", 8 << 40),
      ("b/s", 1), ("kb/s", 1_000), ("Kb/s", 1_000), ("Mb/s", 1_000_000), ("Gb/s", 1_000_000_000),
      ("Tb/s", 1_000_000_000_000),
    ],
    usual: "GB/s")

  /// Bytes per second, from text such as `350 GB/s`, `64 GiB/s` or, with a small b for bits, `200 Gb/s`.
  public static func bandwidth(_ text: String) throws(QuantityError) -> Double {
    let (number, factor) = try bandwidthUnits.parse(text)
    // Whole numbers of bits are exact; what does not fit is rounded once, in `Double`.
    let value = number.scaled(by: factor).map { Double($0) / 8 } ?? number.double * Double(factor) / 8
    guard value.isFinite else {
      throw QuantityError(expected: bandwidthUnits.expected, found: text, hint: "it is too large")
    }
    return value
  }

  /// A bandwidth in the largest decimal unit that keeps it exact.
  public static func text(bandwidth bytesPerSecond: Double) -> String {
    scaledText(
      bytesPerSecond, [("TB/s", 1e12), ("GB/s", 1e9), ("MB/s", 1e6), ("kB/s", 1e3)], base: "B/s")
  }

  private static let computeUnits = UnitTable(
    expected: "a computing rate such as '989 TFLOP/s'",
    units: [
      ("FLOP/s", 1), ("MFLOP/s", 1_000_000), ("GFLOP/s", 1_000_000_000), ("TFLOP/s", 1_000_000_000_000),
      ("PFLOP/s", 1_000_000_000_000_000), ("FLOPS", 1), ("MFLOPS", 1_000_000), ("GFLOPS", 1_000_000_000),
      ("TFLOPS", 1_000_000_000_000), ("PFLOPS", 1_000_000_000_000_000),
    ],
    usual: "TFLOP/s")

  /// Floating-point operations per second, from text such as `989 TFLOP/s` or `989 TFLOPS`.
  public static func floatingPointRate(_ text: String) throws(QuantityError) -> Double {
    let (number, factor) = try computeUnits.parse(text)
    let value = number.scaled(by: factor).map(Double.init) ?? number.double * Double(factor)
    guard value.isFinite else {
      throw QuantityError(expected: computeUnits.expected, found: text, hint: "it is too large")
    }
    return value
  }

  /// A computing rate in the largest unit that keeps it exact.
  public static func text(floatingPointRate value: Double) -> String {
    scaledText(value, [("PFLOP/s", 1e15), ("TFLOP/s", 1e12), ("GFLOP/s", 1e9), ("MFLOP/s", 1e6)], base: "FLOP/s")
  }

  private static func scaledText(_ value: Double, _ units: [(String, Double)], base: String) -> String {
    for (name, factor) in units where value.magnitude >= factor {
      let text = plain(value / factor)
      // Only a spelling that reads back as the same number will do.
      guard text.utf8.count <= 8, let back = Double(text), back * factor == value else { continue }
      return "\(text) \(name)"
    }
    return "\(plain(value)) \(base)"
  }
}
