import Assembly
import Cluster
import Configuration
import HardwareCatalogue
import Models
import Scheduling
import SimCore
import StepTime

/// The keys of a scenario file: one table, from which files are read, checked and printed, and the schema is written.
struct ScenarioSections {
  /// The policies that can be named.
  let policies: PolicyCatalogue
  /// The results that an expectation can name.
  let metrics: [String]

  /// The whole file.
  var scenario: Section {
    Section(
      "scenario", "One question asked of a serving cluster: hardware, deployments, requests, and what to compare.",
      [
        Key("name", .identifier, .optional, "What results call it; the file's name when left out."),
        Key("description", .text, .standard(""), "The question this file asks, in one sentence."),
        Key("seed", .integer(.atLeast(0)), .standard("1"), "Where every random choice starts from."),
        Key(
          "replications", .integer(.within(1...10_000)), .standard("1"),
          "How many times each policy runs, each time with requests of its own."),
        Key(
          "duration", .duration(.above(.zero, upTo: Self.longest)), .optional,
          "When arrivals stop; may be left out when every stream ends by itself."),
        Key(
          "drain", .either([.boolean, .duration(.within(.zero...Self.longest))]), .standard("true"),
          "How long to go on after that: 'true' until no request is left, 'false' not at all, or a time."),
        Key(
          "warmup", .duration(.within(.zero...Self.longest)), .standard("0 s"),
          "Requests that arrive before this are not counted."),
        Key(
          "server", HardwareCatalogue.serverKind, .optional, "The server: a name of the catalogue, or a description."),
        Key(
          "servers", .list(of: HardwareCatalogue.countedServerKind, atLeast: 1), .optional,
          "The servers, when several; 'count' stands for so many alike."),
        Key(
          "network", HardwareCatalogue.networkKind, .optional,
          "What joins the servers' network cards: a name of the catalogue, or the keys; one switch when left out."),
        Key(
          "placement", .choice(noun: "placement", ["first-free", "balanced"]), .optional,
          "On which servers replicas go that name none: the first with free GPUs, or so that lenders and borrowers of "
            + "memory meet, as 'spillway place' has it; first-free when left out."),
        Key(
          "policies", .list(of: comparedPolicy, atLeast: 0), .standard("[]"),
          "The policies compared; each governs the deployments without a policy of their own."),
        Key(
          "variants", .list(of: .mapping(Self.variant), atLeast: 1), .optional,
          "The scenario with some keys changed, in several ways that are compared."),
        Key(
          "sweep", Self.sweep, .optional,
          "The points of 'spillway sweep': one design, or several of which every point is combined with every other."),
        Key(
          "deployments", .list(of: .mapping(deployment), atLeast: 1), .required, "What is served, and on which GPUs."),
        Key(
          "services", .list(of: .mapping(Self.service), atLeast: 1), .optional,
          "Models that serve batches in a fixed time, such as images or audio, and may lend memory."),
        Key(
          "lending_protocol", .mapping(Self.lendingProtocol), .optional,
          "How lenders that follow their own load and their borrowers come to terms, and what it costs them."),
        Key(
          "fleet", .list(of: .mapping(Self.fleetChange), atLeast: 1), .optional,
          "How replicas come and go during the run."),
        Key(
          "workload", .either([.mapping(stream), .list(of: .mapping(stream), atLeast: 1)]), .required,
          "The requests: one stream, or a list of streams."),
        Key("expect", .list(of: .mapping(expectation), atLeast: 0), .standard("[]"), "Bounds for 'spillway check'."),
        Key("claim", .mapping(Self.claim), .optional, "What was published that this scenario tests."),
      ],
      notModelled: [
        ("disaggregation", "prefill and decode run in one engine"),
        ("autoscaling", "replicas come and go when 'fleet' says so; nothing follows the load"),
        ("failures", "nothing fails"),
        ("model", "put it in 'deployments'"),
      ])
  }

  /// The longest time a scenario may name: within the range of simulated time, with room to add.
  static let longest = SimDuration.seconds(50 * 86_400)

