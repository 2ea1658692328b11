import Assembly
import Configuration
import Models
import Scheduling
import SimCore

extension ResolvedDeployment {
  /// The command that starts one replica as the scenario describes it, with every argument in which it differs from
  /// the stack's own defaults. ``ServeCommandReader`` reads it back to the same engine.
  ///
  /// The arguments' names are the catalogue's.
  ///
  /// - Parameters:
  ///   - keys: of `engine` and of the deployment that are written even where they are the default.
  ///   - policy: the one that it runs under.
  /// - Returns: nil for a serving stack or policy that is not vLLM's, and for settings that its command cannot give.
  public func serveCommand(writing keys: Set<String>, under policy: ResolvedPolicy?) -> String? {
    let engine = engine(under: self.policy ?? policy)
    guard engine.stack.name == "vllm", let policy = self.policy ?? policy, policy.name == "vllm-v1",
      let dialect = ServeDialect.of(stack: engine.stack.name),
      let version = StackLibrary.stack(named: engine.stack.name)?.version(engine.stack.version)
    else { return nil }
    var settings = [("tensor_parallel", "\(tensorParallel)")]
    settings += Self.settings(
      of: engine, model: model, tensorParallel: tensorParallel,
      offloads: policy.parameters["kv_offloading"] == .boolean(true)
    ) { keys.contains($0) || engineDefaults[$0] == nil }
    settings += Self.settings(of: policy, on: engine, version)
    var words = [dialect.programs[0].joined(separator: " "), modelName]
    for (key, value) in settings {
      guard let argument = dialect.words(for: key, value) else { return nil }
      words.append(argument)
    }
    return words.joined(separator: " ")
  }

  /// The engine's settings as the command has them; block counts and sizes are in the command's own terms.
  private static func settings(
    of engine: EngineSettings, model: ModelArchitecture, tensorParallel: Int, offloads: Bool,
    isWanted: (String) -> Bool
  ) -> [(String, String)] {
    var settings: [(String, String)] = []
    if isWanted("max_num_batched_tokens") {
      settings.append(("engine.max_num_batched_tokens", "\(engine.maxBatchedTokens)"))
    }
    if isWanted("max_num_seqs") { settings.append(("engine.max_num_seqs", "\(engine.maxSequences)")) }
    if engine.maxModelLength != model.maximumContext {
      settings.append(("engine.max_model_len", "\(engine.maxModelLength)"))
    }
    if isWanted("gpu_memory_utilization") {
      settings.append(("engine.gpu_memory_utilization", "\(engine.gpuMemoryUtilization)"))
    }
    if engine.blockSize != 16 { settings.append(("engine.block_size", "\(engine.blockSize)")) }
    if engine.enforcesEager { settings.append(("engine.enforce_eager", "true")) }
    if let type = engine.keyValueType { settings.append(("engine.kv_dtype", type.rawValue)) }
    if !engine.cachesPrefixes { settings.append(("engine.enable_prefix_caching", "false")) }
    if engine.sharesExperts { settings.append(("engine.enable_expert_parallel", "true")) }
    if let blocks = engine.keyValueBlocks { settings.append(("engine.kv_blocks", "\(blocks + 1)")) }
    if let sizes = engine.captureSizes {
      settings.append(("engine.cudagraph_capture_sizes", sizes.map(String.init).joined(separator: " ")))
    }
    if let mode = engine.graphMode { settings.append(("engine.cudagraph_mode", mode.rawValue)) }
    if offloads {
      // In GiB, of all GPUs together; a whole number of bytes has a decimal with few enough digits to be exact.
      let size = Double(engine.swapSpace) * Double(tensorParallel) / 1_073_741_824
      settings.append(("policy.kv_offloading", "\(size)"))
    }
    return settings
  }

  /// The scheduler's parameters that are not what the version has by itself.
  private static func settings(
    of policy: ResolvedPolicy, on engine: EngineSettings, _ version: StackVersion
  ) -> [(String, String)] {
    var settings: [(String, String)] = []
    let parameters = policy.parameters(on: engine)
    for parameter in policy.type.descriptor.parameters where parameter.name != "kv_offloading" {
      guard let value = parameters[parameter.name] else { continue }
      // A variant is no argument: what it stands for is.
      let planning = engine.stack.variant == nil ? ParameterValue.boolean(engine.scheduling.plansAhead) : nil
      let standard =
        parameter.name == VLLMv1Policy.planningAhead
        ? planning : version.parameters[parameter.name] ?? parameter.defaultValue
      if value != standard { settings.append(("policy." + parameter.name, value.word)) }
    }
    return settings
  }
}

extension ParameterValue {
  /// As a command has it: times in seconds.
  fileprivate var word: String {
    if case .duration(let value) = self { "\(value.seconds)" } else { text }
  }
}
