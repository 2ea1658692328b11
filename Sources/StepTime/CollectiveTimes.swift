/// Measured all-reduce times inside one server.
struct CollectiveTimes: Sendable {
  private let rows: [(library: String, gpus: Int, curve: PiecewiseLinear)]

  /// Takes vLLM's own all-reduce where it was measured, which is faster than NCCL's for small vectors, and NCCL's for
  /// other numbers of GPUs.
  ///
  /// - Parameter section: `nil` where nothing was measured.
  init(_ section: ProfileSection?) {
    let all = section?.rows ?? []
    let own = all.filter { $0.library == "vllm" }
    let others = all.filter { row in row.library == "nccl" && !own.contains { $0.keys[0] == row.keys[0] } }
    rows = (own + others).map {
      (
        $0.library ?? "", $0.keys[0],
        PiecewiseLinear($0.points.map(\.x), nonDecreasing($0.points.map(\.seconds)))
      )
    }
  }

  /// Seconds against bytes over `gpus` GPUs inside a graph, and whose all-reduce it is; of the next larger group when
  /// this size was not measured, `nil` beyond the largest.
  func curve(gpus: Int) -> (curve: PiecewiseLinear, basis: Basis, library: String)? {
    if let exact = rows.first(where: { $0.gpus == gpus }) { return (exact.curve, .measured, exact.library) }
    guard let larger = rows.filter({ $0.gpus > gpus }).min(by: { $0.gpus < $1.gpus }) else { return nil }
    return (larger.curve, .interpolated, larger.library)
  }
}