  private var deployment: Section {
    Section(
      "deployment", "Replicas of one model, each on GPUs of one server.",
      [
        Key("name", .identifier, .required, "What results and other keys call it."),
        Key(
          "model", .text, .required,
          "A name of the catalogue or of Hugging Face, or the path of a config.json beside the scenario."),
      ] + Self.placeKeys + [
        Key("tensor_parallel", .integer(.within(1...1024)), .standard("1"), "GPUs that each replica is split over."),
        Key(
          "replicas", .integer(.within(1...100_000)), .optional,
          "Copies of the model, each on consecutive GPUs of one server; as many as 'gpus' has room for, or 1."),
        Key(
          "router", .choice(noun: "router", Router.allCases.map(\.rawValue)), .standard("round-robin"),
          "How requests are spread over the replicas."),
        Key("policy", ownPolicy, .optional, "The scheduling policy; the compared ones when left out."),
        Key("engine", .mapping(Self.engine), .standard("{}"), "The serving engine, in vLLM's terms."),
        Key("paging", .mapping(Self.paging), .standard("{}"), "Where KV goes that leaves a GPU."),
        Key(
          "lend", .either([.bytes(.moreThan(0)), .mapping(Self.lending)]), .optional,
          "Memory per GPU that is offered to peers."),
      ],
      notModelled: [
        ("pipeline_parallel", "use 'tensor_parallel', or more 'replicas'"),
        ("pipeline_parallel_size", "use 'tensor_parallel', or more 'replicas'"),
        ("expert_parallel", "experts are split by 'tensor_parallel', or by 'enable_expert_parallel' in 'engine'"),
        ("data_parallel", "use 'replicas'"),
        ("tensor_parallel_size", "the key is 'tensor_parallel'"),
        ("lora", "every request uses the base model"),
        ("lora_adapters", "every request uses the base model"),
        ("adapters", "every request uses the base model"),
        ("speculative_decoding", "every iteration produces one token for each sequence"),
        ("speculative", "every iteration produces one token for each sequence"),
        ("draft_model", "every iteration produces one token for each sequence"),
        ("prefix_caching", "the key is 'enable_prefix_caching' in 'engine'"),
        ("disaggregation", "prefill and decode run in one engine"),
        ("quantization", "the type of the weights is what the model's config.json says"),
      ])
  }

  /// Where replicas run.
  static let placeKeys: [Key] = [
    Key(
      "server", serverReference, .optional, "The one server that all replicas are on, by number from 0 or by name."),
    Key(
      "servers", .list(of: serverReference, atLeast: 1), .optional,
      "The servers that replicas are on, filled in this order; all that are like the first when left out."),
    Key(
      "gpus", .list(of: .either([.integer(.atLeast(0)), .mapping(serverGPUs)]), atLeast: 1), .optional,
      "The GPUs, numbered from 0 within a server: of one server (the first, unless 'server' says which), or a list "
        + "of servers with their GPUs; the first free ones when left out."),
  ]

  private static let serverReference = ValueKind.either([.integer(.atLeast(0)), .identifier])

  /// One change of the fleet.
  static let fleetChange = Section(
    "fleet_change", "Replicas of a deployment that come or go at a time.",
    [
      Key("at", .duration(.within(.zero...longest)), .required, "When, from the start of the run."),
      Key("deployment", .identifier, .optional, "Of which deployment; the only one when left out."),
      Key("add", .integer(.within(1...100_000)), .optional, "So many replicas more, on the deployment's free GPUs."),
      Key(
        "start_up", .duration(.within(.zero...longest)), .optional,
        "With 'add': from then until they take requests; 60 s when left out (assumption)."),
      Key(
        "drain", replicaChoice, .optional,
        "So many of the last replicas, or those listed by number from 0, take no new requests and finish theirs."
      ),
      Key(
        "remove", replicaChoice, .optional,
        "So many of the last replicas, or those listed, stop at once; their requests are computed anew by others."),
      Key(
        "hand_over", .boolean, .optional,
        "With 'drain' and 'remove': requests go to other replicas with their KV; not when left out."),
    ])

  private static let replicaChoice = ValueKind.either([
    .integer(.within(1...100_000)), .list(of: .integer(.atLeast(0)), atLeast: 1),
  ])

