/// What kind of figure a measurement gives; `spillway calibrate --only` picks among them.
public enum MeasurementGroup: String, CaseIterable, Sendable {
  /// Copies by copy engine and by kernel, alone.
  case links
  /// Copies that share links.
  case contention
  /// Kernels slowed down by copies.
  case interference
  /// Pages of every transfer mode beside a decode-like kernel and beside all-reduces over the same ports.
  case sharing
  /// Kernel and graph launches.
  case launch
  /// Matrix products.
  case gemm
  /// Prefill and decode attention.
  case attention
  /// Collectives over several GPUs.
  case collectives
}

/// One thing to measure. When it throws, the rest go on.
public struct Measurement {
  public let group: MeasurementGroup
  /// What progress and failures call it.
  public let name: String
  /// About how long it takes; only the estimate of the time left depends on it.
  public let expectedSeconds: Double
  public let measure: (Bench, Findings) throws -> Void

  public init(
    _ group: MeasurementGroup, _ name: String, expectedSeconds: Double,
    measure: @escaping (Bench, Findings) throws -> Void
  ) {
    self.group = group
    self.name = name
    self.expectedSeconds = expectedSeconds
    self.measure = measure
  }
}
