import ArgumentParser
import Cluster
import Configuration
import Experiments
import Metrics
import Scenario
import SimCore
import Statistics
import Validation

/// `spillway drift`: a running server's own metrics beside the model's at the same load.
struct DriftCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift", abstract: "Compare a running vLLM server, by two scrapes of its metrics, with the model.",
    discussion: """
      A scrape is what the server's /metrics answers, saved to a file. The load between the two (requests, lengths, \
      rate) is simulated on the engine that the command starts; what fits, what has drifted, and what cannot be told \
      from such scrapes is said.
      """)

  @Argument(help: ArgumentHelp("The earlier scrape.", valueName: "before"))
  var before: String

  @Argument(help: ArgumentHelp("The later scrape.", valueName: "after"))
  var after: String

  @Option(help: ArgumentHelp("The command that started the server.", valueName: "command"))
  var engineArgs: String

  @OptionGroup var deployment: ImportOptions

  @Option(help: ArgumentHelp("Time between the scrapes, where their samples have none.", valueName: "duration"))
  var interval: String?

  @Option(help: ArgumentHelp("The model_name of the metrics, where there are several.", valueName: "name"))
  var modelName: String?

  @Option(help: ArgumentHelp("What figures may differ by beside chance, in percent.", valueName: "percent"))
  var tolerance = 10.0

  @Option(help: ArgumentHelp("Simulations of the load, each with other requests.", valueName: "n"))
  var replications = 5

  @Option(help: "How findings are printed.")
  var format: ExplanationFormat = .table

  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if !(2...1000).contains(replications) {
      throw ValidationError("'--replications' wants a number from 2 to 1000, found \(replications)")
    }
    if !(0...1000).contains(tolerance) { throw ValidationError("'--tolerance' wants percent from 0 to 1000") }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let seconds = try interval.map { text -> Double in
      guard let time = try? Quantity.duration(text), time > .zero else {
        throw Failure(.usage, "'--interval' wants a time such as '5 min', found '\(text)'")
      }
      return time.seconds
    }
    let load = try ServerLoad(before: before, after: after, seconds: seconds, model: modelName)
    let plain = try deployment.imported(engineArgs, folder: "", trace: nil, name: "server", context)
    let longest = plain.resolved.deployments[0].engine.maxModelLength
    let imported = try deployment.imported(
      engineArgs, folder: "", trace: nil, name: "server", workload: DriftWorkload.lines(load, longest: longest), context
    )
    let results = try Planner.runs(
      of: imported.resolved, replications: 0..<replications, spillwayVersion: SpillwayCommand.version
    ).map { run in
      let stop = context.stop()
      return try Simulation.run(
        run.plan, provenance: run.provenance, policy: run.label, isCancelled: { stop.isRequested })
    }
    let findings = DriftWorkload.findings(load, results, tolerance: tolerance / 100)
    let report = DriftReport(load: load, findings: findings, notes: DriftWorkload.notes(load, results))
    switch format {
    case .table: try context.console.output(report.text(width: context.console.width))
    case .json: try context.console.output(report.json.document)
    }
    return .done
  }
}

/// A server's load as a workload, and its figures beside those of the simulations.
enum DriftWorkload {
  /// Requests simulated in a replication at most.
  private static let mostRequests = 3000.0

  /// The keys of the stream, line by line. Arrivals are taken to be Poisson: scrapes do not say.
  static func lines(_ load: ServerLoad, longest: Int) -> [String] {
    let rate = load.requests / load.seconds
    let time = min(load.seconds, mostRequests / rate)
    let outputs = lengths(load.outputLengths, mean: load.outputTokens / load.requests, upTo: longest / 2)
    let prompts = lengths(load.promptLengths, mean: load.promptTokens / load.requests, upTo: longest - longest / 2 - 1)
    return [
      "rate: \(rate)/s", "duration: \(max(time, 1)) s", "prompt_tokens: \(prompts)", "output_tokens: \(outputs)",
    ]
  }

