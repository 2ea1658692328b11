/// What a result is measured in, as its name says: `p99_ttft_ms` in milliseconds, `paged_out_bytes` in bytes.
public enum MetricUnit: Sendable, Hashable {
  case milliseconds, seconds, bytes, bytesPerSecond, perSecond, fraction, plain

  public init(ofMetric name: String) {
    self =
      if name.hasSuffix("_ms") {
        .milliseconds
      } else if name.hasSuffix("_seconds") || name == "duration" {
        .seconds
      } else if name.hasSuffix("_bytes") {
        .bytes
      } else if name.hasSuffix("_bandwidth") {
        .bytesPerSecond
      } else if name.hasSuffix("_throughput") || name.hasSuffix("_goodput") {
        .perSecond
      } else if name.hasSuffix("_fraction") || name.hasSuffix("_utilization") {
        .fraction
      } else {
        .plain
      }
  }
}
