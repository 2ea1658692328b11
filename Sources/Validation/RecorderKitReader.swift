import Fitting
import Models
import SimCore
import TextIO
import Workload

/// Reads what `Scripts/record-vllm.py` writes: `config`, and `experiments` by name.
struct RecorderKitReader {
  private let document: KitJSON
  private let config: KitJSON

  /// - Parameter document: the whole file.
  init(_ document: KitJSON) {
    self.document = document
    config = document["config"]
  }

  /// Whether a document has this layout, as far as its top shows.
  static func recognises(_ document: KitJSON) -> Bool {
    !document["config"].isMissing && !document["experiments"].isMissing
  }

  /// The experiments, in the order of their names.
  func experiments() throws -> [MeasuredExperiment] {
    let model = try self.model()
    let hardware = try self.hardware()
    let engine = try self.engine()
    let notes = try self.notes(engine)
    let all = document["experiments"]
    let names = try all.keys()
    if names.isEmpty { throw all.error("holds no experiment") }
    return try names.map { name in
      let part = all[name]
      if name.isEmpty { throw part.error("an experiment needs a name") }
      var settings = engine
      if let block = try part["block_size"].optionalInteger(1...65_536) { settings.blockSize = block }
      // One block is the engine's null block and holds nothing.
      settings.kvBlocks =
        try part["usable_blocks"].optionalInteger()
        ?? part["num_gpu_blocks"].optionalInteger().map { max(0, $0 - 1) } ?? settings.kvBlocks
      if let caches = try part["prefix_caching"].optionalFlag() { settings.cachesPrefixes = caches }
      if let policy = try part["policy"].optionalText() { settings.order = try order(policy, part["policy"]) }
      var requests: [MeasuredRequest] = []
      let isGrid = !part["segments"].isMissing
      if !part["requests"].isMissing { requests = try self.requests(part, settings.order) }
      let steps = part["steps"].isMissing ? [] : try self.steps(part)
      if requests.isEmpty && steps.isEmpty { throw part.error("holds neither 'requests' nor 'steps'") }
      if !isGrid && requests.isEmpty { throw part.error("holds no requests to simulate") }
      let isTruncated = try part["truncated"].optionalFlag() ?? false
      var experiment = MeasuredExperiment(
        name: name, file: document.file, kind: isGrid ? .stepGrid : .serving, model: model, hardware: hardware,
        engine: settings, requests: requests, steps: steps,
        load: steps.compactMap { step in
          guard let running = step.running, let waiting = step.waiting else { return nil }
          return MeasuredLoad(time: step.start, running: running, waiting: waiting)
        }, isTruncated: isTruncated, notes: notes)
      if settings.cachesPrefixes && !requests.contains(where: \.namesPrefix) {
        experiment.notes.append(MeasuredEngine.noteOnUnknownPrefixes)
      }
      if config["model"].value?.members != nil { experiment.modelText = config["model"].value?.text }
      return experiment
    }
  }

  private func model() throws -> ModelArchitecture {
    let given = try? config["engine_args"]["model"].optionalText()
    let name = given ?? "the kit's model"
    if config["model"].value?.string != nil {
      return try ModelArchitecture.ofKit(try config["model"].text(), file: document.file)
    }
    guard !config["model"].isMissing else { throw config["model"].error("the model's config.json is missing") }
    return try ModelArchitecture(
      configuration: config["model"].object(), name: name, file: document.file)
  }

  private func hardware() throws -> MeasuredHardware {
    let arguments = config["engine_args"]
    // The recorder writes [free, total] bytes, or what went wrong in words.
    let memory = config["mem"].value?.array != nil ? try config["mem"].list().last?.optionalBytes() : nil
    return MeasuredHardware(
      gpu: try config["gpu"].text(), memory: memory,
      tensorParallel: try arguments["tensor_parallel_size"].optionalInteger(1...1024) ?? 1,
      dataParallel: try arguments["data_parallel_size"].optionalInteger(1...1024) ?? 1,
      isExpertParallel: try arguments["enable_expert_parallel"].optionalFlag() ?? false)
  }

