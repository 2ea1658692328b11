import Foundation
import Models
import SimCore
import TextIO
import Workload

/// Reads a folder of LLMServingSim's bench: `engine_config.json`, `workload.jsonl`, and where measured
/// `vllm_requests.csv` and `vllm_timeseries.csv`, each plain or gzip.
struct ServingSimKitReader {
  let folder: String

  func experiment() throws -> MeasuredExperiment {
    let config = try KitJSON.read(folder + "/engine_config.json")
    let arguments = config["engine_kwargs"]
    var notes: [String] = []
    let model = try self.model(config, &notes)
    let hardware = try self.hardware(config)
    let engine = try self.engine(config)
    guard let workload = try found("workload.jsonl") else {
      throw KitError(file: folder, "lacks workload.jsonl or workload.jsonl.gz")
    }
    var requests = try self.workload(workload)
    if let truth = try found("vllm_requests.csv") {
      requests = try measured(requests, truth)
    } else {
      notes.append("the kit holds no vllm_requests.csv: its requests are simulated, with nothing to compare")
    }
    if engine.blockSize != 16 && requests.contains(where: { !$0.prefixBlocks.isEmpty }) {
      for index in requests.indices { requests[index].prefixBlocks = [] }
      notes.append(
        "prefixes are known in blocks of 16 tokens, the engine's hold \(engine.blockSize): every prompt is new")
    }
    var load: [MeasuredLoad] = []
    if let series = try found("vllm_timeseries.csv") {
      load = try CheckedTable(series, required: ["t", "running", "waiting"]).map { row in
        MeasuredLoad(
          time: try row.seconds("t"), running: try row.integer("running", 0...Int(Int32.max)),
          waiting: try row.integer("waiting", 0...Int(Int32.max)))
      }
    }
    if hardware.dataParallel > 1 {
      notes.append(
        "\(hardware.dataParallel) data-parallel engines are simulated as replicas, each new request going to the one "
          + "with the fewest unfinished ones")
    }
    let name = PathText.lastPart(folder)
    var experiment = MeasuredExperiment(
      name: try arguments["name"].optionalText() ?? name, file: folder, model: model, hardware: hardware,
      engine: engine, requests: requests, load: load, notes: notes, profileFolder: folder)
    experiment.arrivalsAreQueued = true
    if let own = try found("config.json") {
      experiment.modelText = String(decoding: try FileContents.bytes(path: own), as: UTF8.self)
    }
    return experiment
  }

  private func found(_ name: String) throws(UnreadableFile) -> String? {
    try ReadableFile.first(of: folder + "/" + name)
  }

  private func model(_ config: KitJSON, _ notes: inout [String]) throws -> ModelArchitecture {
    if let own = try found("config.json") {
      let text = String(decoding: try FileContents.bytes(path: own), as: UTF8.self)
      return try ModelArchitecture(configJSON: text, name: try config["model"].text(), file: own)
    }
    return try ModelArchitecture.ofKit(try config["model"].text(), file: config.file)
  }

  private func hardware(_ config: KitJSON) throws -> MeasuredHardware {
    let arguments = config["engine_kwargs"]
    var gpu = try config["hardware"]["device_name"].optionalText()
    if gpu == nil, let meta = try found("profile_meta.yaml") {
      let text = String(decoding: try FileContents.bytes(path: meta), as: UTF8.self)
      let line = text.split(separator: "\n").first { $0.hasPrefix("gpu:") }
      gpu = line.map { $0.dropFirst("gpu:".count).trimmingCharacters(in: .whitespaces) }
    }
    return MeasuredHardware(
      gpu: gpu ?? "unknown GPU",
      memory: try config["hardware"]["device_total_memory_bytes"].optionalBytes(),
      tensorParallel: try arguments["tensor_parallel_size"].optionalInteger(1...1024) ?? 1,
      dataParallel: try arguments["data_parallel_size"].optionalInteger(1...1024) ?? 1,
      isExpertParallel: try arguments["enable_expert_parallel"].optionalFlag() ?? false)
  }