  /// GPUs of one server.
  static let serverGPUs = Section(
    "server_gpus", "GPUs of one server.",
    [
      Key("server", serverReference, .required, "Which server, by number from 0 or by name."),
      Key("gpus", .list(of: .integer(.atLeast(0)), atLeast: 1), .required, "Numbered from 0 within the server."),
    ])

  static let engine = Section(
    "engine", "The serving engine of a replica, in vLLM's terms.",
    [
      Key(
        "stack", .choice(noun: "serving stack", StackLibrary.names), .optional,
        "The serving stack whose costs, kernel times and defaults it has; when left out, the one whose scheduler the "
          + "policy is, which is vLLM for most."),
      Key("version", .text, .optional, "The stack's version, in quotes; the newest that was fitted when left out."),
      Key(
        "variant", .choice(noun: "variant", ["synchronous", "asynchronous", "direct", "offline"]), .optional,
        "Another way of running the stack that was fitted."),
      Key(
        "max_num_batched_tokens", .integer(.within(1...1_048_576)), .optional,
        "Tokens processed in one iteration at most; the stack's default for the GPU when left out."),
      Key(
        "max_num_seqs", .integer(.within(1...65_536)), .optional,
        "Sequences in one iteration at most; the stack's default for the GPU when left out."),
      Key("block_size", .integer(.within(1...65_536)), .standard("16"), "Tokens in a KV block."),
      Key(
        "gpu_memory_utilization", .fraction(.above(0, upTo: 1)), .optional,
        "Share of the GPU's memory that is used; the stack's default when left out."),
      Key(
        "max_model_len", .integer(.within(2...1_000_000_000)), .optional,
        "Prompt and output together at most, in tokens; the model's own limit when left out."),
      Key(
        "kv_dtype", .choice(noun: "number type", ["auto"] + numberTypes.map(\.name)), .standard("auto"),
        "How KV is stored; 'auto' as activations are."),
      Key("kv_blocks", .integer(.within(1...1_000_000_000)), .optional, "KV blocks, in place of what memory holds."),
      Key(
        "activation_reserve", .bytes(.atLeast(0)), .optional,
        "Memory kept for activations and captured graphs; estimated when left out."),
      Key("enforce_eager", .boolean, .standard("false"), "Without captured graphs."),
      Key(
        "cudagraph_capture_sizes", .list(of: .integer(.within(1...1_048_576)), atLeast: 1), .optional,
        "Batch sizes with captured graphs; those that the engine's costs were fitted with when left out."),
      Key(
        "cudagraph_mode", .choice(noun: "graph mode", GraphMode.allCases.map(\.rawValue)), .optional,
        "Whether iterations with prefill replay graphs too; as the engine's costs were fitted when left out."),
      Key(
        "enable_prefix_caching", .boolean, .optional,
        "Whether prompts that begin alike share KV, where a trace's 'hash_ids' say which do; the stack's default when "
          + "left out."),
      Key(
        "enable_expert_parallel", .boolean, .standard("false"),
        "Whether the replicas share the experts of a mixture and iterate in lock step."),
      Key(
        "kernels", .text, .optional,
        "Where kernel times come from, in place of the server's: a profile of the catalogue, a profile file, or a "
          + "folder of layers measured one by one, beside the scenario."),
      Key(
        "host", .either([.number(.within(HostPace.paces)), .text, .mapping(Self.host)]), .standard("usual"),
        "How fast the host is: 'usual', its time over its usual time, a CSV file of time_s and host_time, 'varies' as "
          + "recorded hosts do, or how it varies."),
      Key(
        "swap_space", .bytes(.within(0...1_000_000_000_000_000)), .standard("4 GiB"),
        "Pinned host memory per GPU for paged KV; vLLM's default."),
      Key(
        "offload", .mapping(Self.offload), .optional,
        "KV stays off the GPU, where 'paging' says, and is brought to it layer by layer: one long prompt at a time."),
      Key(
        "lora", .mapping(Self.adapters), .optional,
        "Low-rank adapters that requests name by their stream's 'adapters'; kept where 'paging' says, and fetched."),
      Key(
        "context_override", .boolean, .optional,
        "Whether 'max_model_len' may exceed what the model was made for, as in benchmarks with dummy weights."),
      Key("overheads", .mapping(overheads), .standard("{}"), "Host time, in place of the profile's."),
    ],
    notModelled: [
      ("speculative_config", "every iteration produces one token for each sequence"),
      ("dtype", "the type of the weights is what the model's config.json says"),
      ("quantization", "the type of the weights is what the model's config.json says"),
      ("enable_lora", "the key is 'lora'"),
      ("cpu_offload_gb", "weights stay on the GPU"),
      ("enable_chunked_prefill", "the scheduling policy decides; see 'spillway policies'"),
      ("scheduling_policy", "the key is 'policy', beside 'engine'"),
    ])