  private func engine() throws -> MeasuredEngine {
    let arguments = config["engine_args"]
    var engine = MeasuredEngine(
      maxSequences: try config["max_num_seqs"].integer(1...65_536),
      maxBatchedTokens: try config["max_num_batched_tokens"].integer(1...1_048_576))
    engine.maxModelLength = try config["max_model_len"].optionalInteger(1...Int(Int32.max))
    engine.blockSize = try config["block_size"].optionalInteger(1...65_536) ?? engine.blockSize
    engine.kvBlocks = try config["num_gpu_blocks"].optionalInteger().map { max(0, $0 - 1) }
    engine.reservesFullPrompt = try config["reserve_full_isl"].optionalFlag() ?? engine.reservesFullPrompt
    engine.chunksPrompts = try arguments["enable_chunked_prefill"].optionalFlag() ?? true
    engine.longPrefillThreshold = try arguments["long_prefill_token_threshold"].optionalInteger() ?? 0
    engine.cachesPrefixes = try arguments["enable_prefix_caching"].optionalFlag() ?? false
    engine.offloadingBytes = try arguments["kv_offloading_size"].optionalNumber().map {
      Int64(min(max($0, 0), 1e6) * 1_073_741_824)
    }
    engine.plansAhead = try config["async_scheduling"].optionalFlag() ?? false
    engine.memoryUtilization = try arguments["gpu_memory_utilization"].optionalShare() ?? engine.memoryUtilization
    if let policy = try arguments["scheduling_policy"].optionalText() {
      engine.order = try order(policy, arguments["scheduling_policy"])
    }
    let graphs = try config["cudagraph_mode"].optionalText() ?? ""
    let eager = try arguments["enforce_eager"].optionalFlag() ?? false
    engine.isEager = eager || graphs.hasSuffix("NONE")
    engine.capturesMixedIterations = !graphs.hasSuffix("FULL_DECODE_ONLY")
    if !config["cudagraph_sizes"].isMissing {
      engine.captureSizes = try config["cudagraph_sizes"].list().map { try $0.integer(1...1_048_576) }.sorted()
    }
    if let type = try arguments["kv_cache_dtype"].optionalText() {
      engine.cacheType = try NumberType.ofCache(type, arguments["kv_cache_dtype"])
    }
    return engine
  }

  private func order(_ name: String, _ place: KitJSON) throws -> MeasuredEngine.Order {
    guard let order = MeasuredEngine.Order(rawValue: name) else {
      throw place.error("wants fcfs or priority, found '\(name)'")
    }
    return order
  }

  /// What this engine did that the simulated one does not.
  private func notes(_ engine: MeasuredEngine) throws -> [String] {
    let arguments = config["engine_args"]
    var notes: [String] = []
    if !arguments["kv_transfer_config"].isMissing {
      notes.append(
        "'kv_transfer_config' is not modelled: preempted requests are simulated to recompute all of their KV")
    }
    for (key, what) in [("speculative_config", "speculative decoding"), ("pipeline_parallel_size", "pipelining")] {
      let value = arguments[key]
      if value.isMissing { continue }
      if case .integer(1)? = value.value?.content { continue }
      notes.append("\(what) is not modelled")
    }
    return notes
  }

  private func requests(_ part: KitJSON, _ order: MeasuredEngine.Order) throws -> [MeasuredRequest] {
    let rows = try KitRows(
      part["requests"], columns: part["req_cols"], required: ["id", "arrival_s", "prompt_tokens", "output_tokens"])
    let systemTokens = try part["system_tokens"].optionalInteger() ?? 0
    let requests = try rows.map { cell in
      var request = MeasuredRequest(
        id: try cell("id").text(), arrival: try cell("arrival_s").seconds(),
        promptTokens: try cell("prompt_tokens").integer(1...Int(Int32.max)),
        outputTokens: try cell("output_tokens").integer(1...Int(Int32.max)))
      if let name = try cell("class").optionalText(), name == RequestClass.offline.rawValue {
        request.requestClass = .offline
      }
      request.priority = try cell("priority").optionalInteger(-1_000_000...1_000_000) ?? 0
      request.scheduled = try cell("first_sched_s").optionalSeconds()
      request.firstToken = try cell("ttft_s").optionalSeconds().map { request.arrival + $0 }
      request.lastToken = try cell("finish_s").optionalSeconds()
      request.preemptions = try cell("preemptions").optionalInteger()
      request.prefixTokens = min(systemTokens, request.promptTokens)
      request.session = try cell("session").optionalInteger(0...Request.largestSession)
      request.turn = try cell("turn").optionalInteger() ?? 0
      return request
    }
    // Under priorities vLLM tells requests of one moment apart by their ids.
    return (order == .priority ? requests.sorted { $0.id < $1.id } : requests).inOrderOfArrival
  }

