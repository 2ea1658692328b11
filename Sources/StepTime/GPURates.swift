/// What the step-time model has to know about a GPU: its data-sheet rates.
public struct GPURates: Hashable, Sendable {
  /// The catalogue's name, for example `a100-sxm-40gb`; its first part picks the measured profile.
  public var name: String
  /// Peak dense bfloat16 rate, floating-point operations per second.
  public var bf16: Double
  /// Peak dense 8-bit floating-point rate, operations per second; `nil` where there is none.
  public var fp8: Double?
  /// Peak device-memory bandwidth, bytes per second.
  public var memoryBandwidth: Double
  /// What GPUs of one server can send each other, bytes per second in one direction, for collectives that were not
  /// measured; `nil` when unknown.
  public var peerBandwidth: Double?

  /// - Parameters:
  ///   - bf16: peak dense rate, floating-point operations per second.
  ///   - memoryBandwidth: peak rate, bytes per second.
  public init(
    name: String, bf16: Double, fp8: Double? = nil, memoryBandwidth: Double, peerBandwidth: Double? = nil
  ) {
    self.name = name
    self.bf16 = bf16
    self.fp8 = fp8
    self.memoryBandwidth = memoryBandwidth
    self.peerBandwidth = peerBandwidth
  }

  /// Whether another GPU computes and reads as fast, within a hundredth.
  public func hasRates(of other: GPURates) -> Bool {
    abs(bf16 / other.bf16 - 1) < 0.01 && abs(memoryBandwidth / other.memoryBandwidth - 1) < 0.01
  }

  /// The peak rate for operands of `type`; 16-bit formats share one, 32-bit ones run at half of it.
  func peak(_ type: MatrixType) -> Double {
    switch type {
    case .bfloat16: bf16
    case .fp8: fp8 ?? bf16
    }
  }

  /// Seconds of a matrix product at the data sheet's rates.
  func roofline(n: Int, k: Int, m: Double, type: MatrixType) -> Double {
    let columns = Double(n)
    let inner = Double(k)
    let bytes = Double(type.bytes) * (columns * inner + m * inner) + 2 * m * columns
    return max(2 * m * columns * inner / peak(type), bytes / memoryBandwidth)
  }
}

/// The operand format of a measured matrix product.
public enum MatrixType: String, Hashable, Sendable, CaseIterable {
  case bfloat16
  case fp8

  var bytes: Int { self == .fp8 ? 1 : 2 }
}
