import Models
import SimCore
import StepTime
import TestSupport
import Testing

/// Memory budgets of known engines, and estimates where nothing was measured.
@Suite struct BudgetAndFallbackTests {
  static let gibibyte = 1_073_741_824.0

  @Test func seventyBillionOnTwoH100HasRoomForAQuarterOfAHundredThousandTokens() throws {
    // 79.6 GiB per GPU, 512-token chunks, eager: 21,000 to 27,000 tokens, from published settings.
    let budget = try MemoryBudget(
      memory: Int64(79.6 * Self.gibibyte), model: try ModelCatalogue.model(named: "llama-3.1-70b"), tensorParallel: 2,
      maxBatchedTokens: 512, maxSequences: 512, engine: .vllmEager)
    #expect(budget.tokens > 20_500 && budget.tokens < 27_500, "\(budget.tokens) tokens")
    #expect(budget.blockBytes == 16 * 163_840)
    #expect(budget.usable - budget.weights - budget.reserve == budget.keyValuePool)
  }

  @Test func thirtyFourBillionOnTwoSmallA100HasAThousandBlocks() throws {
    // 1,023 to 1,024 blocks reported by the engine (CS5470's logs); an A100-40 has 39.4 to 39.6 GiB.
    let budget = try MemoryBudget(
      memory: Int64(39.49 * Self.gibibyte), model: try ModelCatalogue.model(named: "codellama-34b"), tensorParallel: 2,
      maxBatchedTokens: 16_368, maxSequences: 512, engine: .vllmEager)
    #expect(abs(Double(budget.weights) / Self.gibibyte - 31.43) < 0.05)
    #expect(abs(Double(budget.blocks) / 1024 - 1) < 0.1, "\(budget.blocks) blocks")
  }

  @Test func eightBillionOnH200HasTheBlocksVLLMReports() throws {
    // vLLM 0.20: 55,889 blocks of 16 tokens on 150,109,880,320 bytes at 0.9, 8192-token budget, 256 sequences.
    let budget = try MemoryBudget(
      memory: 150_109_880_320, model: try ModelCatalogue.model(named: "llama-3.1-8b"), maxBatchedTokens: 8192,
      maxSequences: 256, engine: .vllmV1)
    #expect(abs(Double(budget.blocks) / 55_889 - 1) < 0.03, "\(budget.blocks) blocks")
  }

  @Test func weightsThatDoNotFitLeaveNoPool() throws {
    let budget = try MemoryBudget(
      memory: 40_000_000_000, model: try ModelCatalogue.model(named: "llama-3.1-70b"), engine: .vllmV1)
    #expect(budget.keyValuePool == 0 && budget.blocks == 0)
  }

  @Test func aGivenReserveIsKept() throws {
    let budget = try MemoryBudget(
      memory: 80_000_000_000, model: try ModelCatalogue.model(named: "llama-3.1-8b"), engine: .vllmV1,
      reserve: 5_000_000_000)
    #expect(budget.reserve == 5_000_000_000 && budget.reserveSource == "given")
  }

  /// Without a profile the H100 must come out near its own measurements: the efficiencies are its medians.
  @Test func theRooflineAloneIsWithinAThirdOfTheMeasuredH100() throws {
    for (name, degree) in [("llama-3.1-8b", 1), ("llama-3.1-70b", 4), ("mixtral-8x7b", 2)] {
      let request = StepCostRequest(
        gpu: TestGPU.h100, model: try ModelCatalogue.model(named: name), tensorParallel: degree, engine: .vllmV1)
      let measured = try StepCostBinder.bind(request).cost
      let bound = try StepCostBinder.bind(request, profile: nil)
      #expect(bound.notes.count == 1 && bound.parts.allSatisfy { $0.basis == .roofline || $0.basis == .engine })
      for (n, length) in [(1, 1000), (16, 2000), (64, 1000)] {
        let context = Int64(n * length)
        let ratio =
          bound.cost.decodeMilliseconds(sequences: n, contextTokens: context)
          / measured.decodeMilliseconds(sequences: n, contextTokens: context)
        #expect(ratio > 0.67 && ratio < 1.33, "\(name) decode of \(n): \(ratio)")
      }
      for tokens in [512, 2048, 8192] {
        let ratio = bound.cost.prefillMilliseconds([(tokens, 0)]) / measured.prefillMilliseconds([(tokens, 0)])
        #expect(ratio > 0.67 && ratio < 1.33, "\(name) prefill of \(tokens): \(ratio)")
      }
    }
  }

