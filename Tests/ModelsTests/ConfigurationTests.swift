import Models
import Testing

private let llamaConfiguration = """
  {"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
   "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256,
   "max_position_embeddings": 8192, "torch_dtype": "bfloat16"}
  """

/// Reading configurations: families beyond the catalogue, and mistakes.
@Suite struct ConfigurationTests {
  private func model(_ json: String) throws -> ModelArchitecture {
    try ModelArchitecture(configJSON: json, name: "test", file: "models/test/config.json")
  }

  /// `llama` with one key's value, or the whole key when `value` is nil, replaced.
  private func llama(_ key: String, _ value: String) -> String {
    llamaConfiguration.replacing("}", with: ", \"\(key)\": \(value)}")
  }

  @Test func deepSeekV3FromItsConfiguration() throws {
    let model = try model(
      """
      {"model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61, "num_attention_heads": 128,
       "num_key_value_heads": 128, "intermediate_size": 18432, "moe_intermediate_size": 2048, "n_routed_experts": 256,
       "n_shared_experts": 1, "num_experts_per_tok": 8, "first_k_dense_replace": 3, "moe_layer_freq": 1,
       "topk_method": "noaux_tc", "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128,
       "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 129280, "max_position_embeddings": 163840,
       "rope_scaling": {"type": "yarn", "factor": 40, "original_max_position_embeddings": 4096},
       "quantization_config": {"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]},
       "tie_word_embeddings": false, "torch_dtype": "bfloat16"}
      """)
    // 671 billion in all and 37 billion active (DeepSeek-V3 report, arXiv 2412.19437); its active count includes
    // the embedding.
    #expect(abs(Double(model.parameterCount) / 671.03e9 - 1) < 0.005)
    #expect(abs(Double(model.activeParameterCount) / 36.6e9 - 1) < 0.02)
    // 61 layers of (512 + 64) numbers of two bytes: 70 272 bytes.
    #expect(model.keyValueBytesPerToken() == 70_272)
    #expect(try model.keyValueBytesPerTokenPerGPU(tensorParallel: 8) == 70_272)
    #expect(model.maximumContext == 163_840)
    #expect(model.weightType == .fp8 && model.activationType == .bfloat16)
    #expect(try model.linearLayers(tensorParallel: 8).map(\.role).contains(.sharedGateUp))
    #expect(model.experts?.layerCount == 58)
  }

  @Test func multiQueryAndExplicitHeadWidth() throws {
    let model = try model(
      llama("head_dim", "64").replacing("\"num_key_value_heads\": 8", with: "\"num_key_value_heads\": 1"))
    #expect(model.keyValueBytesPerToken() == 2 * 32 * 64 * 2)
  }

  @Test func optHasBiasesPositionsAndTwoMatrices() throws {
    let model = try ModelCatalogue.model(named: "opt-30b")
    #expect(!model.feedForward.gated && model.feedForward.bias && model.normHasBias && model.tiedEmbeddings)
    #expect(model.learnedPositions == 2050)
    #expect(try model.linearLayers(tensorParallel: 1).map(\.role).contains(.up))
  }

  @Test func optWithANarrowEmbeddingProjects() throws {
    // facebook/opt-350m: 331 million parameters, embedding of width 512, norms after the sublayers.
    let model = try model(
      """
      {"model_type": "opt", "hidden_size": 1024, "ffn_dim": 4096, "num_hidden_layers": 24, "num_attention_heads": 16,
       "vocab_size": 50272, "max_position_embeddings": 2048, "word_embed_proj_dim": 512,
       "do_layer_norm_before": false, "torch_dtype": "float16"}
      """)
    #expect(abs(Double(model.parameterCount) / 331.2e6 - 1) < 0.005)
  }

  @Test func fp8StoresLinearLayersInOneByte() throws {
    let plain = try model(llamaConfiguration)
    let small = try model(llama("quantization_config", #"{"quant_method": "fp8"}"#))
    let embeddings = Int64(2 * 128_256 * 4096)
    #expect(plain.weightBytes == 2 * plain.parameterCount)
    #expect(small.weightBytes < plain.weightBytes / 2 + embeddings + 1_000_000)
    #expect(small.weightBytes > plain.weightBytes / 2 + embeddings)
  }

  @Test func positionScalingExtendsTheContext() throws {
    #expect(try model(llamaConfiguration).maximumContext == 8192)
    #expect(try model(llama("rope_scaling", #"{"type": "linear", "factor": 4.0}"#)).maximumContext == 32768)
    #expect(try model(llama("rope_scaling", #"{"rope_type": "llama3", "factor": 8.0}"#)).maximumContext == 8192)
    #expect(try model(llama("rope_scaling", "null")).maximumContext == 8192)
  }

  @Test func anUnknownFamilyIsReadAndSaysWhatWasAssumed() throws {
    let model = try model(llamaConfiguration.replacing("\"llama\"", with: "\"llamoid\""))
    #expect(model.assumptions.count == 1)
    #expect(model.assumptions[0].contains("llamoid"))
  }

  @Test(
    arguments: [
      ("[1, 2]", nil, "wants a JSON object, found a list"),
      ("{", nil, "not a JSON document: expected a name in double quotes, found the end of the text"),
      (llamaConfiguration.replacing("\"hidden_size\": 4096,", with: ""), "hidden_size", "missing"),
      (
        llamaConfiguration.replacing("4096", with: "\"wide\""), "hidden_size",
        "wants a whole number of at least 1, found \"wide\""
      ),
      (llamaConfiguration.replacing("4096", with: "-1"), "hidden_size", "wants a whole number of at least 1, found -1"),
      (
        llamaConfiguration.replacing("4096", with: "1000000000000"), "hidden_size",
        "wants a whole number up to 100000000, found 1000000000000"
      ),
      (
        llamaConfiguration.replacing("4096", with: "4097"), "num_attention_heads",
        "32 does not divide hidden_size, 4097, and head_dim is missing"
      ),
      (
        llamaConfiguration.replacing("\"num_key_value_heads\": 8", with: "\"num_key_value_heads\": 7"),
        "num_key_value_heads",
        "7 does not divide num_attention_heads, 32"
      ),
      (
        llamaConfiguration.replacing("\"bfloat16\"", with: "\"int3\""), "torch_dtype",
        "wants bfloat16, float16 or float32, found \"int3\""
      ),
      (llamaConfiguration.replacing("}", with: ", \"num_local_experts\": 8}"), "num_experts_per_tok", "missing"),
      (
        llamaConfiguration.replacing("}", with: ", \"quantization_config\": {\"quant_method\": \"awq\"}}"),
        "quantization_config.quant_method", "\"awq\" is not modelled; fp8 is"
      ),
    ] as [(String, String?, String)])
  func mistakesAreNamed(json: String, key: String?, message: String) {
    do {
      _ = try model(json)
      Issue.record("no error where '\(message)' was expected")
    } catch let error as ModelConfigurationError {
      #expect(error.key == key && error.message == message && error.place != nil)
      #expect(error.description.hasPrefix("models/test/config.json:"))
    } catch { Issue.record("\(error)") }
  }
}
