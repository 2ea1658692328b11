import Foundation

/// Measured times of matrix products, and of any other shape by the efficiency of the measured ones near it.
struct MatrixTimes: Sendable {
  let type: MatrixType
  /// The rates of the GPU the times were measured on.
  let rates: GPURates
  /// The values of m that shapes were measured at.
  let grid: [Double]
  private let shapes: [Shape]
  /// Measured times at single sizes, by shape: there the library chooses a kernel that is far slower than those of the
  /// sizes around it, which a smooth curve would not show.
  private let singles: [(n: Int, k: Int, m: Int, seconds: Double)]

  private struct Shape: Sendable {
    let n: Int
    let k: Int
    let curve: PiecewiseLinear
    /// Seconds by position in the grid, `nil` where nothing was measured.
    let atGrid: [Double?]
  }

  /// How many shapes near a new one are asked, and how their distance counts; `Scripts/derive-profiles.py --check`
  /// prints the error when each measured shape is left out (median 4 %, one in ten above 11 to 14 %).
  private static let neighbours = 8
  private static let softening = 0.05

  /// - Parameter singles: the section `@gemm_single`, where there is one.
  init(_ section: ProfileSection, type: MatrixType, rates: GPURates, singles: ProfileSection? = nil) {
    self.type = type
    self.rates = rates
    self.singles = (singles?.rows ?? []).flatMap { row in
      row.points.map { (row.keys[0], row.keys[1], Int($0.x), $0.seconds) }
    }
    let grid = section.abscissae
    self.grid = grid
    shapes = section.rows.map { row in
      var atGrid = [Double?](repeating: nil, count: grid.count)
      for point in row.points { atGrid[grid.firstIndex(of: point.x)!] = point.seconds }
      return Shape(
        n: row.keys[0], k: row.keys[1], curve: PiecewiseLinear(row.points.map(\.x), row.points.map(\.seconds)),
        atGrid: atGrid)
    }
  }

  /// Seconds of the m x k by k x n product against m on the measured GPU, and how well they are known.
  func curve(n: Int, k: Int) -> (PiecewiseLinear, Basis) { curve(n: n, k: k, leavingOut: false) }

  /// The same as if the shape had not been measured: what leave-one-out checks ask for.
  func neighbourCurve(n: Int, k: Int) -> (PiecewiseLinear, Basis) { curve(n: n, k: k, leavingOut: true) }

  private func curve(n: Int, k: Int, leavingOut: Bool) -> (PiecewiseLinear, Basis) {
    if !leavingOut, let known = shapes.first(where: { $0.n == n && $0.k == k }) { return (known.curve, .measured) }
    let near = shapes.filter { $0.n != n || $0.k != k }.map { shape in
      let columns = log(Double(shape.n) / Double(n))
      let inner = log(Double(shape.k) / Double(k))
      return (distance: (columns * columns + inner * inner).squareRoot(), shape: shape)
    }.sorted { ($0.distance, $0.shape.n, $0.shape.k) < ($1.distance, $1.shape.n, $1.shape.k) }
    let inside = Self.isInside(n: n, k: k, near.map { ($0.shape.n, $0.shape.k) })
    var x: [Double] = []
    var y: [Double] = []
    for (index, m) in grid.enumerated() {
      // The weighted median shrugs off the single bad measurements that such tables contain.
      var votes: [(efficiency: Double, weight: Double)] = []
      for candidate in near where votes.count < Self.neighbours {
        guard let time = candidate.shape.atGrid[index] else { continue }
        let ideal = rates.roofline(n: candidate.shape.n, k: candidate.shape.k, m: m, type: type)
        let distance = candidate.distance + Self.softening
        votes.append((ideal / time, 1 / (distance * distance)))
      }
      guard !votes.isEmpty else { continue }
      votes.sort { $0.efficiency < $1.efficiency }
      var half = votes.reduce(0) { $0 + $1.weight } / 2
      var efficiency = votes[votes.count - 1].efficiency
      for vote in votes {
        half -= vote.weight
        if half <= 0 {
          efficiency = vote.efficiency
          break
        }
      }
      x.append(m)
      y.append(rates.roofline(n: n, k: k, m: m, type: type) / efficiency)
    }
    return (PiecewiseLinear(x, y), inside ? .interpolated : .extrapolated)
  }

  /// How much longer the product takes at single sizes than the curve that is taken says, by size; at least 1.
  func singleSizes(n: Int, k: Int, beside curve: PiecewiseLinear) -> [Int: Double] {
    let own = singles.filter { $0.n == n && $0.k == k }.map { single in
      (single.m, max(1, single.seconds / curve.proportional(at: Double(single.m))))
    }
    return Dictionary(own) { first, _ in first }
  }

  /// Whether measured shapes lie on every side of (n, k).
  private static func isInside(n: Int, k: Int, _ shapes: [(n: Int, k: Int)]) -> Bool {
    shapes.contains { $0.n <= n && $0.k <= k } && shapes.contains { $0.n >= n && $0.k <= k }
      && shapes.contains { $0.n <= n && $0.k >= k } && shapes.contains { $0.n >= n && $0.k >= k }
  }

  /// The measured shapes, for checks.
  var measuredShapes: [(n: Int, k: Int)] { shapes.map { ($0.n, $0.k) } }
}