  private static func lengths(_ histogram: ServerLoad.Histogram?, mean: Double, upTo longest: Int) -> String {
    let mean = min(max(1, histogram?.mean ?? mean), Double(longest))
    guard let variation = histogram?.variation, variation > 0.02, mean < Double(longest) / 2 else {
      return "\(Int(mean.rounded()))"
    }
    let most = histogram?.buckets.last { $0.bound.isFinite }.map { Int($0.bound) } ?? longest
    return
      "{distribution: lognormal, mean: \(mean), cv: \(min(variation, 3)), minimum: 1, "
      + "maximum: \(max(Int(mean) + 1, min(most, longest)))}"
  }

  static func findings(_ load: ServerLoad, _ results: [RunResult], tolerance: Double) -> [DriftFinding] {
    var findings: [DriftFinding] = []
    func add(
      _ metric: String, _ statistic: String, _ unit: String, _ measured: ClosedRange<Double>, count: Double,
      _ value: (RunResult) -> Double?
    ) {
      let values = results.compactMap(value)
      guard values.count == results.count, !values.isEmpty else { return }
      findings.append(
        DriftFinding(
          metric: metric, statistic: statistic, unit: unit, measured: measured, predicted: Sample.mean(values),
          halfWidth: Interval.ofReplications(values)?.halfWidth ?? 0, tolerance: tolerance, count: count))
    }
    let histograms: [(String, String, KeyPath<GroupCollector, LatencyHistogram>)] = [
      ("TTFT", "ttft", \.ttft), ("ITL", "itl", \.itl), ("end to end", "e2el", \.e2el), ("queue", "queue", \.queue),
    ]
    for (name, key, path) in histograms {
      guard let measured = load.latencies[key] else { continue }
      func one(_ result: RunResult) -> LatencyHistogram? {
        result.groups.map { $0[keyPath: path] }.max { $0.count < $1.count }
      }
      let mean = measured.mean * 1e3
      add(name, "mean", "ms", mean...mean, count: measured.count) { one($0)?.mean.map { $0 / 1e9 } }
      for (statistic, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
        guard let bounds = measured.quantile(share) else { continue }
        add(
          name, statistic, "ms", bounds.lowerBound * 1e3...bounds.upperBound * 1e3,
          count: measured.count * min(share, 1 - share) * 2
        ) { one($0)?.percentile(share * 100).map { $0 / 1e9 } }
      }
    }
    if let concurrency = load.meanConcurrency {
      add("requests in the server", "mean", "", concurrency...concurrency, count: load.requests) { result in
        let group = result.groups.max { $0.completed < $1.completed }
        return group?.e2el.mean.map { $0 / 1e12 * load.requests / load.seconds }
      }
    }
    if let preemptions = load.preemptions {
      let share = preemptions / load.requests
      add("preemptions a request", "mean", "", share...share, count: load.requests) { result in
        let injected = Double(max(1, result.injected))
        return Double(result.engines.reduce(0) { $0 + $1.preemptionsByRecompute + $1.preemptionsBySwap }) / injected
      }
    }
    return findings
  }

  /// What cannot be told, and what was assumed.
  static func notes(_ load: ServerLoad, _ results: [RunResult]) -> [String] {
    var notes = load.missing
    notes.append("arrivals are taken to be Poisson at the mean rate: scrapes say how many came, not when")
    notes.append(
      "lengths are drawn with the mean and spread of the server's histograms (log-normal); prompts and answers "
        + "independently")
    notes.append(
      "percentiles are known to a bucket of the server's histograms: one that is wider than a factor of two and holds "
        + "the prediction proves nothing")
    if let rate = load.prefixHitRate, rate > 0.01 {
      notes.append(
        "\((rate * 1000).rounded() / 10) % of prompt tokens were found in the prefix cache; which prompts begin alike "
          + "scrapes do not say, so every prompt is simulated as new: times to first token come out too long")
    }
    if !load.waiting.isEmpty || !load.running.isEmpty || !load.cacheUsage.isEmpty {
      notes.append(
        "running, waiting and KV cache usage are of the two moments alone: they are shown, and not compared")
    }
    if results.contains(where: { result in result.deployments.contains { $0.frontEnd == .zero } }) {
      notes.append(
        "vLLM's own times begin in its API server: tokenising and the hop to the engine are in them and not in the "
          + "prediction")
    }
    return notes
  }
}
