import Foundation

/// Measured times of mixture-of-experts layers.
struct ExpertTimes: Sendable {
  private let rows: [(keys: [Int], curve: PiecewiseLinear)]

  init(_ section: ProfileSection) {
    rows = section.rows.map { ($0.keys, PiecewiseLinear($0.points.map(\.x), $0.points.map(\.seconds))) }
  }

  /// Seconds of one layer against tokens, for exactly this shape; `nil` when it was not measured.
  func curve(hidden: Int, intermediate: Int, experts: Int, perToken: Int) -> PiecewiseLinear? {
    rows.first { $0.keys == [hidden, intermediate, experts, perToken] }?.curve
  }

  /// How much of the data sheet's rates the nearest measured expert width reaches, against tokens.
  func efficiency(intermediate: Int, rates: GPURates) -> PiecewiseLinear? {
    func distance(_ keys: [Int]) -> Double { abs(log(Double(keys[1]) / Double(intermediate))) }
    guard let nearest = rows.min(by: { distance($0.keys) < distance($1.keys) }) else { return nil }
    let keys = nearest.keys
    let values = zip(nearest.curve.x, nearest.curve.y).map { tokens, time in
      Self.roofline(
        hidden: keys[0], intermediate: keys[1], experts: keys[2], perToken: keys[3], bytes: 2, tokens: tokens,
        rates: rates) / time
    }
    return PiecewiseLinear(nearest.curve.x, values)
  }

  /// Seconds of one mixture layer at the data sheet's rates, every expert as likely as any other.
  ///
  /// The weights read are those of the distinct experts visited, E (1 - (1 - k/E)^m) on average.
  static func roofline(
    hidden: Int, intermediate: Int, experts: Int, perToken: Int, bytes: Int, tokens: Double, rates: GPURates
  ) -> Double {
    let matrix = 3 * Double(hidden) * Double(intermediate)
    let share = Double(perToken) / Double(experts)
    let visited = Double(experts) * (1 - pow(1 - share, tokens))
    let traffic = visited * matrix * Double(bytes) + tokens * Double(perToken) * Double(2 * hidden) * 2
    let operations = 2 * tokens * Double(perToken) * matrix
    return max(operations / rates.peak(bytes == 1 ? .fp8 : .bfloat16), traffic / rates.memoryBandwidth)
  }
}
