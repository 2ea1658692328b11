import Models
import Scheduling
import StepTime
import Workload

extension SuiteReader {
  /// MLPerf Inference logs.
  static let mlperf = SuiteReader(
    accepts: { $0.has("division", "submitter", "system", "benchmark", "scenario", "tokens_per_s") },
    read: { table in table.points("MLPerf v4.1") { try MLPerfRow($0).point } })
}

/// One MLPerf result.
private struct MLPerfRow {
  let row: SuiteRow
  /// Mean output tokens of a query, from the log's own rates.
  let output: Double

  init(_ row: SuiteRow) throws {
    self.row = row
    let queries = try row.number("completed_samples_per_s") ?? row.number("scheduled_samples_per_s") ?? 0
    output = queries > 0 ? (try row.number("tokens_per_s") ?? 0) / queries : 0
  }

  private var isServer: Bool { row.text("scenario") == "Server" }

  var point: SuitePoint {
    get throws {
      let measured = try row.measurements(
        isServer
          ? [
            ("ttft_mean_ms", .ttftMean), ("ttft_p50_ms", .ttftMedian), ("ttft_p99_ms", .ttftP99),
            ("tpot_mean_ms", .tpotMean), ("tpot_p50_ms", .tpotMedian), ("tpot_p99_ms", .tpotP99),
            ("latency_mean_ms", .latencyMean), ("tokens_per_s", .outputThroughput),
          ] : [("tokens_per_s", .outputThroughput)])
      let rate = try row.number(isServer ? "target_qps" : "completed_samples_per_s") ?? 0
      let place = MLPerfSystem(row.text("system"))
      let setting = SuitePoint.Setting.of { () throws(SuiteObstacle) in
        try experiment(place, rate: rate)
      }
      return SuitePoint(
        source: "MLPerf v4.1", place: row.place, model: row.text("benchmark"), gpu: place.gpu,
        tensorParallel: degree(place), engine: "trtllm (\(row.text("submitter")))",
        workload: row.text("scenario") + (isServer ? " at \(row.text("target_qps"))/s" : "")
          + ", \(place.count) GPUs", measured: measured, set: setting)
    }
  }

  /// Submissions do not say how they split the model: as few GPUs as hold the 8-bit weights (an assumption).
  private func degree(_ place: MLPerfSystem) -> Int {
    row.text("benchmark").hasPrefix("llama2-70b") && place.gpu == "H100" ? 2 : 1
  }

  private func experiment(_ place: MLPerfSystem, rate: Double) throws(SuiteObstacle) -> SuiteExperiment {
    let benchmark = row.text("benchmark")
    if benchmark.hasPrefix("gptj") { throw SuiteObstacle("beam search is not modelled") }
    if row.text("division") != "closed" { throw SuiteObstacle("an open-division model that was changed") }
    guard isServer || row.text("scenario") == "Offline" else {
      throw SuiteObstacle("the scenario '\(row.text("scenario"))' is not modelled")
    }
    guard output > 0, rate > 0 else { throw SuiteObstacle("the log does not say how many tokens a query has") }
    let degree = degree(place)
    // Mean prompt lengths of the data sets: OpenOrca 294 tokens; the mixture set 283 (MLPerf's own token counts).
    let (prompt, queries) = benchmark.hasPrefix("mixtral") ? (283.0, 15_000) : (294.0, 24_576)
    let replicas = max(1, place.count / degree)
    let outputs = LengthDistribution(.gamma(mean: output, cv: 0.8), minimum: 1, maximum: 1024)
    let model = try SuiteModels.find(benchmark, weights: .fp8).get()
    let machine = try suiteMachine(place.gpu, gpus: degree)
    return SuiteExperiment(
      model: model, machine: machine, tensorParallel: degree, replicas: replicas,
      serving: try SuiteServing("tensorrt-llm", "0.11", on: machine, model: model)
        .with(["max_output_tokens": .integer(Int(output))]).storingCache(as: .fp8),
      load: SuiteLoad(
        arrivals: isServer ? .poisson(rate: rate / Double(replicas)) : .together,
        // A server run lasts ten minutes at least; offline, every query of the data set is there at once.
        requests: isServer ? max(200, Int(600 * rate / Double(replicas))) : max(200, queries / replicas),
        lengths: .independent(
          prompt: LengthDistribution(.gamma(mean: prompt, cv: 0.8), minimum: 1, maximum: 1024), output: outputs),
        meanOutput: Int(output)))
  }
}

/// The GPU and how many of them a submission's system name says.
private struct MLPerfSystem {
  var gpu: String
  var count: Int

  init(_ system: String) {
    let name = system.uppercased()
    let kinds = ["GH200", "H200", "H100", "L40S", "A100", "L4", "B200", "MI300X"]
    gpu = kinds.first { name.contains($0) } ?? system
    if name.contains("PCIE"), gpu != "L40S" { gpu += " PCIe" }
    if gpu == "GH200", name.contains("144GB") { gpu = "GH200-144GB" }
    // "x8", "8xH200", "SXM_80GBX8", "AARCH64X1": the last number after an X, or the one before it.
    count = 1
    let characters = Array(name)
    for (index, character) in characters.enumerated() where character == "X" {
      let after = String(characters[(index + 1)...].prefix { $0.isNumber })
      let before = String(characters[..<index].reversed().prefix { $0.isNumber }.reversed())
      if let number = Int(after), (1...64).contains(number) {
        count = number
      } else if let number = Int(before), (1...64).contains(number), after.isEmpty, index + 1 < characters.count,
        ["H", "L", "A", "B", "G"].contains(characters[index + 1])
      {
        count = number
      }
    }
  }
}
