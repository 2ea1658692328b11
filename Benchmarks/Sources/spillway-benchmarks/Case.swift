/// One point to be measured on `Scenarios/scale.yaml`.
struct Case {
  var policy: String
  /// Requests per second of simulated time.
  var rate: Int
  var requests: Int
  var outputTokens = 256

  func arguments(spillway: String, scenario: String) -> [String] {
    [
      spillway, "run", scenario, "--no-store", "--quiet", "--format", "json", "--jobs", "1", "--policy", policy,
      "--set", "workload.rate=\(rate)/s", "--set", "workload.requests=\(requests)",
      "--set", "workload.output_tokens=\(outputTokens)",
    ]
  }
}

/// What was measured at a point.
struct Reading {
  var point: Case
  var cpuSeconds: Double
  var peakBytes: Int
  var completed: Int
  var producedTokens: Int

  var requestsPerSecond: Double { Double(completed) / cpuSeconds }
  var microsecondsPerRequest: Double { cpuSeconds * 1e6 / Double(completed) }
  var microsecondsPerToken: Double { cpuSeconds * 1e6 / Double(producedTokens) }
}

extension Case {
  /// Measures the point: the least CPU time of up to three runs, fewer when they are long.
  ///
  /// - Throws: `MeasurementError`, also when a run did not complete every request.
  func reading(spillway: String, scenario: String) throws(MeasurementError) -> Reading {
    var best: Usage?
    var spent = 0.0
    for _ in 0..<3 where spent < 3 {
      let usage = try measure(arguments(spillway: spillway, scenario: scenario))
      spent += usage.cpuSeconds
      if usage.cpuSeconds < best?.cpuSeconds ?? .infinity { best = usage }
    }
    guard let best else { throw MeasurementError(description: "nothing was measured") }
    let completed = Self.number("completed", in: best.output) ?? -1
    let tokens = Self.number("total_output_tokens", in: best.output) ?? -1
    guard completed == requests, tokens == requests * outputTokens else {
      throw MeasurementError(
        description: "\(policy) at \(rate)/s completed \(completed) of \(requests) requests, with \(tokens) tokens")
    }
    return Reading(
      point: self, cpuSeconds: best.cpuSeconds, peakBytes: best.peakBytes, completed: completed,
      producedTokens: tokens)
  }

  /// The first number of that name in a JSON text.
  private static func number(_ name: String, in json: String) -> Int? {
    guard let range = json.firstRange(of: "\"\(name)\":") else { return nil }
    return Int(json[range.upperBound...].drop { $0 == " " }.prefix { $0.isNumber })
  }
}
