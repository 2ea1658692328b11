import Configuration
import Fitting
import Models
import SimCore
import TextIO
import Workload

/// Reads a folder with a `kit.yaml` and tables beside it; `Documentation/Validating.md` describes the layout.
struct FolderKitReader {
  let folder: String

  func experiment() throws -> MeasuredExperiment {
    let diagnostics = Diagnostics()
    guard let document = try Document.read(path: folder + "/kit.yaml", into: diagnostics),
      let map = FolderKitSections.kit.check(document, into: diagnostics), !diagnostics.hasErrors,
      let engineMap = map.map("engine")
    else { throw KitProblems(diagnostics: diagnostics.all) }
    let engine = self.engine(engineMap)
    let model = try self.model(named: map.text("model") ?? "", at: map.position(of: "model"))
    let requests = try self.requests(file(map.text("requests")), from: map.text("latency_from") ?? "arrival")
    var notes = map.list("notes").compactMap(\.text)
    if engine.cachesPrefixes && !requests.contains(where: \.namesPrefix) {
      notes.append(MeasuredEngine.noteOnUnknownPrefixes)
    }
    let steps = try map.text("steps").map { try self.steps(file($0)) } ?? []
    var load = try map.text("load").map { try self.load(file($0)) } ?? []
    if load.isEmpty {
      load = steps.compactMap { step in
        guard let running = step.running, let waiting = step.waiting else { return nil }
        return MeasuredLoad(time: step.start, running: running, waiting: waiting)
      }
    }
    var experiment = MeasuredExperiment(
      name: map.text("name") ?? "kit", file: folder + "/kit.yaml", model: model,
      hardware: MeasuredHardware(
        gpu: map.text("gpu") ?? "", tensorParallel: map.integer("tensor_parallel") ?? 1,
        dataParallel: map.integer("data_parallel") ?? 1),
      engine: engine, requests: requests, steps: steps, load: load, isTruncated: map.boolean("truncated") ?? false,
      notes: notes)
    experiment.arrivalsAreQueued = map.text("latency_from") == "queued"
    if let name = map.text("model"), name.hasSuffix(".json") {
      experiment.modelText = String(decoding: try FileContents.bytes(path: folder + "/" + name), as: UTF8.self)
    }
    return experiment
  }

  private func file(_ name: String?) -> String { folder + "/" + (name ?? "requests.csv") }

  private func model(named name: String, at position: Position) throws -> ModelArchitecture {
    guard name.hasSuffix(".json") else { return try ModelArchitecture.ofKit(name, file: folder + "/kit.yaml") }
    let bytes = try FileContents.bytes(path: folder + "/" + name)
    let label = String(name.dropLast(".json".count))
    return try ModelArchitecture(
      configJSON: String(decoding: bytes, as: UTF8.self), name: label, file: folder + "/" + name)
  }

  private func engine(_ map: CheckedMap) -> MeasuredEngine {
    var engine = MeasuredEngine(
      maxSequences: map.integer("max_num_seqs") ?? 1, maxBatchedTokens: map.integer("max_num_batched_tokens") ?? 1)
    engine.maxModelLength = map.integer("max_model_len")
    engine.blockSize = map.integer("block_size") ?? engine.blockSize
    engine.kvBlocks = map.integer("num_gpu_blocks").map { $0 - 1 }
    engine.order = map.text("scheduling_policy").flatMap(MeasuredEngine.Order.init) ?? .fcfs
    engine.reservesFullPrompt = map.boolean("scheduler_reserve_full_isl") ?? true
    engine.chunksPrompts = map.boolean("enable_chunked_prefill") ?? true
    engine.longPrefillThreshold = map.integer("long_prefill_token_threshold") ?? 0
    let sizes = map.list("cudagraph_capture_sizes").compactMap(\.integer)
    engine.captureSizes = sizes.isEmpty ? nil : sizes.sorted()
    engine.isEager = map.boolean("enforce_eager") ?? false
    engine.cachesPrefixes = map.boolean("enable_prefix_caching") ?? false
    engine.plansAhead = map.boolean("async_scheduling") ?? false
    engine.cacheType = map.text("kv_cache_dtype").flatMap(NumberType.init)
    engine.memoryUtilization = map.number("gpu_memory_utilization") ?? 0.9
    return engine
  }

