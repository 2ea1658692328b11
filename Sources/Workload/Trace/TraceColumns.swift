/// What a column of a trace means.
enum TraceColumn: Int {
  case time, prompt, output, requestClass, tenant, priority, deadline
  case prefixTokens, prefixGroup, session, turn
  /// Known and rightly ignored: it repeats what other columns say.
  case redundant
  /// Something requests here don't have.
  case unmodelled
  /// What the blocks of the prompt are: `hash_ids`.
  case blocks

  /// The columns every row must have.
  static let required: [TraceColumn] = [.time, .prompt, .output]
}

extension TraceFormat {
  var isJSON: Bool { self == .mooncake || self == .jsonLines }

  /// How times are written.
  enum TimeNotation {
    case date
    /// A number; times 10 to this power it is picoseconds.
    case number(scale: Int)
  }

  var timeNotation: TimeNotation {
    switch self {
    case .azure: .date
    case .mooncake: .number(scale: 9)
    default: .number(scale: 12)
    }
  }

  var defaultOrigin: TraceDescription.Origin { self == .azure || self == .burstGPT ? .firstRow : .zero }

  /// The names of the three required columns, in the order of `TraceColumn.required`.
  var requiredNames: [String] {
    switch self {
    case .azure: ["TIMESTAMP", "ContextTokens", "GeneratedTokens"]
    case .burstGPT: ["Timestamp", "Request tokens", "Response tokens"]
    case .mooncake: ["timestamp", "input_length", "output_length"]
    case .vidur: ["arrived_at", "num_prefill_tokens", "num_decode_tokens"]
    case .csv, .jsonLines: ["arrival_s", "prompt_tokens", "output_tokens"]
    }
  }

  func column(_ name: FieldText) -> TraceColumn {
    if PromptBlocks.isColumn(name), self == .mooncake || self == .csv || self == .jsonLines { return .blocks }
    switch self {
    case .azure:
      if name.equals("TIMESTAMP") { return .time }
      if name.equals("ContextTokens") { return .prompt }
      if name.equals("GeneratedTokens") { return .output }
    case .burstGPT:
      if name.equals("Timestamp") { return .time }
      if name.equals("Request tokens") { return .prompt }
      if name.equals("Response tokens") { return .output }
      if name.equals("Total tokens") || name.equals("Log Type") { return .redundant }
    case .mooncake:
      if name.equals("timestamp") { return .time }
      if name.equals("input_length") { return .prompt }
      if name.equals("output_length") { return .output }
    case .vidur:
      if name.equals("arrived_at") { return .time }
      if name.equals("num_prefill_tokens") { return .prompt }
      if name.equals("num_decode_tokens") { return .output }
    case .csv, .jsonLines:
      if name.equals("arrival_s") { return .time }
      if name.equals("prompt_tokens") { return .prompt }
      if name.equals("output_tokens") { return .output }
      if name.equals("class") { return .requestClass }
      if name.equals("tenant") || name.equals("client") { return .tenant }
      if name.equals("priority") { return .priority }
      if name.equals("deadline_s") { return .deadline }
      if name.equals("prefix_tokens") { return .prefixTokens }
      if name.equals("prefix_group") { return .prefixGroup }
      if name.equals("session") { return .session }
      if name.equals("turn") { return .turn }
      if name.equals("request_id") { return .redundant }
    }
    return .unmodelled
  }

  /// The format whose required columns are all among `names`.
  static func recognise(_ names: [String], isJSON: Bool) -> TraceFormat? {
    allCases.first { format in format.isJSON == isJSON && format.requiredNames.allSatisfy(names.contains) }
  }
}
