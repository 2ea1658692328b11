import Configuration
import SimCore

/// The keys of a `kit.yaml`.
enum FolderKitSections {
  static let engine = Section(
    "engine", "The engine's settings, by vLLM's names.",
    [
      Key("max_num_seqs", .integer(.within(1...65_536)), .required, "Sequences in an iteration."),
      Key("max_num_batched_tokens", .integer(.within(1...1_048_576)), .required, "Tokens in an iteration."),
      Key("max_model_len", .integer(.within(1...100_000_000)), .optional, "Prompt and output; the model's own else."),
      Key("block_size", .integer(.within(1...65_536)), .standard("16"), "Tokens in a KV block."),
      Key(
        "num_gpu_blocks", .integer(.within(1...1_000_000_000)), .optional,
        "KV blocks as the engine logs them; estimated from memory else. vLLM keeps one of them empty."),
      Key("scheduling_policy", .choice(noun: "order", ["fcfs", "priority"]), .standard("fcfs"), "Who comes first."),
      Key(
        "scheduler_reserve_full_isl", .boolean, .standard("true"),
        "Whether a request is admitted only when its whole prompt fits."),
      Key("enable_chunked_prefill", .boolean, .standard("true"), "Whether prompts are cut."),
      Key(
        "long_prefill_token_threshold", .integer(.within(0...1_000_000)), .standard("0"),
        "The most prompt tokens of one request in an iteration; 0 for no limit."),
      Key(
        "cudagraph_capture_sizes", .list(of: .integer(.within(1...1_048_576)), atLeast: 1), .optional,
        "Batch sizes with captured graphs; vLLM's default else."),
      Key("enforce_eager", .boolean, .standard("false"), "No graphs."),
      Key(
        "enable_prefix_caching", .boolean, .standard("false"),
        "Whether prompts reuse KV of others; which, 'prefix_blocks' of the requests say."),
      Key(
        "async_scheduling", .boolean, .standard("false"), "Whether a step is planned while the one before it runs."),
      Key(
        "kv_cache_dtype", .choice(noun: "type", ["auto", "fp8", "bfloat16", "float16"]), .standard("auto"),
        "How KV is stored."),
      Key("gpu_memory_utilization", .fraction(.above(0, upTo: 1)), .standard("0.9"), "Share of memory used."),
    ])

  static let kit = Section(
    "kit", "A measured workload of a serving engine.",
    [
      Key("name", .identifier, .required, "What results call it."),
      Key("model", .text, .required, "A model of the catalogue, or the path of a config.json beside this file."),
      Key("gpu", .text, .required, "The GPU: a name of the catalogue, or what its driver calls it."),
      Key("tensor_parallel", .integer(.within(1...1024)), .standard("1"), "GPUs of each engine."),
      Key("data_parallel", .integer(.within(1...1024)), .standard("1"), "Engines that share the requests."),
      Key("engine", .mapping(engine), .required, "The engine's settings."),
      Key("requests", .text, .standard("requests.csv"), "The file of requests, beside this one."),
      Key("steps", .text, .optional, "The file of iterations, beside this one."),
      Key("load", .text, .optional, "The file of running and waiting requests over time, beside this one."),
      Key(
        "latency_from", .choice(noun: "moment", ["arrival", "queued"]), .standard("arrival"),
        "What latencies are counted from: 'arrival_s', or 'queued_s', which then is the simulated arrival too."),
      Key("truncated", .boolean, .standard("false"), "Whether the measurement was stopped before its end."),
      Key("notes", .list(of: .text, atLeast: 0), .standard("[]"), "What a reader of the comparison should know."),
    ])
}

/// Every mistake in a `kit.yaml`.
public struct KitProblems: Error, Sendable {
  public var diagnostics: [Diagnostic]
}