  private func requests(_ path: String, from moment: String) throws -> [MeasuredRequest] {
    let start = moment == "queued" ? "queued_s" : "arrival_s"
    let table = try CheckedTable(path, required: [start, "prompt_tokens", "output_tokens"])
    let requests = try table.map { row in
      var request = MeasuredRequest(
        id: row.text("id") ?? "line \(row.line)", arrival: try row.seconds(start),
        promptTokens: try row.integer("prompt_tokens", 1...Int(Int32.max)),
        outputTokens: try row.integer("output_tokens", 1...Int(Int32.max)))
      request.requestClass = row.text("class") == RequestClass.offline.rawValue ? .offline : .online
      request.priority = try row.optionalInteger("priority", -1_000_000...1_000_000) ?? 0
      request.scheduled = try row.optionalSeconds("scheduled_s")
      request.firstToken = try row.optionalSeconds("first_token_s")
      request.lastToken = try row.optionalSeconds("last_token_s")
      request.preemptions = try row.optionalInteger("preemptions", 0...Int(Int32.max))
      request.prefixBlocks = try (row.text("prefix_blocks") ?? "").split(separator: " ").map { word in
        guard let number = Int(word), number >= 0 else {
          throw row.error(
            "prefix_blocks", "wants whole numbers from 0 apart by spaces, found '\(Printable.excerpt(word))'")
        }
        return number
      }
      return request
    }
    if requests.isEmpty { throw KitError(file: path, "holds no requests") }
    return requests.inOrderOfArrival
  }

  private func steps(_ path: String) throws -> [MeasuredStep] {
    let table = try CheckedTable(path, required: ["start_s", "dur_s", "prefill", "decode_seqs", "decode_ctx"])
    let whole = 0...Int(Int32.max)
    return try table.map { row in
      let chunks = try (row.text("prefill") ?? "").split(separator: ";").map { pair in
        let numbers = pair.split(separator: ":").compactMap { Int($0) }
        guard numbers.count == 2, (1...LoggedStep.mostPromptTokens).contains(numbers[0]),
          (0...LoggedStep.mostContext).contains(numbers[1])
        else {
          throw row.error("prefill", "wants pairs NEW:CACHED separated by ';', found '\(Printable.excerpt(pair))'")
        }
        return MeasuredStep.Chunk(tokens: numbers[0], cached: numbers[1])
      }
      if chunks.areTooMany {
        throw row.error("prefill", "wants at most \(LoggedStep.mostPromptTokens) new tokens in all")
      }
      let duration = try row.seconds("dur_s")
      if !MeasuredStep.durations.contains(duration) {
        throw row.error("dur_s", "wants a time from a microsecond to below an hour, found \(duration) s")
      }
      var step = MeasuredStep(
        start: try row.seconds("start_s"), duration: duration, chunks: chunks,
        decodes: try row.integer("decode_seqs", 0...LoggedStep.mostDecodes),
        decodeContext: try row.integer("decode_ctx", whole))
      if let before = try row.optionalSeconds("sched_s"), let after = try row.optionalSeconds("update_s") {
        for (name, time) in [("sched_s", before), ("update_s", after)] where time >= MeasuredStep.longest {
          throw row.error(name, "wants a time below an hour, found \(time) s")
        }
        step.hostTime = before + after
      }
      step.running = try row.optionalInteger("running", whole)
      step.waiting = try row.optionalInteger("waiting", whole)
      step.kvBlocks = try row.optionalInteger("kv_used", whole)
      step.preempted = try row.optionalInteger("preempted", whole)
      return step
    }
  }

  private func load(_ path: String) throws -> [MeasuredLoad] {
    try CheckedTable(path, required: ["time_s", "running", "waiting"]).map { row in
      MeasuredLoad(
        time: try row.seconds("time_s"), running: try row.integer("running", 0...Int(Int32.max)),
        waiting: try row.integer("waiting", 0...Int(Int32.max)))
    }
  }
}
