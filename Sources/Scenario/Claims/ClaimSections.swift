import Configuration

extension ScenarioSections {
  /// `claim`: what was published that the scenario tests.
  static let claim = Section(
    "claim", "A published result that this scenario tests: a chapter of a page that 'spillway claims' writes.",
    [
      Key("id", .text, .required, "What the page calls it, for example T9."),
      Key("published", .text, .required, "What was published."),
      Key("source", .text, .standard(""), "Where."),
      Key("target", .text, .standard(""), "What is asked of the simulation: the bounds of 'expect' in words."),
      Key("assumed", .text, .standard(""), "What the scenario assumes because it was not published."),
      Key("decides", .text, .standard(""), "What decides the result."),
      Key("found", .text, .standard(""), "What was found about the result, such as why the claim does not hold."),
      Key(
        "not_expressible", .text, .optional,
        "Why the claim cannot be tried; the scenario is then the nearest that can be run, its bounds not judged."
      ),
      Key(
        "data", .list(of: .mapping(claimData), atLeast: 1), .optional,
        "Data sets that the scenario needs and that are not in the repository."),
      Key(
        "studies", .list(of: .mapping(claimStudy), atLeast: 1), .optional,
        "How the bounds of 'expect' stand at other values of the keys that decide the result."),
      Key("charts", .mapping(claimCharts), .standard("{}"), "What the page's charts show."),
      Key(
        "max_replications", .integer(.within(1...100_000)), .optional,
        "The most by which its bounds are judged, where more would cost much and tell little."),
    ])

  private static let claimData = Section(
    "claim_data", "A data set that the scenario needs.",
    [
      Key("key", .text, .required, "The path of the key that names its file, as for --set."),
      Key("file", .text, .required, "The file, below the folder that '--data' names."),
      Key("origin", .text, .required, "Where it can be had."),
    ])

  private static let claimStudy = Section(
    "claim_study", "The scenario's bounds at other values of some keys.",
    [
      Key("title", .text, .required, "What the page calls it."),
      Key("text", .text, .standard(""), "What should be known about its values."),
      Key("sweep", sweep, .optional, "The points: one design, or several that are combined, as in 'sweep'."),
      Key(
        "file", .text, .optional, "In place of 'sweep': another scenario beside this one, with a sweep of its own."),
      Key(
        "policies", .list(of: .identifier, atLeast: 1), .optional,
        "The policies that run, by label; those that the bounds name, or all where one names none, when left out."),
      Key(
        "replications", .integer(.within(1...10_000)), .optional,
        "How many times each policy runs at each point; the scenario's when left out."),
      Key(
        "expect",
        .list(
          of: .mapping(
            Section(
              "study_expectation", "A bound.", [], otherKeys: "A key of a bound, as in the scenario's 'expect'.")),
          atLeast: 1), .optional,
        "The bounds that are shown; the scenario's when left out, less those of one variant or of policies left out."),
    ])

  private static let claimCharts = Section(
    "claim_charts", "What the charts of a claim show.",
    [
      Key("deployment", .identifier, .optional, "Whose requests; the first deployment's when left out."),
      Key(
        "policies", .list(of: .identifier, atLeast: 1), .optional,
        "Which policies, by label; all when left out."),
      Key("variant", .identifier, .optional, "Which variant; the first when left out."),
      Key(
        "ladder", .list(of: .text, atLeast: 1), .optional,
        "Figures of 'expect' without a policy, by title, to be drawn policy after policy as an ablation."),
    ])
}
