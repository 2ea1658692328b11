extension StepTimeProfile {
  /// Seconds of the product of m x k by k x n numbers on the measured GPU, alone, and how well they are known; `nil`
  /// when the profile has no products of the type.
  public func matrixSeconds(n: Int, k: Int, m: Int, type: MatrixType) -> (seconds: Double, basis: Basis)? {
    guard let table = matrices[type] else { return nil }
    let (curve, basis) = table.curve(n: n, k: k)
    return (curve.proportional(at: Double(m)), basis)
  }

  /// Seconds of one layer's decode attention for `sequences` sequences of `context` tokens each.
  public func decodeSeconds(
    heads: Int, keyValueHeads: Int, sequences: Int, context: Int
  ) -> (seconds: Double, basis: Basis) {
    let surface = decode.surface(heads: heads, keyValueHeads: keyValueHeads, spreadsPairs: false)
    return (
      surface.seconds(sequences: Double(sequences), contextTokens: Double(sequences) * Double(context)), surface.basis
    )
  }

  /// Seconds of one layer's attention of a whole prompt of `length` tokens.
  public func prefillSeconds(heads: Int, keyValueHeads: Int, length: Int) -> (seconds: Double, basis: Basis) {
    let curve = prefill.curve(heads: heads, keyValueHeads: keyValueHeads)
    return (curve.floor + curve.seconds(length: Double(length)), curve.basis)
  }

  /// Seconds of one all-reduce inside a captured graph; `nil` beyond the measured numbers of GPUs.
  public func allReduceSeconds(gpus: Int, bytes: Double) -> (seconds: Double, basis: Basis)? {
    guard let (curve, basis, _) = collectives.curve(gpus: gpus) else { return nil }
    return (curve.proportional(at: bytes), basis)
  }
}