  @Test func everyCatalogueModelBindsOnEveryGPUAndSaysHow() throws {
    for name in ModelCatalogue.names {
      let model = try ModelCatalogue.model(named: name)
      for gpu in TestGPU.all + [TestGPU.a100Small] {
        for degree in [1, 2, 4, 8] where model.attention.heads % degree == 0 {
          let bound = try StepCostBinder.bind(
            StepCostRequest(
              gpu: gpu, model: model, tensorParallel: degree, maxBatchedTokens: 64, maxSequences: 16,
              engine: try .vllm(onGPU: gpu.name)))
          #expect(bound.parts.allSatisfy { $0.decodeSeconds.isFinite && $0.decodeSeconds >= 0 && !$0.source.isEmpty })
          let sum = bound.parts.reduce(0) { $0 + $1.decodeSeconds } * 1e3
          let step = bound.cost.decodeMilliseconds(sequences: 1, contextTokens: 1024)
          // Graph padding, monotone smoothing and the engine's time per sequence are not parts.
          #expect(abs(sum / step - 1) < 0.05, "\(name) on \(gpu.name) TP\(degree): parts \(sum), step \(step)")
        }
      }
    }
  }

  @Test func latentAttentionBindsByRoofline() throws {
    let json = """
      {"model_type": "deepseek_v2", "hidden_size": 2048, "num_hidden_layers": 27, "num_attention_heads": 16,
       "num_key_value_heads": 16, "intermediate_size": 10944, "moe_intermediate_size": 1408, "n_routed_experts": 64,
       "n_shared_experts": 2, "num_experts_per_tok": 6, "first_k_dense_replace": 1, "kv_lora_rank": 512,
       "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 102400,
       "max_position_embeddings": 163840, "torch_dtype": "bfloat16"}
      """
    let model = try ModelArchitecture(configJSON: json, name: "deepseek-v2-lite")
    #expect(abs(Double(model.parameterCount) / 15.706e9 - 1) < 0.005)
    let bound = try StepCostBinder.bind(
      StepCostRequest(gpu: TestGPU.h100, model: model, maxBatchedTokens: 1024, maxSequences: 64, engine: .vllmV1))
    #expect(bound.parts.contains { $0.name == "decode attention" && $0.basis == .roofline })
    #expect(bound.cost.decodeMilliseconds(sequences: 1, contextTokens: 1000) > 1)
  }

  @Test func theSmallA100IsSlowerWhereMemoryBoundOnly() throws {
    let large = try bind(TestGPU.a100, "llama-3.1-8b")
    let small = try bind(TestGPU.a100Small, "llama-3.1-8b")
    let decode =
      small.cost.decodeMilliseconds(sequences: 1, contextTokens: 1000)
      / large.cost.decodeMilliseconds(sequences: 1, contextTokens: 1000)
    #expect(decode > 1.15 && decode < 2.039 / 1.555)
    let prefill = small.cost.prefillMilliseconds([(4096, 0)]) / large.cost.prefillMilliseconds([(4096, 0)])
    #expect(prefill < 1.03)
    #expect(large.notes.isEmpty && small.notes.count == 1)
  }

  @Test func aDegreeThatDoesNotDivideIsRefused() {
    #expect(throws: TensorParallelError.self) { try bind(TestGPU.h100, "llama-3.1-8b", tensorParallel: 3) }
  }
}
