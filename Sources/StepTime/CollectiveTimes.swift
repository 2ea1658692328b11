/// Measured all-reduce times inside one server.
struct CollectiveTimes: Sendable {
  private let rows: [(gpus: Int, curve: PiecewiseLinear)]

  /// - Parameter section: `nil` where nothing was measured.
  init(_ section: ProfileSection?) {
    rows = (section?.rows ?? []).filter { $0.library == "vllm" }
      .map { ($0.keys[0], PiecewiseLinear($0.points.map(\.x), nonDecreasing($0.points.map(\.seconds)))) }
  }

  /// Seconds against bytes over `gpus` GPUs as vLLM does it inside a graph; of the next larger group when this size
  /// was not measured, `nil` beyond the largest.
  func curve(gpus: Int) -> (PiecewiseLinear, Basis)? {
    if let exact = rows.first(where: { $0.gpus == gpus }) { return (exact.curve, .measured) }
    guard let larger = rows.filter({ $0.gpus > gpus }).min(by: { $0.gpus < $1.gpus }) else { return nil }
    return (larger.curve, .interpolated)
  }
}
