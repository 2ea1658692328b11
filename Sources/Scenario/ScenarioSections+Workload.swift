import Configuration
import SimCore
import Workload

extension ScenarioSections {
  /// A stream of requests.
  var stream: Section {
    Section(
      "stream", "A stream of requests to one deployment.",
      [
        Key("name", .identifier, .optional, "What its random choices and messages go by."),
        Key("deployment", .identifier, .optional, "Where requests go; the only deployment when left out."),
        Key("arrivals", Self.arrivals, .standard("poisson"), "When requests come."),
        Key(
          "rate", .rate(.above(0, upTo: ArrivalProcess.highestRate), of: "requests"), .optional,
          "Mean arrival rate, for the processes that have one."),
        Key("requests", .integer(.within(1...1_000_000_000_000)), .optional, "How many requests there are at most."),
        Key("start", .duration(.within(.zero...Self.longest)), .standard("0 s"), "When the stream starts."),
        Key("duration", .duration(.above(.zero, upTo: Self.longest)), .optional, "How long the stream lasts."),
        Key("trace", .mapping(Self.trace), .optional, "Recorded requests, in place of 'arrivals' and lengths."),
        Key(
          "shared_prefix", .mapping(Self.sharedPrefix), .optional,
          "What prompts begin with, such as system prompts; 'prompt_tokens' come after it."),
        Key(
          "adapters", .mapping(Self.adapterMix), .optional,
          "Which of several low-rank adapters each request names; the deployment's 'engine' has 'lora'."),
        Key(
          "sessions", .mapping(Self.sessions), .optional,
          "Each arrival starts a session of several turns, whose prompts are all that was said and something new."
        ),
      ] + Self.requestKeys + [
        Key(
          "components", .list(of: .mapping(Self.component), atLeast: 1), .optional,
          "A mixture of kinds of requests, in place of one kind."),
        Key("slo", .mapping(Self.objective), .standard("{}"), "What a request must meet to count as good."),
      ],
      notModelled: [
        ("prefix", "the key is 'shared_prefix'"),
        ("adapter", "the key is 'adapters'"),
        ("images", "requests are text"),
        ("beam_width", "each request produces one sequence"),
        ("n", "each request produces one sequence"),
      ])
  }

  private static let requestKeys: [Key] = [
    Key(
      "class", .choice(noun: "class", RequestClass.allCases.map(\.rawValue)), .optional,
      "'online' when left out, unless a trace has a column that says."),
    Key("tenant", .integer(.within(0...1_000_000)), .optional, "Whose requests these are, as a number."),
    Key("priority", .integer(.within(-1_000_000...1_000_000)), .optional, "Less is more urgent; 0 when left out."),
    Key(
      "deadline", .duration(.within(.microseconds(1) ... .seconds(4_320_000))), .optional,
      "Time from its arrival by which a request should be finished: policies see it, and goodput counts it."),
    Key("prompt_tokens", tokens, .optional, "Length of prompts."),
    Key("output_tokens", tokens, .optional, "Length of answers."),
    Key("lengths", .mapping(pairs), .optional, "Recorded pairs of prompt and output length, in place of the two."),
  ]

  private static let component = Section(
    "component", "One kind of request of a mixture.",
    [Key("weight", .number(.moreThan(0)), .standard("1"), "Its share, relative to the others.")] + requestKeys)

  private static let pairs = Section(
    "pairs", "Recorded pairs of lengths, drawn together.",
    [
      Key(
        "file", .text, .optional,
        "A CSV file with columns prompt_tokens and output_tokens, plain or gzip, beside the scenario."),
      Key(
        "catalogue", .choice(noun: "set of lengths", LengthCatalogue.names), .optional,
        "A set of the catalogue, in place of a file."),
    ])

  private static let objective = Section(
    "slo", "What a request must meet to count as good; every limit given must hold.",
    [
      Key("ttft", .duration(.above(.zero, upTo: longest)), .optional, "Time to first token at most."),
      Key("tpot", .duration(.above(.zero, upTo: longest)), .optional, "Time per output token at most."),
      Key("e2el", .duration(.above(.zero, upTo: longest)), .optional, "End-to-end latency at most."),
    ])

  // MARK: Arrivals

  private static let variation = Key(
    "cv", .number(.within(0.01...100)), .standard("1"), "Coefficient of variation of the gaps; 1 is Poisson.")

