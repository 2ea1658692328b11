import Configuration

/// The keys of a file below the catalogue's `commands`.
enum ServeDialectSections {
  static let command = Section(
    "command", "The command that starts a serving stack's server.",
    [
      Key("stack", .identifier, .required, "The serving stack."),
      Key("programs", .list(of: .text, atLeast: 1), .required, "What such a command may begin with."),
      Key("positional", .choice(noun: "key", ["model"]), .optional, "What a word is that belongs to no argument."),
      Key("negation", .text, .optional, "What stands before a switch's name to turn it off."),
      Key("defaults", .list(of: .text, atLeast: 0), .standard("[]"), "KEY=VALUE: keys that the stack has otherwise."),
      Key("json", .list(of: .mapping(object), atLeast: 0), .standard("[]"), "Arguments whose value is a JSON object."),
    ] + effects)

  private static let effects = [
    Key("sets", .list(of: .mapping(setting), atLeast: 0), .standard("[]"), "Arguments that set a key of a scenario."),
    Key(
      "refused", .list(of: .mapping(refused), atLeast: 0), .standard("[]"), "Those that ask for what isn't modelled."),
    Key("neutral", .list(of: .mapping(neutral), atLeast: 0), .standard("[]"), "Those that do not matter for times."),
  ]

  private static let object = Section(
    "object", "An argument whose value is a JSON object.",
    [
      Key("names", .list(of: .text, atLeast: 1), .required, "Its names."),
      Key("why", .text, .required, "Why members that are not listed are refused."),
    ] + effects)

  private static let names = Key("names", .list(of: .text, atLeast: 1), .required, "Its names, the usual one first.")
  private static let takes = Key(
    "takes", .choice(noun: "kind of value", ServeDialect.Takes.allCases.map(\.rawValue)), .required,
    "What follows the name.")

  private static let setting = Section(
    "setting", "An argument that sets a key of a scenario.",
    [
      names, takes,
      Key("key", .text, .required, "Which key: 'model', 'tensor_parallel', 'engine.KEY', 'policy.KEY' and so on."),
      Key("values", .list(of: .text, atLeast: 1), .optional, "FROM=TO: the command's values and the scenario's."),
      Key("unit", .text, .optional, "Written behind the number."),
      Key("add", .integer(.within(-1...1)), .optional, "Added to the number."),
      Key("shared_by_gpus", .boolean, .optional, "Whether the number is of all GPUs of a replica together."),
      Key("also", .list(of: .text, atLeast: 1), .optional, "KEY=VALUE: keys that are set with it."),
      Key("why", .text, .optional, "Why other values are refused."),
    ])

  private static let refused = Section(
    "refused", "Arguments that ask for what isn't modelled.",
    [
      names, takes,
      Key("unless", .list(of: .text, atLeast: 1), .optional, "Values that ask for nothing."),
      Key("why", .text, .required, "What is modelled in its place."),
    ])

  private static let neutral = Section(
    "neutral", "Arguments that do not matter for times.",
    [names, takes, Key("why", .text, .required, "What they are about.")])
}
