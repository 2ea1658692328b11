import Configuration
import SimCore

/// What a result is measured in, as its name says: `p99_ttft_ms` in milliseconds, `paged_out_bytes` in bytes.
enum MetricUnit: Sendable {
  case milliseconds, seconds, bytes, perSecond, fraction, plain

  init(ofMetric name: String) {
    self =
      if name.hasSuffix("_ms") {
        .milliseconds
      } else if name.hasSuffix("_seconds") || name == "duration" {
        .seconds
      } else if name.hasSuffix("_bytes") {
        .bytes
      } else if name.hasSuffix("_throughput") || name.hasSuffix("_goodput") {
        .perSecond
      } else if name.hasSuffix("_fraction") || name.hasSuffix("_utilization") {
        .fraction
      } else {
        .plain
      }
  }

  /// A bound in this unit, or what was wanted instead.
  func value(_ bound: CheckedValue, metric: String) -> Result<Double, QuantityError> {
    switch (self, bound.content) {
    case (.milliseconds, .duration(let value)): return .success(value.milliseconds)
    case (.seconds, .duration(let value)): return .success(value.seconds)
    case (.bytes, .bytes(let value)): return .success(Double(value))
    case (.perSecond, .rate(let value)): return .success(value)
    case (.fraction, .number(let value)), (.fraction, .fraction(let value)), (.plain, .number(let value)):
      return .success(value)
    default: break
    }
    let wanted =
      switch self {
      case .milliseconds, .seconds: "a duration such as '2 s'"
      case .bytes: "a size such as '2 GB'"
      case .perSecond: "a rate such as '2/s'"
      case .fraction: "a fraction such as '0.5' or '50 %'"
      case .plain: "a number"
      }
    return .failure(QuantityError(expected: "\(wanted), for '\(metric)'", found: bound.yaml))
  }
}
