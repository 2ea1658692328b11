import TextIO

/// What a running vLLM server did between two scrapes of its metrics.
///
/// Names are those of `vllm/v1/metrics/loggers.py`. Between versions changed: `inter_token_latency_seconds`,
/// before 0.11 `time_per_output_token_seconds`, both one value per gap; `kv_cache_usage_perc`, before
/// 0.9.2 `gpu_cache_usage_perc`.
public struct ServerLoad: Sendable {
  /// A histogram's growth.
  public struct Histogram: Sendable {
    public var count: Double
    /// In the metric's unit, seconds or tokens.
    public var sum: Double
    /// Upper bounds with cumulative counts; the last bound is infinite.
    public var buckets: [(bound: Double, count: Double)]

    public var mean: Double { sum / count }

    /// Between which bounds a quantile lies; the upper one may be infinite.
    public func quantile(_ share: Double) -> ClosedRange<Double>? {
      guard let last = buckets.last, last.count > 0 else { return nil }
      var lower = 0.0
      for bucket in buckets {
        if bucket.count >= share * last.count { return lower...max(lower, bucket.bound) }
        lower = bucket.bound
      }
      return nil
    }

    /// Standard deviation over mean, from the middles of the buckets; nil without a finite one.
    public var variation: Double? {
      var squares = 0.0
      var middles = 0.0
      var seen = 0.0
      var lower = 0.0
      for bucket in buckets where bucket.bound.isFinite {
        let middle = (lower + bucket.bound) / 2
        let number = bucket.count - seen
        middles += number * middle
        squares += number * middle * middle
        seen = bucket.count
        lower = bucket.bound
      }
      guard seen > 1, middles > 0 else { return nil }
      let mean = middles / seen
      return max(0, squares / seen - mean * mean).squareRoot() / mean
    }
  }

  /// Seconds between the scrapes.
  public var seconds: Double
  public var model: String?
  /// Requests whose prompt was taken up, by the count of first tokens.
  public var requests: Double
  public var promptTokens: Double
  public var outputTokens: Double
  public var promptLengths: Histogram?
  public var outputLengths: Histogram?
  /// By name: `ttft`, `itl`, `e2el`, `queue`; seconds.
  public var latencies: [String: Histogram]
  public var preemptions: Double?
  /// Of the prompt tokens looked for, those found in the prefix cache.
  public var prefixHitRate: Double?
  /// At both scrapes; nil where the server does not say.
  public var running: [Double]
  public var waiting: [Double]
  public var cacheUsage: [Double]
  /// What the scrapes do not have, one sentence each.
  public var missing: [String] = []

  static let latencyNames: [(key: String, names: [String])] = [
    ("ttft", ["vllm:time_to_first_token_seconds"]),
    ("itl", ["vllm:inter_token_latency_seconds", "vllm:time_per_output_token_seconds"]),
    ("e2el", ["vllm:e2e_request_latency_seconds"]),
    ("queue", ["vllm:request_queue_time_seconds"]),
  ]

  /// Beyond this a counter is damaged, not grown: sums of it would lose single requests.
  private static let mostGrowth = 1e15
  /// The highest rate that can be simulated.
  private static let mostPerSecond = 1e6

  /// - Parameters:
  ///   - before: a saved scrape.
  ///   - after: a later one of the same server.
  ///   - seconds: between them; nil where the samples have times.
  ///   - model: the `model_name` looked at; nil for the only one.
  /// - Throws: `KitError` for files that are no scrapes of vLLM, a server that was started anew between them, and an
  ///   unknown time between.
  public init(before: String, after: String, seconds: Double?, model: String?) throws {
    let first = try PrometheusText(path: before)
    let last = try PrometheusText(path: after)
    let models = last.models
    if models.isEmpty { throw KitError(file: after, "has no metrics of vLLM ('vllm:...')") }
    if let model, !models.contains(model) {
      throw KitError(file: after, "has no model '\(model)'; there are \(models.joined(separator: ", "))")
    }
    if model == nil, models.count > 1 {
      throw KitError(
        file: after, "has several models (\(models.joined(separator: ", "))): '--model-name' says which is meant")
    }
    guard let between = seconds ?? Self.difference(first.time, last.time) else {
      throw KitError(file: after, "the samples have no times: '--interval' says how long lay between the scrapes")
    }
    guard between > 0 else { throw KitError(file: after, "is not later than '\(before)'") }
    self.seconds = between
    self.model = model
    func growth(_ names: [String]) throws -> Double? {
      guard let end = last.sum(names, model: model) else { return nil }
      let grown = end - (first.sum(names, model: model) ?? 0)
      guard grown >= 0 else {
        throw KitError(
          file: after, "'\(names[0])' is less than before: the server was started anew between the scrapes")
      }
      guard grown <= Self.mostGrowth else {
        throw KitError(file: after, "'\(names[0])' has grown by \(grown), more than any server serves")
      }
      return grown
    }
    func histogram(_ names: [String]) throws -> Histogram? {
      for name in names {
        guard let count = try growth([name + "_count"]), let sum = try growth([name + "_sum"]), count > 0 else {
          continue
        }
        let earlier = Dictionary(
          first.buckets(name, model: model).map { ($0.bound, $0.count) }, uniquingKeysWith: { a, _ in a })
        let buckets = last.buckets(name, model: model).map { ($0.bound, $0.count - (earlier[$0.bound] ?? 0)) }
        return Histogram(count: count, sum: sum, buckets: buckets)
      }
      return nil
    }
    latencies = [:]
    var lacks: [String] = []
    for (key, names) in Self.latencyNames {
      latencies[key] = try histogram(names)
      if latencies[key] == nil { lacks.append(names[0]) }
    }
    promptLengths = try histogram(["vllm:request_prompt_tokens"])
    outputLengths = try histogram(["vllm:request_generation_tokens"])
    guard let prompts = try growth(["vllm:prompt_tokens_total"]),
      let outputs = try growth(["vllm:generation_tokens_total"])
    else {
      throw KitError(
        file: after, "lacks 'vllm:prompt_tokens_total' or 'vllm:generation_tokens_total': no load is known")
    }
    promptTokens = prompts
    outputTokens = outputs
    requests = latencies["ttft"]?.count ?? promptLengths?.count ?? 0
    preemptions = try growth(["vllm:num_preemptions_total"])
    if let queries = try growth(["vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total"]),
      queries > 0,
      let hits = try growth(["vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total"])
    {
      prefixHitRate = hits / queries
    }
    func gauge(_ names: [String]) -> [Double] { [first, last].compactMap { $0.sum(names, model: model) } }
    running = gauge(["vllm:num_requests_running"])
    waiting = gauge(["vllm:num_requests_waiting"])
    cacheUsage = gauge(["vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"])
    if requests < 1 { throw KitError(file: after, "no request came between the scrapes") }
    guard requests <= Self.mostPerSecond * between else {
      throw KitError(
        file: after, "\(requests) requests came in \(between) s, more than \(Int(Self.mostPerSecond)) a second")
    }
    missing = lacks.map { "'\($0)' has no new values: what it would tell cannot be compared" }
  }

  private static func difference(_ a: Double?, _ b: Double?) -> Double? {
    guard let a, let b, b > a else { return nil }
    return b - a
  }

  /// Requests in the server on average, by Little's law from the latencies of those that were done; nil without them.
  public var meanConcurrency: Double? { latencies["e2el"].map { $0.sum / seconds } }
}
