import Models
import Scheduling
import StepTime

/// A serving engine as a benchmark ran it: its costs, its scheduler and its limits.
public struct SuiteServing: Sendable {
  public var engine: ServedEngine
  public var policy: String
  public var parameters: [String: ParameterValue]
  /// Tokens that an iteration may process.
  public var maxBatchedTokens: Int
  /// Sequences that may run at once.
  public var maxSequences: Int
  /// Share of the GPU's memory for weights, activations and KV; or of what those leave free, for KV alone.
  public var memoryShare: Double
  /// Which of the two.
  public var sharesFreeMemory = false
  /// How KV is stored; `nil` as activations are.
  public var cacheType: NumberType?
  /// The longest sequence; the model's own limit when `nil`.
  public var maxModelLength: Int?

  /// vLLM's V1 engine before 0.20 as `vllm serve` starts it on a data-centre GPU.
  static func vllmV1(
    _ engine: ServedEngine, maxSequences: Int, maxBatchedTokens: Int = 8192, cacheType: NumberType? = nil
  ) -> SuiteServing {
    SuiteServing(
      engine: engine, policy: "vllm-v1", parameters: ["reserve_full_prompt": .boolean(false)],
      maxBatchedTokens: max(maxBatchedTokens, maxSequences),
      maxSequences: maxSequences, memoryShare: 0.9, cacheType: cacheType)
  }

  /// vLLM's V0 engine; without chunked prefill a prompt runs alone and whole.
  static func vllmV0(
    _ engine: ServedEngine, maxSequences: Int = 256, maxBatchedTokens: Int, chunked: Bool = false
  ) -> SuiteServing {
    SuiteServing(
      engine: engine, policy: "vllm-v0", parameters: ["chunked_prefill": .boolean(chunked)],
      maxBatchedTokens: max(maxBatchedTokens, maxSequences), maxSequences: maxSequences, memoryShare: 0.9)
  }

  /// SGLang: prompts first, in batches of their own as large as its chunk of prefill.
  static func sglang(maxSequences: Int = 1024, chunk: Int = 8192, memoryShare: Double = 0.88) -> SuiteServing {
    SuiteServing(
      engine: .sglang, policy: "vllm-v0", parameters: ["watermark": .number(0)], maxBatchedTokens: chunk,
      maxSequences: min(maxSequences, chunk), memoryShare: memoryShare)
  }

  /// TensorRT-LLM: in-flight batching with memory promised for the whole answer.
  static func tensorRT(
    _ engine: ServedEngine = .tensorRT, maxSequences: Int = 2048, maxBatchedTokens: Int = 8192, promised: Int,
    cacheType: NumberType? = nil
  ) -> SuiteServing {
    // free_gpu_memory_fraction: 0.9 of what is left.
    SuiteServing(
      engine: engine, policy: "tensorrt-llm", parameters: ["max_output_tokens": .integer(promised)],
      maxBatchedTokens: max(maxBatchedTokens, maxSequences), maxSequences: maxSequences, memoryShare: 0.9,
      sharesFreeMemory: true,
      cacheType: cacheType)
  }
}