  private static let arrivals = ValueKind.tagged(
    by: "process", noun: "arrival process",
    [
      Section("poisson", "Independent exponential gaps.", []),
      Section(
        "gamma", "Independent Gamma gaps.",
        [
          Key("cv", .number(.within(0.01...100)), .required, "Coefficient of variation; more than 1 is burstier."),
          Key(
            "ends_at_mean", .boolean, .standard("false"),
            "Rescales so that the last request comes at requests/rate, as 'vllm bench serve' does."),
        ]),
      Section(
        "weibull", "Independent Weibull gaps.",
        [
          Key(
            "shape", .number(.within(ArrivalProcess.weibullShapes)), .optional,
            "The shape; less than 1 is burstier than Poisson."),
          Key("cv", .number(.within(0.01...100)), .optional, "Coefficient of variation, in place of the shape."),
        ]),
      Section(
        "on-off", "A Poisson process whose rate switches between two values, starting on.",
        [
          Key("on_rate", rate(.above(0, upTo: ArrivalProcess.highestRate)), .required, "Rate while on."),
          Key("off_rate", rate(.within(0...ArrivalProcess.highestRate)), .standard("0/s"), "Rate while off."),
          Key("on_time", period, .required, "Length of an on period, or its mean.", formerly: "on"),
          Key("off_time", period, .required, "Length of an off period, or its mean.", formerly: "off"),
          Key(
            "durations", .choice(noun: "kind of durations", OnOffRates.Durations.allCases.map(\.rawValue)),
            .standard("exponential"), "Whether periods vary or are all the same."),
        ]),
      Section(
        "bursts", "The stream's rate, with bursts in place of it.",
        [
          Key("bursts", .list(of: .mapping(burst), atLeast: 1), .required, "The bursts, in order of time."),
          variation,
        ]),
      Section(
        "piecewise", "A rate that changes at given times.",
        [
          Key("steps", .list(of: .mapping(step), atLeast: 1), .required, "The rates; the first from 0 s."),
          variation,
        ]),
      Section("constant", "A request at the start, and one every 1/rate after it.", []),
      Section(
        "closed-loop", "Users who wait for each answer before they send again.",
        [
          Key("users", .integer(.within(1...10_000_000)), .required, "How many."),
          Key("think_time", thinkTime, .standard("0 s"), "Between an answer and the next request."),
          Key(
            "first_requests",
            .choice(noun: "kind of first requests", ["together", "after-think-time", "spread"]),
            .standard("together"), "When users send for the first time."),
          Key(
            "spread", .duration(.above(.zero, upTo: longest)), .optional,
            "With 'first_requests: spread': the time over which first requests are spread."),
        ]),
      Section(
        "pool", "Work that never runs out: whenever a request is done the next one is there.",
        [
          Key(
            "depth", .integer(.within(1...10_000_000)), .standard("1024"),
            "Requests that are there at any time, waiting or running; more than an engine takes, so that some wait."
          )
        ]),
      Section("batch", "All requests at the stream's start.", []),
      clients,
    ])

  private static let period = ValueKind.duration(.within(OnOffRates.shortestPeriod...longest))

  private static func rate(_ bounds: Bounds<Double>) -> ValueKind { .rate(bounds, of: "requests") }

  private static let burst = Section(
    "burst", "A span of time with a rate of its own.",
    [
      Key("start", .duration(.within(.zero...longest)), .required, "From the stream's start."),
      Key("duration", .duration(.above(.zero, upTo: longest)), .required, "How long."),
      Key(
        "rate", rate(.within(0...ArrivalProcess.highestRate)), .required,
        "The rate during the burst, in place of the stream's."),
    ])

  private static let step = Section(
    "step", "From a time on, a rate.",
    [
      Key("from", .duration(.within(.zero...longest)), .required, "From the stream's start."),
      Key("rate", rate(.within(0...ArrivalProcess.highestRate)), .required, "The rate."),
    ])

  static let thinkTime = ValueKind.either([
    .duration(.within(.zero...longest)),
    .tagged(
      by: "distribution", noun: "distribution",
      [
        Section("exponential", "Exponential.", [mean]),
        Section("gamma", "Gamma.", [mean, spread]),
        Section("lognormal", "Log-normal.", [mean, spread]),
      ]),
  ])
  private static let mean = Key("mean", .duration(.above(.zero, upTo: longest)), .required, "The mean.")
  private static let spread = Key("cv", .number(.within(0.01...100)), .required, "Coefficient of variation.")

  // MARK: Lengths

  private static let largest = Double(LengthDistribution.largest)

  private static let limits: [Key] = [
    Key("minimum", .integer(.within(1...LengthDistribution.largest)), .optional, "No length is less."),
    Key("maximum", .integer(.within(1...LengthDistribution.largest)), .optional, "No length is more."),
    Key(
      "outside", .choice(noun: "rule", LengthDistribution.OutsideRule.allCases.map(\.rawValue)), .standard("clip"),
      "Whether a length outside becomes the limit or is drawn again."),
  ]

