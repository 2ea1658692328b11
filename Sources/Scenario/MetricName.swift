import Kernel
import Reading
import Units

/// The results that an expectation can name: the keys of a result's JSON.
public enum MetricName {
  /// All names, latencies first.
  public static let all: [String] = latencies + counts + rates + fractions + bytes + seconds

  private static let latencies: [String] = ["ttft", "tpot", "itl", "e2el", "queue"].flatMap { latency in
    ["mean", "median", "std", "p90", "p95", "p99", "max"].map { "\($0)_\(latency)_ms" }
  }
  private static let counts = [
    "completed", "total_input_tokens", "total_output_tokens", "preemptions", "recomputed_tokens", "rejected",
    "unfinished",
  ]
  private static let rates = [
    "request_throughput", "output_throughput", "total_token_throughput", "request_goodput",
  ]
  private static let fractions = ["gpu_busy_fraction", "kv_utilization"]
  private static let bytes = ["paged_out_bytes", "paged_in_bytes"]
  private static let seconds = ["duration", "simulated_seconds"]

  /// A bound in the metric's own unit (milliseconds, seconds, bytes, per second, plain), or what was wanted instead.
  static func value(_ bound: CheckedValue, of metric: String) -> Result<Double, QuantityError> {
    let wanted: String
    switch bound.content {
    case .duration(let value) where latencies.contains(metric): return .success(value.milliseconds)
    case .duration(let value) where seconds.contains(metric): return .success(value.seconds)
    case .bytes(let value) where bytes.contains(metric): return .success(Double(value))
    case .rate(let value) where rates.contains(metric): return .success(value)
    case .number(let value) where counts.contains(metric): return .success(value)
    case .number(let value) where fractions.contains(metric): return .success(value)
    case .fraction(let value) where fractions.contains(metric): return .success(value)
    default: break
    }
    if latencies.contains(metric) || seconds.contains(metric) {
      wanted = "a duration such as '2 s', for '\(metric)'"
    } else if bytes.contains(metric) {
      wanted = "a size such as '2 GB', for '\(metric)'"
    } else if rates.contains(metric) {
      wanted = "a rate such as '2/s', for '\(metric)'"
    } else {
      wanted = "a number, for '\(metric)'"
    }
    return .failure(QuantityError(expected: wanted, found: bound.yaml))
  }
}
