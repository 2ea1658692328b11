import SimCore

/// Draws k from `low ... high` with probability proportional to k^-exponent, in constant time and memory.
///
/// Rejection-inversion (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete
/// distributions", ACM TOMACS 6, 1996), with the acceptance test in its plain form.
struct ZipfSampler: Sendable {
  private let exponent: Double
  private let low: Int
  private let high: Int
  private let areaFrom: Double
  private let areaTo: Double

  init(exponent: Double, low: Int, high: Int) {
    self.exponent = exponent
    self.low = low
    self.high = high
    areaFrom = Self.area(Double(low) + 0.5, exponent) - power(Double(low), -exponent)
    areaTo = Self.area(Double(high) + 0.5, exponent)
  }

  func draw(_ stream: inout RandomStream) -> Int {
    while true {
      let u = areaFrom + stream.uniform() * (areaTo - areaFrom)
      let x = inverseArea(u)
      let k = min(max(Int((x).rounded()), low), high)
      if u >= Self.area(Double(k) + 0.5, exponent) - power(Double(k), -exponent) { return k }
    }
  }

  /// The sum of k^-exponent over a range: term by term up to a million, by its integral beyond.
  static func weight(_ range: ClosedRange<Int>, _ exponent: Double) -> Double {
    let split = min(range.upperBound, range.lowerBound + 1_000_000)
    var sum = 0.0
    for k in range.lowerBound...split { sum += power(Double(k), -exponent) }
    if split < range.upperBound {
      sum += area(Double(range.upperBound) + 0.5, exponent) - area(Double(split) + 0.5, exponent)
    }
    return sum
  }

  /// An antiderivative of x^-exponent.
  private static func area(_ x: Double, _ exponent: Double) -> Double {
    exponent == 1 ? logarithm(x) : power(x, 1 - exponent) / (1 - exponent)
  }

  private func inverseArea(_ area: Double) -> Double {
    exponent == 1 ? exponential(area) : power(area * (1 - exponent), 1 / (1 - exponent))
  }
}
