import Configuration
import SimCore

/// The keys of a stack's file in the catalogue.
enum StackSections {
  static let stack = Section(
    "stack", "A serving stack.",
    [
      Key("name", .identifier, .required, "What scenarios call it."),
      Key("title", .text, .required, "What people call it."),
      Key("eager", .mapping(eager), .optional, "Without captured graphs."),
      Key("versions", .list(of: .mapping(version), atLeast: 1), .required, "Oldest first."),
    ])

  private static let eager = Section(
    "eager", "Without captured graphs.",
    [
      Key("launch_per_layer", .duration(.within(.zero ... .seconds(1))), .required, "Host time to launch a layer."),
      Key("source", .text, .required, "Where that comes from."),
    ])

  private static let version = Section(
    "version", "A version, and those after it until the next.",
    [
      Key("version", .text, .required, "From which version on."),
      Key("date", .text, .required, "When it was current."),
      Key("policy", .identifier, .required, "Its scheduler."),
      Key(
        "parameters", .mapping(parameters), .standard("{}"),
        "Parameters of the scheduler that differ from its defaults."),
      Key("costs", .identifier, .required, "What the engine is charged: a file below engines."),
      Key("grouped_heads", .identifier, .optional, "The same for models whose query heads share key-value heads."),
      Key("variants", .mapping(variants), .standard("{}"), "Other ways of running it that were fitted."),
      Key("kernels", .list(of: .identifier, atLeast: 1), .required, "Profiles that the costs go with."),
      Key("kernels_source", .text, .required, "Which these are, and why."),
      Key("limits", .list(of: .mapping(limit), atLeast: 1), .required, "Limits by GPU: the first that holds."),
      Key("gpu_memory_utilization", .fraction(.above(0, upTo: 1)), .standard("1"), "Share of memory used."),
      Key("free_gpu_memory_fraction", .fraction(.above(0, upTo: 1)), .standard("1"), "Share for KV of what is left."),
      Key("reserved_sequences", .integer(.atLeast(1)), .optional, "Sequences whose logits are kept at most."),
      Key("reserve", .mapping(reserve), .optional, "What is kept from weights and KV, where it was fitted."),
      Key("memory_source", .text, .standard("its default"), "Where these come from."),
      Key("graphs_per_sequence", .integer(.atLeast(1)), .optional, "Tokens of the largest graph for each sequence."),
      Key("prefix_caching", .boolean, .required, "Whether prefixes are cached unless told otherwise."),
      Key("async_scheduling", .boolean, .required, "Whether an iteration is planned while another runs."),
      Key(
        "async_fitted_on", .list(of: .identifier, atLeast: 1), .optional,
        "Kinds of GPU that its costs were fitted on with that, where not on all."),
    ])

  private static let reserve = Section(
    "reserve", "What is kept on each GPU from weights and KV, beside activations and logits.",
    [
      Key("context", .bytes(.atLeast(0)), .required, "Context and workspaces."),
      Key("tensor_parallel", .bytes(.atLeast(0)), .standard("0 B"), "More where GPUs work together."),
      Key("per_graph", .bytes(.atLeast(0)), .standard("0 B"), "Of each captured graph."),
      Key("per_graph_and_layer", .bytes(.atLeast(0)), .standard("0 B"), "Of each captured graph, for each layer."),
      Key("source", .text, .required, "Where these come from."),
    ])

  /// The parameters that differ between versions, with the scheduler that each is of.
  private static let decided: [(policy: String, key: Key)] = [
    ("vllm-v1", Key("reserve_full_prompt", .boolean, .optional, "Of vllm-v1.")),
    ("vllm-v0", Key("chunked_prefill", .boolean, .optional, "Of vllm-v0.")),
    ("vllm-v0", Key("watermark", .number(.within(0...1)), .optional, "Of vllm-v0.")),
  ]

  private static let parameters = Section("parameters", "Parameters of the scheduler.", decided.map(\.key))

  /// Whether a version with a scheduler may have a parameter otherwise than the scheduler itself.
  static func mayDecide(_ parameter: String, of policy: String) -> Bool {
    decided.contains { $0.policy == policy && $0.key.name == parameter }
  }

  private static let variants = Section(
    "variants", "Other ways of running it, by name: files below engines.",
    [
      Key("synchronous", .identifier, .optional, "Iterations planned one after another."),
      Key("asynchronous", .identifier, .optional, "Each iteration planned while one runs."),
      Key("direct", .identifier, .optional, "Called without a server before it."),
      Key("offline", .identifier, .optional, "Fed from a queue, nothing streamed."),
    ])

  private static let limit = Section(
    "limit", "Limits of the scheduler on some GPUs.",
    [
      Key("memory_at_least", .bytes(.atLeast(0)), .standard("0 B"), "Of device memory."),
      Key("except", .identifier, .optional, "A kind of GPU that it does not hold for."),
      Key(
        "max_num_batched_tokens", .either([.integer(.atLeast(1)), .choice(noun: "length", ["max_model_len"])]),
        .required, "Tokens in an iteration, or the longest sequence."),
      Key("at_least", .integer(.atLeast(1)), .standard("1"), "With 'max_model_len'."),
      Key("at_most", .integer(.atLeast(1)), .standard("1048576"), "With 'max_model_len'."),
      Key("max_num_seqs", .integer(.atLeast(1)), .required, "Sequences in an iteration."),
      Key("why", .text, .required, "Where that comes from."),
    ])
}
