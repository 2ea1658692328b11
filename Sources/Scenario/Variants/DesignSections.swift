import Configuration

extension ScenarioSections {
  /// `sweep`: a design, or several that are combined.
  static let sweep = ValueKind.either([.mapping(design), .list(of: .mapping(design), atLeast: 1)])

  private static let keyHelp = "The path of a key of the scenario, as for --set, with its values."

  static let design = Section(
    "design", "Points of a sweep: keys of the scenario with their values.",
    [
      Key(
        "grid",
        .mapping(Section("grid", "Every value of each key with every value of the others.", [], otherKeys: keyHelp)),
        .optional, "Every value of each key with every value of the others: lists, or ranges with 'points'."),
      Key(
        "zip", .mapping(Section("zip", "Values that belong together.", [], otherKeys: keyHelp)), .optional,
        "The first value of each key, the second of each, and so on: lists of one length, or ranges with 'points'."),
      Key(
        "list",
        .list(
          of: .mapping(
            Section(
              "listed_point", "One point.", [],
              otherKeys: "The path of a key of the scenario, as for --set, with its value.")), atLeast: 1),
        .optional, "Points, one by one."),
      Key("random", .mapping(sampled), .optional, "Points drawn at random, each key for itself."),
      Key(
        "latin_hypercube", .mapping(sampled), .optional,
        "Points drawn at random, so that each of as many equal parts of every key's range has one of them."),
    ])

  static let sampled = Section(
    "sampled_design", "Points drawn at random.",
    [
      Key("points", .integer(.within(1...DesignReader.mostPoints)), .required, "How many."),
      Key("seed", .integer(.atLeast(0)), .standard("1"), "Where the draws start from; requests have the scenario's."),
      Key(
        "keys",
        .mapping(
          Section(
            "sampled_keys", "The keys, each with a range or a list to draw from.", [],
            otherKeys: "The path of a key of the scenario, with a range (from, to) or a list to draw from.")),
        .required, "The keys, each with a range or a list to draw from."),
    ])

  /// A range of numbers with a unit.
  static let range = Section(
    "range", "Numbers between two ends.",
    [
      Key("from", end, .required, "The first value, with its unit."),
      Key("to", end, .required, "The last value, in the same unit."),
      Key("points", .integer(.within(2...DesignReader.mostPoints)), .optional, "How many, both ends among them."),
      Key(
        "scale", .choice(noun: "scale", ["linear", "logarithmic"]), .standard("linear"),
        "Whether equal steps are equal differences or equal ratios."),
      Key("integer", .boolean, .standard("false"), "Rounds to whole numbers."),
    ])

  private static let end = ValueKind.either([.number(.any), .text])
}
