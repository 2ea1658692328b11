import Assembly
import Configuration
import SimCore

extension ScenarioSections {
  /// A model that is no language model.
  static let service = Section(
    "service", "A model that serves batches in a fixed time, such as images or audio, on one GPU; it may lend memory.",
    notModelled: [
      ("tensor_parallel", "a service runs on one GPU; use more 'replicas'"),
      ("engine", "a service has no serving engine: 'max_batch' and the times say all"),
      ("policy", "whoever waits runs in the next batch"),
      ("paging", "a service pages nothing"),
    ]
  ) {
    [
      Key("name", .identifier, .required, "What results and other keys call it."),
      Key(
        "model", .choice(noun: "service", ServiceCatalogue.names), .optional,
        "One of the catalogue, for what is left out of the next five."),
      Key("max_batch", .integer(.within(1...65_536)), .optional, "Requests in a batch at most."),
      Key(
        "memory", .bytes(.atLeast(1)), .optional, "What it holds of its GPU's memory while it runs full batches."),
      Key("per_batch", serviceTime, .optional, "What a batch takes, whatever is in it."),
      Key("per_request", serviceTime, .optional, "What each request of a batch adds."),
      Key("least", serviceTime, .optional, "What a batch takes at least."),
    ] + placeKeys + [
      Key(
        "replicas", .integer(.within(1...100_000)), .optional,
        "Copies of the model, each on one GPU; as many as 'gpus' has, or 1."),
      Key(
        "lend", .either([.bytes(.moreThan(0)), .mapping(serviceLending)]), .optional,
        "Memory of each GPU that is offered to peers; a size is lent for the whole run."),
    ]
  }

  private static let serviceTime = ValueKind.duration(.within(.zero ... .seconds(86_400)))

  private static let serviceLending = Section(
    "service_lending", "Memory that a service offers to its peers.",
    [
      Key(
        "memory", .bytes(.moreThan(0)), .optional,
        "What is lent; all that the model leaves, less 'retain', when left out."),
      Key(
        "policy",
        .choice(
          noun: "lending policy", [LendingSettings.Rule.batch.rawValue, LendingSettings.Rule.static.rawValue]),
        .standard(LendingSettings.Rule.batch.rawValue),
        "From its first full batch on, as AQUA's batch informer has it, or always."),
      Key("retain", .bytes(.atLeast(0)), .standard("5 GiB"), "What is never lent (AQUA keeps 5 GiB)."),
    ])
}
