import Assembly
import Configuration
import Models

extension ResolvedDeployment {
  /// The command that starts one replica as the scenario describes it, with every argument in which it differs from
  /// the stack's own defaults.
  ///
  /// Argument names are those of `vllm serve` (vllm.ai, "Engine Arguments").
  ///
  /// - Parameters:
  ///   - keys: of `engine` and of the deployment that are written even where they are the default.
  ///   - policy: the one that it runs under.
  /// - Returns: nil for a serving stack or policy that is not vLLM's.
  public func serveCommand(writing keys: Set<String>, under policy: ResolvedPolicy?) -> String? {
    let engine = engine(under: self.policy ?? policy)
    guard engine.stack.name == "vllm", (self.policy ?? policy)?.name == "vllm-v1" else { return nil }
    func isWanted(_ key: String) -> Bool { keys.contains(key) || engineDefaults[key] == nil }
    var words = ["vllm serve", modelName, "--tensor-parallel-size \(tensorParallel)"]
    if isWanted("max_num_batched_tokens") { words.append("--max-num-batched-tokens \(engine.maxBatchedTokens)") }
    if isWanted("max_num_seqs") { words.append("--max-num-seqs \(engine.maxSequences)") }
    if engine.maxModelLength < model.maximumContext { words.append("--max-model-len \(engine.maxModelLength)") }
    if isWanted("gpu_memory_utilization") { words.append("--gpu-memory-utilization \(engine.gpuMemoryUtilization)") }
    if engine.blockSize != 16 { words.append("--block-size \(engine.blockSize)") }
    if engine.enforcesEager { words.append("--enforce-eager") }
    if engine.keyValueType == .fp8 { words.append("--kv-cache-dtype fp8") }
    if !engine.cachesPrefixes { words.append("--no-enable-prefix-caching") }
    return words.joined(separator: " ")
  }
}
