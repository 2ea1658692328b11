import Configuration
import Workload

extension ScenarioResolver {
  /// Streams whose requests name adapters, to engines that have none.
  func checkAdapters(_ streams: [ResolvedStream?], _ written: [CheckedValue]) {
    for (stream, value) in zip(streams, written) {
      guard let stream, stream.workload.adapters != nil, let map = value.map, stream.deployment < deployments.count,
        let deployment = deployments[stream.deployment], deployment.engine.adapters == nil
      else { continue }
      error(
        map.position(of: "adapters"),
        "requests name adapters, and the 'engine' of '\(deployment.name)' has no 'lora', for example "
          + "'lora: {max_loras: 8, max_lora_rank: 16}'")
    }
  }

  /// What prompts of a stream have in common; nothing where it is not written, or wrong.
  func resolvePrefixes(_ map: CheckedMap, into stream: inout WorkloadStream) {
    if let prefix = map.map("shared_prefix"), let tokens = prefix["tokens"].flatMap({ distribution($0) }),
      let groups = prefix.integer("groups"), let exponent = prefix.number("exponent")
    {
      stream.sharedPrefix = SharedPrefix(tokens: tokens, groups: groups, exponent: exponent)
    }
    if let mix = map.map("adapters"), let count = mix.integer("count"), let exponent = mix.number("exponent") {
      stream.adapters = AdapterMix(count: count, exponent: exponent)
    }
    if let sessions = map.map("sessions"), let turns = sessions["turns"].flatMap({ distribution($0) }),
      let thinkTime = sessions["think_time"].flatMap({ thinkTime($0) })
    {
      stream.conversations = Conversations(
        turns: turns, thinkTime: thinkTime, newTokens: sessions["new_tokens"].flatMap { distribution($0) })
    }
  }
}