  private func engine(_ config: KitJSON) throws -> MeasuredEngine {
    let arguments = config["engine_kwargs"]
    let cache = config["kv_cache"]
    var engine = MeasuredEngine(
      maxSequences: try arguments["max_num_seqs"].integer(1...65_536),
      maxBatchedTokens: try arguments["max_num_batched_tokens"].integer(1...1_048_576))
    engine.maxModelLength = try arguments["max_model_len"].optionalInteger(1...Int(Int32.max))
    engine.blockSize = try cache["block_size"].optionalInteger(1...65_536) ?? 16
    engine.kvBlocks = try cache["num_gpu_blocks"].optionalInteger(1...Int(Int32.max)).map { $0 - 1 }
    engine.memoryUtilization = try cache["gpu_memory_utilization"].optionalShare() ?? 0.9
    // vLLM's default, and what the bench leaves it at.
    engine.cachesPrefixes = try cache["enable_prefix_caching"].optionalFlag() ?? true
    // Defaults that vLLM changed: "Async scheduling is now enabled by default" (release notes of 0.14); a request is
    // admitted only when its whole prompt fits (0.20), not when its first chunk does.
    engine.plansAhead = try arguments["async_scheduling"].optionalFlag() ?? isAtLeast(14, config)
    engine.reservesFullPrompt =
      try arguments["scheduler_reserve_full_isl"].optionalFlag() ?? isAtLeast(20, config)
    engine.isEager = try arguments["enforce_eager"].optionalFlag() ?? false
    if let type = try arguments["kv_cache_dtype"].optionalText() {
      engine.cacheType = try NumberType.ofCache(type, arguments["kv_cache_dtype"])
    }
    return engine
  }

  /// Whether the kit's vLLM is of version 0.`minor` or later; not when the kit does not say.
  private func isAtLeast(_ minor: Int, _ config: KitJSON) throws -> Bool {
    let version = try config["vllm_version"].optionalText() ?? ""
    let numbers = version.split(separator: ".").prefix(2).compactMap { Int($0) }
    return numbers.count == 2 && (numbers[0] > 0 || numbers[1] >= minor)
  }

  private func workload(_ path: String) throws -> [MeasuredRequest] {
    let bytes = try FileContents.bytes(path: path)
    var requests: [MeasuredRequest] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
    where !line.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) {
      let row = try KitJSON.parse(Array(line), file: path, line: index + 1)
      var request = MeasuredRequest(
        id: try row["request_id"].optionalText() ?? "line \(index + 1)", arrival: try row["arrival_s"].seconds(),
        promptTokens: try row["prompt_tokens"].integer(1...Int(Int32.max)),
        outputTokens: try row["output_tokens"].integer(1...Int(Int32.max)))
      if !row["prefix_block_ids_16tok"].isMissing {
        request.prefixBlocks = try row["prefix_block_ids_16tok"].list().map { try $0.integer() }
      }
      requests.append(request)
    }
    if requests.isEmpty { throw KitError(file: path, "holds no requests") }
    return requests.inOrderOfArrival
  }

  /// The requests with what was measured of them: they arrive when they were queued, on the engine's clock.
  private func measured(_ workload: [MeasuredRequest], _ path: String) throws -> [MeasuredRequest] {
    var byID: [String: MeasuredRequest] = [:]
    for request in workload { byID[request.id] = request }
    let table = try CheckedTable(
      path, required: ["request_id", "prompt_tokens", "output_tokens", "queued_s", "first_token_s", "last_token_s"])
    let requests = try table.map { row in
      let id = row.text("request_id") ?? ""
      var request = MeasuredRequest(
        id: id, arrival: try row.seconds("queued_s"),
        promptTokens: try row.integer("prompt_tokens", 1...Int(Int32.max)),
        outputTokens: try row.integer("output_tokens", 1...Int(Int32.max)))
      guard let planned = byID[id] else {
        throw row.error("request_id", "names a request that the workload does not have: '\(Printable.excerpt(id))'")
      }
      request.prefixBlocks = planned.prefixBlocks
      request.scheduled = try row.optionalSeconds("scheduled_s")
      request.firstToken = try row.optionalSeconds("first_token_s")
      request.lastToken = try row.optionalSeconds("last_token_s")
      return request
    }
    if requests.isEmpty { throw KitError(file: path, "holds no requests") }
    return requests.inOrderOfArrival
  }
}
