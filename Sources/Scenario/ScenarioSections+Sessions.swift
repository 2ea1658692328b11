import Configuration
import SimCore
import Workload

/// What prompts of a stream have in common.
extension ScenarioSections {
  static let sharedPrefix = Section(
    "shared_prefix", "What prompts begin with: the prefix of one of several groups.",
    [
      Key("tokens", tokens, .required, "How long prefixes are; each group's is drawn once."),
      Key("groups", .integer(.within(1...SharedPrefix.mostGroups)), .standard("1"), "How many different ones."),
      Key(
        "exponent", .number(.within(0...20)), .standard("0"),
        "Popularity: group k comes with probability proportional to k^-exponent; 0 makes all alike."),
    ])

  static let adapterMix = Section(
    "adapters", "Which low-rank adapter a request names.",
    [
      Key("count", .integer(.within(1...AdapterMix.most)), .required, "How many different ones."),
      Key(
        "exponent", .number(.within(0...20)), .standard("0"),
        "Popularity: adapter k comes with probability proportional to k^-exponent; 0 makes all alike."),
    ])

  static let sessions = Section(
    "sessions", "Conversations: each turn follows the answer to the one before.",
    [
      Key("turns", tokens, .required, "How many turns a session has: a whole number, or a distribution."),
      Key("think_time", thinkTime, .standard("0 s"), "Between an answer and the next turn."),
      Key(
        "new_tokens", tokens, .optional,
        "What a user adds from the second turn on; as 'prompt_tokens' when left out."),
    ])
}