  static let offload = Section(
    "offload",
    "What an engine keeps off its GPUs, as FlexGen does; a layer takes max(load, compute, store) + per_layer.",
    [
      Key("weights", .boolean, .standard("false"), "Whether weights are off the GPU too, and not KV alone."),
      Key(
        "per_layer", .duration(.within(.zero ... .seconds(1))), .standard("0.25 ms"),
        "What waiting for each other, and launching, adds to a layer (assumption)."),
    ])

  static let host = Section(
    "host", "A host whose pace is drawn for each replica and replication: its time over its usual time.",
    [
      Key(
        "between_runs", .number(.within(0...1)), .standard("\(HostVariation.measured.betweenRuns)"),
        "Standard deviation of the mean pace from run to run; as recorded when left out."),
      Key(
        "within_run", .number(.within(0...1)), .standard("\(HostVariation.measured.withinRun)"),
        "Standard deviation of the pace in the course of a run; as recorded when left out."),
      Key(
        "lasts", .duration(.within(.milliseconds(1) ... .seconds(86400))), .standard("2 s"),
        "How long a pace lasts; as recorded when left out."),
    ])

  static let overheads = Section(
    "overheads", "Time the serving engine itself spends on the host.",
    [
      Key("per_step", .duration(.within(.zero ... .seconds(1))), .optional, "In each iteration."),
      Key("per_sequence", .duration(.within(.zero ... .seconds(1))), .optional, "For each sequence of an iteration."),
      Key("per_layer", .duration(.within(.zero ... .seconds(1))), .optional, "For each layer of an iteration."),
      Key(
        "launch_per_layer", .duration(.within(.zero ... .seconds(1))), .optional,
        "To launch a layer of an iteration with prompts and more tokens than the largest graph, which takes at least "
          + "that."),
      Key(
        "overlap_per_step", .duration(.within(.zero ... .seconds(1))), .optional,
        "For the next iteration while one runs, which takes at least as long."),
      Key(
        "overlap_per_sequence", .duration(.within(.zero ... .seconds(1))), .optional,
        "The same for each of its sequences."),
      Key(
        "front_end", .either([.duration(.within(.zero ... .seconds(60))), .choice(noun: "source", ["stack"])]),
        .optional,
        "From a client's sending of a request to the engine's queue, and of a token back: HTTP, tokenising, hops "
          + "between processes. A time, or 'stack' for what the stack's costs have; none when left out: times to first "
          + "token are then the engine's."),
    ])

  static let paging = Section(
    "paging", "Where KV goes that leaves a GPU, and how it travels.",
    [
      Key(
        "destination", .choice(noun: "destination", PagingSettings.Destination.allCases.map(\.rawValue)),
        .standard("host"), "Host memory, or memory lent by peer GPUs with the host behind it."),
      Key(
        "lenders", .list(of: .identifier, atLeast: 1), .optional,
        "Deployments to borrow from, in order; all that lend on the same server when left out."),
      Key(
        "wants", .bytes(.atLeast(1)), .optional,
        "What it would have of peers' memory, per GPU, where replicas are placed by it; 'swap_space' when left out."),
      Key(
        "over_network", .boolean, .optional,
        "Whether a replica without a lender on its server uses those on others, over the network; not when left out."
      ),
      Key(
        "transfer", .choice(noun: "transfer", PagingSettings.Transfer.allCases.map(\.rawValue)),
        .standard("coalesced"), "One copy per fragment, one gathered copy, a kernel, or block by block."),
      Key(
        "stored_prefixes", .boolean, .optional,
        "Whether the KV of every group's 'shared_prefix' is kept there from the start and fetched; not when left out."),
    ])

