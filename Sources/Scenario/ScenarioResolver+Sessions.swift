import Configuration
import Workload

extension ScenarioResolver {
  /// What prompts of a stream have in common; nothing where it is not written, or wrong.
  func resolvePrefixes(_ map: CheckedMap, into stream: inout WorkloadStream) {
    if let prefix = map.map("shared_prefix"), let tokens = prefix["tokens"].flatMap({ distribution($0) }),
      let groups = prefix.integer("groups"), let exponent = prefix.number("exponent")
    {
      stream.sharedPrefix = SharedPrefix(tokens: tokens, groups: groups, exponent: exponent)
    }
    if let sessions = map.map("sessions"), let turns = sessions["turns"].flatMap({ distribution($0) }),
      let thinkTime = sessions["think_time"].flatMap({ thinkTime($0) })
    {
      stream.conversations = Conversations(
        turns: turns, thinkTime: thinkTime, newTokens: sessions["new_tokens"].flatMap { distribution($0) })
    }
  }
}