  private static func count(_ name: String, _ presence: Key.Presence, _ help: String) -> Key {
    Key(name, .integer(.within(1...LengthDistribution.largest)), presence, help)
  }

  private static func number(_ name: String, _ presence: Key.Presence, _ help: String) -> Key {
    Key(name, .number(.above(0, upTo: largest)), presence, help)
  }

  static let tokens = ValueKind.either([
    .integer(.within(1...LengthDistribution.largest)),
    .tagged(
      by: "distribution", noun: "distribution",
      [
        Section("fixed", "Always the same.", [count("tokens", .required, "How many.")]),
        Section(
          "uniform", "Every whole number between two, both included.",
          [count("low", .required, "The least."), count("high", .required, "The most.")]),
        Section(
          "lognormal", "Log-normal, by mean and cv, by median and p90, or by mu and sigma.",
          [
            number("mean", .optional, "The mean."),
            Key("cv", .number(.within(0.01...100)), .optional, "Coefficient of variation."),
            number("median", .optional, "The median."), number("p90", .optional, "The 90th percentile."),
            Key("mu", .number(.within(-50...50)), .optional, "Mean of the logarithm."),
            Key("sigma", .number(.within(0...20)), .optional, "Standard deviation of the logarithm."),
          ] + limits),
        Section(
          "gamma", "Gamma.",
          [number("mean", .required, "The mean."), spread] + limits),
        Section(
          "zipf", "Probability proportional to a power of the length.",
          [
            Key("exponent", .number(.within(0...20)), .required, "The power."),
            count("low", .standard("1"), "The least."), count("high", .required, "The most."),
          ] + limits),
        Section(
          "quantiles", "Straight lines between points of the distribution.",
          [
            Key(
              "points",
              .list(
                of: .mapping(
                  Section(
                    "quantile", "A share of lengths is at most this.",
                    [
                      Key("p", .fraction(.within(0...1)), .required, "The share."),
                      Key("tokens", .number(.within(1...largest)), .required, "The length."),
                    ])), atLeast: 2), .required, "The points, from p = 0 to p = 1.")
          ] + limits),
        Section(
          "sample", "One of the recorded values, each equally likely.",
          [Key("file", .text, .required, "A file with one length per line, beside the scenario.")] + limits),
      ]),
  ])

  // MARK: Traces

  private static let trace = Section(
    "trace", "Recorded requests.",
    [
      Key("file", .text, .required, "The file, plain or gzip, beside the scenario."),
      Key(
        "format", .choice(noun: "format", ["auto"] + TraceFormat.allCases.map(\.rawValue)), .standard("auto"),
        "The format; 'auto' finds it from the first line."),
      Key("time_scale", .number(.within(1e-9...1e9)), .standard("1"), "Multiplies the times: 2 is twice as slow."),
      Key("rate_scale", .number(.within(1e-9...1e9)), .standard("1"), "Divides the times: 2 is twice as fast."),
      Key("from", .duration(.within(.zero...longest)), .standard("0 s"), "Drops what comes earlier in the trace."),
      Key("to", .duration(.above(.zero, upTo: longest)), .optional, "Drops what comes at this time or later."),
      Key(
        "shard", .text, .optional,
        "One of several parts without common rows, counted from 0: '0/2' takes rows 0, 2, 4, ..., '1/2' the others."),
      Key("sample", .fraction(.above(0, upTo: 1)), .standard("1"), "The share of rows that is kept."),
      Key("limit", .integer(.atLeast(1)), .optional, "How many requests are taken at most."),
      Key(
        "max_tokens", .integer(.within(1...LengthDistribution.largest)), .standard("\(LengthDistribution.largest)"),
        "Rows with more prompt or output tokens are bad rows."),
      Key(
        "hash_block", .integer(.within(PromptBlocks.sizes)), .optional,
        "Tokens that each of 'hash_ids' stands for; what the column's name says, or 512, when left out."),
      Key("skip_bad_rows", .boolean, .standard("false"), "Counts bad rows instead of stopping."),
      Key("sort_window", .integer(.within(0...10_000_000)), .standard("0"), "Rows held back to put times in order."),
      Key(
        "spread", .duration(.within(.zero ... .seconds(86_400))), .standard("0 s"),
        "Moves rows later by random times below this, for times recorded in coarse ticks."),
      Key(
        "origin", .choice(noun: "origin", TraceDescription.Origin.allCases.map(\.rawValue)), .optional,
        "What time 0 is; the format's custom when left out."),
    ])
}
