import Models

let brokenDeployments: [BrokenScenario] = [
  BrokenScenario(
    smallScenario, "  - name: chat\n    model", "  - model",
    "f.yaml:4:5: error: 'deployments[0]' lacks the key 'name' (a name): What results and other keys "
      + "call it."),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8",
    "f.yaml:5:12: error: unknown model 'llama-3.1-8'; did you mean 'llama-3.1-8b'?"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: gpt-17",
    "f.yaml:5:12: error: unknown model 'gpt-17'; known models: "
      + ModelCatalogue.names.joined(separator: ", ") + "; any other model is given as the path of its config.json"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3-8b",
    "f.yaml:5:12: error: unknown model 'llama-3-8b'; did you mean 'llama-3.1-8b'? 'llama-3-8b' has the same layers "
      + "but a context of 8192 tokens: for itself, give the path of its config.json"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: meta-llama/Llama-3.1-9B-Instruct",
    "f.yaml:5:12: error: unknown model 'meta-llama/Llama-3.1-9B-Instruct'; did you mean 'llama-3.1-8b'?"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: openai/gpt-oss-120b",
    "f.yaml:5:12: error: unknown model 'openai/gpt-oss-120b'; it cannot be simulated: 4-bit experts (MXFP4) are not "
      + "modelled"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: ./nowhere/config.json",
    "f.yaml:5:12: error: 'model' names './nowhere/config.json', which cannot be read: No such file "
      + "or directory"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    gpus: [8]",
    "f.yaml:6:12: error: there is no GPU 8 in hgx-h100-8, which has 8, counted from 0"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    gpus: [1, 1]",
    "f.yaml:6:15: error: GPU 1 is listed twice"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    gpus: [0, 1, 2]\n    tensor_parallel: 2",
    "f.yaml:6:11: error: 'gpus' lists 3 GPUs; tensor_parallel 2 needs a multiple of 2"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    gpus: [0, 1, 2]\n    replicas: 2",
    "f.yaml:6:11: error: 'gpus' lists 3 GPUs; 2 replicas of 1 GPU need 2"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    replicas: 9",
    "f.yaml:4:5: error: 'deployments[0]' needs 9 GPUs; hgx-h100-8 has 8 of 8 left; with 'servers: [{like: hgx-h100-8, "
      + "count: 2}]' it fits"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    tensor_parallel: 3",
    "f.yaml:6:22: error: llama-3.1-8b cannot be split over 3 GPUs: its 32 attention heads do not "
      + "divide evenly; possible degrees are 1, 2, 4, 8"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    tensor_parallel: 0",
    "f.yaml:6:22: error: 'tensor_parallel' must be between 1 and 1024, found 0"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-70b",
    "f.yaml:5:12: error: llama-3.1-70b needs 141.1 GB per GPU for its weights at tensor_parallel 1, "
      + "more than the 78.2 GB of a GPU of hgx-h100-8 (85.0 GB x 0.92); tensor_parallel 2 would fit"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    server: 1",
    "f.yaml:6:13: error: there is no server 1; there are 1, counted from 0"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    server: dgx",
    "f.yaml:6:13: error: unknown server 'dgx'; known servers: hgx-h100-8"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    router: random",
    "f.yaml:6:13: error: unknown router 'random'; known routers: round-robin, least-outstanding, "
      + "least-kv, power-of-two, session-affinity, cache-aware"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    pipeline_parallel: 2",
    "f.yaml:6:5: error: 'pipeline_parallel' is not modelled; use 'tensor_parallel', or more "
      + "'replicas'"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    lora_adapters: [a]",
    "f.yaml:6:5: error: 'lora_adapters' is not modelled; every request uses the base model"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b",
    "model: llama-3.1-8b\n    engine: {speculative_config: {}}",
    "f.yaml:6:14: error: 'speculative_config' is not modelled; every iteration produces one token "
      + "for each sequence"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b",
    "model: llama-3.1-8b\n    engine: {enable_expert_parallel: true, enforce_eager: true, cudagraph_capture_sizes: "
      + "[8]}",
    "f.yaml:6:38: error: 'enable_expert_parallel' of 'chat': llama-3.1-8b is no mixture of experts",
    "f.yaml:6:38: error: 'enable_expert_parallel' of 'chat': experts are shared by 'replicas', and there is one",
    "f.yaml:6:90: error: 'cudagraph_capture_sizes' has no meaning with 'enforce_eager'"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    engine: {host: 0, kernels: h100-vllm-0.18}",
    "f.yaml:6:20: error: 'host' must be between 0.01 and 100, found 0",
    "f.yaml:6:32: error: 'kernels' wants a profile of the catalogue, a file or a folder; 'h100-vllm-0.18' cannot be "
      + "read: No such file or directory; did you mean 'h100-vllm-0.19'?"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    engine: {host: nowhere.csv}",
    "f.yaml:6:20: error: 'host' wants 'usual', 'varies', its time over its usual time, or a file; 'nowhere.csv' "
      + "cannot be read: No such file or directory"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b",
    "model: llama-3.1-8b\n    engine: {max_num_batched_tokens: 128, max_num_seqs: 256}",
    "f.yaml:6:38: error: 'max_num_batched_tokens' (128) must be at least 'max_num_seqs' (256): each "
      + "sequence needs a token"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b",
    "model: llama-3.1-8b\n    engine: {gpu_memory_utilization: 1.1, block_size: 0}",
    "f.yaml:6:38: error: 'gpu_memory_utilization' must be more than 0 and at most 1, found 1.1",
    "f.yaml:6:55: error: 'block_size' must be between 1 and 65536, found 0"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    engine: {max_model_len: 200000}",
    "f.yaml:6:29: error: 'max_model_len' is 200000; llama-3.1-8b was made for 131072 tokens ('context_override: "
      + "true' runs it all the same)"
  ),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    engine: {kv_dtype: int4}",
    "f.yaml:6:24: error: unknown number type 'int4'; known number types: auto, bfloat16, bf16, "
      + "float16, fp16, float32, fp8"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    engine: {activation_reserve: 65 GB}",
    "f.yaml:5:12: error: llama-3.1-8b leaves no room for KV: weights 16.1 GB and "
      + "'activation_reserve' 65.0 GB fill the 78.2 GB of a GPU of hgx-h100-8 (85.0 GB x 0.92)"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    engine: {swap_space: 4}",
    "f.yaml:6:26: error: 'swap_space' wants a size such as '80 GB' or '64 KiB', found '4'; a unit is "
      + "missing: did you mean '4 GB'?"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    lend: 70 GB",
    "f.yaml:6:11: error: 'lend' offers 70.0 GB, but weights 16.1 GB leave 62.2 GB of the 78.2 GB of "
      + "a GPU of hgx-h100-8 (85.0 GB x 0.92)"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    lend: {memory: 30 GB, retain: 5 GB}",
    "f.yaml:6:35: error: 'retain' belongs to 'policy: informer'"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b",
    "model: llama-3.1-8b\n    lend: {memory: 30 GB, policy: informer, offer_below: 20}",
    "f.yaml:6:58: error: 'reclaim_at' (10) must be more than 'offer_below' (20)"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    paging: {destination: peer}",
    "f.yaml:6:27: error: 'chat' pages to peers, but no other deployment that NVLink reaches has a "
      + "'lend'"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    paging: {lenders: [chat]}",
    "f.yaml:6:24: error: 'chat' cannot borrow from itself"),
  BrokenScenario(
    smallScenario, "model: llama-3.1-8b", "model: llama-3.1-8b\n    paging: {lenders: [chatt], transfer: smooth}",
    "f.yaml:6:42: error: unknown transfer 'smooth'; known transfers: fragmented, coalesced, kernel"),
  BrokenScenario(
    fullScenario, "lenders: [small]", "lenders: [othr]",
    "f.yaml:18:24: error: unknown deployment 'othr'; did you mean 'other'?"),
  BrokenScenario(
    fullScenario, "gpus: [4, 5]", "gpus: [3, 4]",
    "f.yaml:21:12: error: GPU 3 already belongs to 'chat'"),
  BrokenScenario(
    fullScenario, "- name: small", "- name: chat",
    "f.yaml:18:24: error: unknown deployment 'small'; known deployments: chat, other",
    "f.yaml:19:11: error: two deployments are called 'chat'",
    "f.yaml:45:17: error: unknown deployment 'small'; known deployments: chat, other"),
]
