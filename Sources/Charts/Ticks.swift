import Foundation

/// A place on an axis worth a number.
struct Tick: Equatable {
  var value: Double
  /// What is printed; `nil` for the short ticks between powers of ten.
  var label: String?
  private var digits: Int
  private var exponent: Int

  /// The tick at `digits` · 10^`exponent`.
  init(digits: Int, exponent: Int, labelled: Bool = true) {
    self.digits = digits
    self.exponent = exponent
    // Dividing by a power of ten is exact where multiplying by its inverse is not.
    value = exponent >= 0 ? Double(digits) * pow(10, Double(exponent)) : Double(digits) / pow(10, Double(-exponent))
    label = labelled ? Label.decimal(digits: digits, exponent: exponent) : nil
  }

  /// The tick at a value that is no round one.
  init(at value: Double) {
    (digits, exponent) = (0, 0)
    self.value = value
    label = Int(exactly: value).map { Label.decimal(digits: $0, exponent: 0) } ?? Label.number(value)
  }

  /// Ticks whose numbers are all written out or, where one needs a power of ten, written so from ten thousand on.
  static func alike(_ ticks: [Tick]) -> [Tick] {
    guard ticks.contains(where: { $0.label.map(Label.isPower) == true }) else {
      return ticks
    }
    return ticks.map { tick in
      var tick = tick
      if tick.label != nil {
        tick.label = Label.decimal(digits: tick.digits, exponent: tick.exponent, written: -2...3)
      }
      return tick
    }
  }
}

/// Ticks at round values: 1, 2 or 5 times a power of ten apart, or, on a logarithmic axis, at such values.
enum Ticks {
  /// The ticks of a span, at most `count` of them labelled, or the fewest above it where one alone would not
  /// tell the scale.
  static func of(_ span: AxisRange, atMost count: Int) -> [Tick] {
    if !span.marks.isEmpty {
      let step = (span.marks.count + count - 1) / max(1, count)
      return stride(from: 0, to: span.marks.count, by: step).map { Tick(at: span.marks[$0]) }
    }
    return switch span.scale {
    case .linear: Tick.alike(linear(span, atMost: max(2, count)))
    case .log: Tick.alike(logarithmic(span, atMost: max(2, count)))
    }
  }

  private static func linear(_ span: AxisRange, atMost count: Int) -> [Tick] {
    var finer: [Tick] = []
    var exponent = Int(log10((span.high - span.low) / Double(count)).rounded(.down))
    while true {
      for factor in [1, 2, 5] {
        let step = Tick(digits: factor, exponent: exponent).value
        // A bound that is a tick but for its rounding counts as one.
        let first = (span.low / step - 1e-9).rounded(.up)
        let last = (span.high / step + 1e-9).rounded(.down)
        // Steps far too fine are not worth their ticks.
        if last - first >= Double(count) * 3 { continue }
        let ticks = first <= last ? (Int(first)...Int(last)).map { Tick(digits: $0 * factor, exponent: exponent) } : []
        if ticks.count <= count { return ticks.count >= 2 ? ticks : finer }
        finer = ticks
      }
      exponent += 1
    }
  }

  private static func logarithmic(_ span: AxisRange, atMost count: Int) -> [Tick] {
    let decades = Int(log10(span.low).rounded(.down))...Int(log10(span.high).rounded(.up))
    func ticks(_ digits: [Int], every stride: Int = 1, labelled: Bool = true) -> [Tick] {
      decades.filter { $0 % stride == 0 }.flatMap { decade in
        digits.map { Tick(digits: $0, exponent: decade, labelled: labelled) }
      }.filter { $0.value >= span.low * (1 - 1e-9) && $0.value <= span.high * (1 + 1e-9) }
    }
    let fine = ticks([1, 2, 5])
    // Less than about a decade: even steps say more than the one or two round powers in it.
    if fine.count < 3 { return linear(span, atMost: count) }
    if fine.count <= count { return withShort(fine, ticks([3, 4, 6, 7, 8, 9], labelled: false)) }
    let powers = ticks([1])
    if powers.count <= count, powers.count >= 2 {
      return withShort(powers, ticks([2, 3, 4, 5, 6, 7, 8, 9], labelled: false))
    }
    if powers.count < 2 { return withShort(Array(fine.prefix(count)), []) }
    for stride in 2... {
      let sparse = ticks([1], every: stride)
      if sparse.count <= count { return withShort(sparse, ticks([1], labelled: false)) }
    }
    return powers
  }

  /// Labelled and short ticks in order, a labelled one where both fall together.
  private static func withShort(_ labelled: [Tick], _ short: [Tick]) -> [Tick] {
    let taken = Set(labelled.map(\.value))
    return (labelled + short.filter { !taken.contains($0.value) }).sorted { $0.value < $1.value }
  }
}
