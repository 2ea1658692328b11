import Configuration
import Metrics
import SimCore

extension MetricUnit {
  /// A bound in this unit, or what was wanted instead.
  func value(_ bound: CheckedValue, metric: String) -> Result<Double, QuantityError> {
    switch (self, bound.content) {
    case (.milliseconds, .duration(let value)): return .success(value.milliseconds)
    case (.seconds, .duration(let value)): return .success(value.seconds)
    case (.bytes, .bytes(let value)): return .success(Double(value))
    case (.bytesPerSecond, .bandwidth(let value)): return .success(value)
    case (.perSecond, .rate(let value)): return .success(value)
    case (.fraction, .number(let value)), (.fraction, .fraction(let value)), (.plain, .number(let value)):
      return .success(value)
    default: break
    }
    let wanted =
      switch self {
      case .milliseconds, .seconds: "a duration such as '2 s'"
      case .bytes: "a size such as '2 GB'"
      case .bytesPerSecond: "a bandwidth such as '2 GB/s'"
      case .perSecond: "a rate such as '2/s'"
      case .fraction: "a fraction such as '0.5' or '50 %'"
      case .plain: "a number"
      }
    return .failure(QuantityError(expected: "\(wanted), for '\(metric)'", found: bound.yaml))
  }
}