  private func steps(_ part: KitJSON) throws -> [MeasuredStep] {
    let rows = try KitRows(
      part["steps"], columns: part["step_cols"], required: ["start_s", "dur_s", "prefill", "decode_seqs", "decode_ctx"])
    return try rows.map { cell in
      let chunks = try cell("prefill").list().map { pair in
        let numbers = try pair.list()
        guard numbers.count == 2 else { throw pair.error("wants [new tokens, tokens in the cache]") }
        return MeasuredStep.Chunk(
          tokens: try numbers[0].integer(0...LoggedStep.mostPromptTokens), cached: try numbers[1].integer())
      }
      if chunks.areTooMany {
        throw cell("prefill").error("wants at most \(LoggedStep.mostPromptTokens) new tokens in all")
      }
      let duration = try cell("dur_s").seconds()
      if !MeasuredStep.durations.contains(duration) {
        throw cell("dur_s").error("wants a time from a microsecond to below an hour, found \(duration) s")
      }
      var step = MeasuredStep(
        start: try cell("start_s").seconds(), duration: duration, chunks: chunks,
        decodes: try cell("decode_seqs").integer(0...LoggedStep.mostDecodes),
        decodeContext: try cell("decode_ctx").integer())
      if let before = try cell("sched_s").optionalSeconds(), let after = try cell("update_s").optionalSeconds() {
        for (name, time) in [("sched_s", before), ("update_s", after)] where time >= MeasuredStep.longest {
          throw cell(name).error("wants a time below an hour, found \(time) s")
        }
        step.hostTime = before + after
      }
      step.running = try cell("running").optionalInteger()
      step.waiting = try cell("waiting").optionalInteger()
      step.kvBlocks = try cell("kv_used").optionalInteger()
      step.preempted = try cell("preempted").optionalInteger()
      return step
    }
  }
}

extension [MeasuredRequest] {
  /// By time; requests of one moment stay in the order they had.
  var inOrderOfArrival: [MeasuredRequest] {
    enumerated().sorted { ($0.element.arrival, $0.offset) < ($1.element.arrival, $1.offset) }.map(\.element)
  }
}

extension [MeasuredStep.Chunk] {
  /// Whether no engine processes so much in an iteration.
  var areTooMany: Bool {
    count > LoggedStep.mostDecodes || reduce(0) { $0 + $1.tokens } > LoggedStep.mostPromptTokens
  }
}

extension NumberType {
  /// vLLM's `kv_cache_dtype`; nil for `auto`.
  static func ofCache(_ name: String, _ place: KitJSON) throws -> NumberType? {
    if name == "auto" { return nil }
    if name.hasPrefix("fp8") { return .fp8 }
    guard let type = NumberType(rawValue: name) else {
      throw place.error("wants auto, fp8, bfloat16 or float16, found '\(name)'")
    }
    return type
  }
}

extension ModelArchitecture {
  /// The model that a kit names: one of the catalogue, by its name there or on Hugging Face
  /// (`meta-llama/Llama-3.1-8B`).
  static func ofKit(_ name: String, file: String) throws -> ModelArchitecture {
    do {
      // The kit says how long sequences may be; that the checkpoint's own context differs does not matter.
      if let known = try ModelCatalogue.published(name), known.differences.allSatisfy(\.isContext) {
        return try ModelCatalogue.model(named: known.entry)
      }
    } catch let unmodelled as UnmodelledModelError {
      throw KitError(file: file, unmodelled.description)
    }
    throw KitError(
      file: file,
      "no model '\(name)' in the catalogue; it has \(ModelCatalogue.names.joined(separator: ", ")); "
        + "give the text of its config.json")
  }
}

extension PublishedModel.Difference {
  fileprivate var isContext: Bool { if case .context = self { true } else { false } }
}
