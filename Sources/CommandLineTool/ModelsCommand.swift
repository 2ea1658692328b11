import ArgumentParser
import Models
import Report
import TextIO

/// `spillway models`: the models whose shapes come with the program, and any other by its configuration.
struct ModelsCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List models, or everything of one: a name, a Hugging Face id, or the path of a config.json.",
    discussion: """
      Examples:
        spillway models
        spillway models meta-llama/Llama-3.1-70B-Instruct
        spillway models my/config.json --format json
      """)

  @OptionGroup var options: ListingOptions
  @OptionGroup var reading: ReadingOptions

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    guard let name = options.name else {
      let models = try ModelCatalogue.names.map { try ModelCatalogue.model(named: $0) }
      try context.console.output(
        Self.list(models).text(as: options.format, width: context.console.width, json: Self.listJSON(models)))
      return .done
    }
    let facts = Self.facts(try NamedModel.find(name))
    let listing = ListingDocument([
      .table(
        ListingDocument.Table(
          ["fact", "value", "meaning"], showsHeader: false, rows: facts.map { [$0.key, $0.shown, $0.help] }))
    ])
    try context.console.output(
      listing.text(
        as: options.format, width: context.console.width,
        json: JSONText.object(facts.map { ($0.key, $0.value) }).document))
    return .done
  }

  private static func list(_ models: [ModelArchitecture]) -> ListingDocument {
    let rows = models.map { model in
      [
        model.name, Amount.parameters(model.parameterCount), Amount.bytes(model.weightBytes),
        Amount.bytes(model.keyValueBytesPerToken()), Amount.count(model.maximumContext),
      ]
    }
    let header = ["model", "parameters", "weights", "KV per token", "context"]
    return ListingDocument([.table(ListingDocument.Table(header, rows: rows, numeric: [1, 2, 3, 4]))])
  }

  private static func listJSON(_ models: [ModelArchitecture]) -> String {
    JSONText.array(models.map { .object(facts($0).map { ($0.key, $0.value) }) }).document
  }

  private struct Fact {
    var key: String
    var value: JSONText
    var shown: String
    var help: String

    init(_ key: String, _ value: Int64, _ shown: String? = nil, _ help: String = "") {
      self.key = key
      self.value = .integer(value)
      self.shown = shown ?? Amount.count(Int(value))
      self.help = help
    }

    init(_ key: String, text: String, _ help: String = "") {
      self.key = key
      value = .string(text)
      shown = text
      self.help = help
    }
  }

  private static func facts(_ model: ModelArchitecture) -> [Fact] {
    var facts = [
      Fact("name", text: model.name), Fact("family", text: model.family, "model_type of config.json"),
      Fact("parameters", model.parameterCount, Amount.parameters(model.parameterCount)),
      Fact(
        "active_parameters", model.activeParameterCount, Amount.parameters(model.activeParameterCount),
        "that a token passes through"),
      Fact("weight_bytes", model.weightBytes, Amount.bytes(model.weightBytes), "all GPUs together"),
      Fact("weight_type", text: model.weightType.rawValue),
      Fact("activation_type", text: model.activationType.rawValue, "KV too, unless a scenario says otherwise"),
      Fact(
        "kv_bytes_per_token", model.keyValueBytesPerToken(), Amount.bytes(model.keyValueBytesPerToken()),
        "all layers, all GPUs together"),
      Fact("layers", Int64(model.layerCount)), Fact("hidden_size", Int64(model.hiddenSize)),
      Fact("vocabulary", Int64(model.vocabularySize)),
      Fact("context", Int64(model.maximumContext), nil, "longest sequence, tokens"),
      Fact("attention_heads", Int64(model.attention.heads)),
    ]
    switch model.attention {
    case .grouped(let grouped):
      facts.append(Fact("kv_heads", Int64(grouped.keyValueHeads)))
      facts.append(Fact("head_dimension", Int64(grouped.headDimension)))
    case .latent(let latent):
      facts.append(Fact("kv_rank", Int64(latent.keyValueRank), nil, "multi-head latent attention"))
      facts.append(Fact("rotated_dimension", Int64(latent.rotatedDimension)))
    }
    facts.append(Fact("intermediate_size", Int64(model.feedForward.intermediateSize)))
    if let experts = model.experts {
      facts.append(Fact("experts", Int64(experts.count), nil, "in each of \(experts.layerCount) layers"))
      facts.append(Fact("experts_per_token", Int64(experts.perToken)))
    }
    if let window = model.slidingWindow {
      facts.append(Fact("sliding_window", Int64(window), nil, "tokens, in \(model.slidingLayerCount) layers"))
    }
    for assumption in model.assumptions { facts.append(Fact("assumption", text: assumption)) }
    return facts
  }
}
