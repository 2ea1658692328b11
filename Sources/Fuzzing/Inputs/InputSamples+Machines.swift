/// Models, machines and their measured times.
extension InputSamples {
  static let configuration = """
    {"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
     "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 14336, "vocab_size": 128256,
     "max_position_embeddings": 32768, "torch_dtype": "bfloat16", "tie_word_embeddings": false}

    """

  private static let mixture = """
    {"model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61, "num_attention_heads": 128,
     "num_key_value_heads": 128, "intermediate_size": 18432, "moe_intermediate_size": 2048, "n_routed_experts": 256,
     "num_experts_per_tok": 8, "n_shared_experts": 1, "first_k_dense_replace": 3, "kv_lora_rank": 512,
     "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 129280,
     "max_position_embeddings": 163840, "torch_dtype": "bfloat16",
     "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}

    """

  private static let profile = """
    # source: made for damage
    @calibration,key,value
    @device,h100-sxm-80gb,989500000000000,1979000000000000,3350000000000
    @gemm,bfloat16,n,k,1,8,64,512,4096,8192
    512,7168,7.941,7.949,9.087,14.62,41.93,79.4
    6144,4096,20,21,24,60,300,600
    @decode,bfloat16,heads,kv_heads,sequences,128,256,512,1024,2048,4096,8192,16384,32768
    32,8,1,4.128,5.511,6.193,7.272,9.629,14.94,18.22,23.78,35.01
    32,8,64,8.1,10.5,16.1,27.2,49.6,94.9,180.2,353.7,700.1
    @prefill,bfloat16,heads,kv_heads,128,256,512,1024,2048,4096,8192,16384
    32,8,6.823,9.622,15.29,26.59,49.04,94.22,259.3,676.3

    """

  private static let model = "rate: 4/s, requests: 8, prompt_tokens: 100, output_tokens: 5"

  static var machines: [InputSample] {
    let models = [["models", "@m.json"], ["models", "@m.json", "--format", "json"]]
    let own = scenario(workload: model, model: "./m.json")
    return [
      InputSample("config.json", InputFile("m.json", configuration), models + runs, with: [own]),
      InputSample("config.json", InputFile("m.json", mixture), models),
      InputSample(
        "profile", InputFile("p.csv", profile), runs,
        with: [scenario(workload: model, server: "{like: hgx-h100-8, profile: p.csv}")]),
      InputSample(
        "host's pace", InputFile("h.csv", "time_s,host_time\n0,1\n2,1.2\n4,0.9\n"), runs,
        with: [
          InputFile(
            "s.yaml",
            """
            server: hgx-h100-8
            policies: [vllm-v1]
            deployments: [{name: chat, model: llama-3.1-8b, gpus: [0], engine: {host: h.csv}}]
            workload: {\(model)}

            """)
        ]),
    ]
  }
}