  static let adapters = Section(
    "lora", "Low-rank adapters of an engine.",
    [
      Key(
        "max_loras", .integer(.within(1...100_000)), .standard("1"),
        "Adapters that GPU memory has places for, taken from KV; vLLM's default."),
      Key("max_lora_rank", .integer(.within(1...4096)), .standard("16"), "The rank of all of them; vLLM's default."),
      Key(
        "size", .bytes(.within(1...1_000_000_000_000)), .optional,
        "Bytes of one adapter, on all GPUs of a replica together; by rank and modules when left out."),
      Key(
        "modules", .choice(noun: "set of modules", AdapterModules.allCases.map(\.rawValue)), .standard("all"),
        "Whether all of a layer's linear modules are adapted, or those of attention."),
    ])

  static let lending = Section(
    "lending", "Memory that a deployment offers to its peers.",
    [
      Key("memory", .bytes(.moreThan(0)), .required, "What is lent at most, per GPU."),
      Key(
        "policy",
        .choice(
          noun: "lending policy", [LendingSettings.Rule.static.rawValue, LendingSettings.Rule.informer.rawValue]),
        .standard("static"),
        "Always, or as the lender's own load allows."),
      Key("retain", .bytes(.atLeast(0)), .standard("5 GB"), "KV memory the lender keeps, per GPU (AQUA keeps 5 GB)."),
      Key(
        "offer_below", .integer(.atLeast(0)), .standard("2"),
        "With 'informer': offered while at most this many requests wait (AQUA's value)."),
      Key(
        "reclaim_at", .integer(.atLeast(1)), .standard("10"),
        "With 'informer': taken back when this many requests wait (AQUA's value)."),
    ])

  private var expectation: Section {
    let bound = ValueKind.either([
      .number(.any), .duration(.any), .bytes(.any), .rate(.any, of: "things"), .bandwidth(.any), .fraction(.any),
    ])
    return Section(
      "expectation", "A bound on one result.",
      [
        Key("metric", .choice(noun: "metric", metrics), .required, "Which result."),
        Key("deployment", .identifier, .optional, "Of which deployment; the only one when left out."),
        Key("class", .choice(noun: "class", RequestClass.allCases.map(\.rawValue)), .optional, "Of which class."),
        Key("policy", .identifier, .optional, "Under which policy, by label; under every one when left out."),
        Key("ratio", .list(of: .identifier, atLeast: 2), .optional, "The first policy's value over the second's."),
        Key("variant", .identifier, .optional, "In which variant; in every one when left out."),
        Key("below", bound, .optional, "The value must be less, with its unit."),
        Key("above", bound, .optional, "The value must be more, with its unit."),
        Key(
          "reported", .boolean, .optional,
          "Whether it is only told of on a page of claims: it has no bounds, and 'check' leaves it aside."),
        Key("title", .text, .optional, "What a page of claims calls it."),
        Key("published", .text, .optional, "The value that was published, for a page of claims."),
        Key("every_point", .boolean, .standard("false"), "Whether the bounds are for every point of the file's sweep."),
        Key("rises", .text, .optional, "The key of the file's sweep along which the value never falls."),
        Key("falls", .text, .optional, "The key of the file's sweep along which the value never rises."),
        Key(
          "tolerance", .fraction(.within(0...1)), .optional,
          "With 'rises' and 'falls': a step the wrong way by no more than this share is allowed; none when left out."),
      ])
  }

  /// The types KV can be stored in, with their short names.
  static let numberTypes: [(name: String, type: NumberType)] = [
    ("bfloat16", .bfloat16), ("bf16", .bfloat16), ("float16", .float16), ("fp16", .float16), ("float32", .float32),
    ("fp8", .fp8),
  ]
}
