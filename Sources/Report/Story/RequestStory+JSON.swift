import Metrics
import Observing
import SimCore
import TextIO

/// A story as JSON. Times are whole picoseconds, so that they can be added.
extension RequestStory {
  /// Several stories, one for each run: an object with `stories`.
  public static func json(_ stories: [(heading: StoryHeading, story: RequestStory)], spillwayVersion: String) -> String
  {
    var json = JSONWriter()
    json.object { json in
      json.integer("schema_version", ResultsJSON.schemaVersion)
      json.string("spillway_version", spillwayVersion)
      json.array("stories") { json in
        for (heading, story) in stories { json.object { json in story.write(heading, &json) } }
      }
    }
    return json.text + "\n"
  }

  private func write(_ heading: StoryHeading, _ json: inout JSONWriter) {
    json.string("scenario", heading.scenario)
    ResultsJSON.writeAlternative(heading.alternative, &json)
    json.integer("seed", heading.seed)
    json.integer("replication", heading.replication)
    json.integer("request", outcome.id)
    if let choice = heading.choice { json.string("choice", choice) }
    json.string("deployment", heading.deployments[Int(outcome.deployment)])
    json.string("class", outcome.requestClass.rawValue)
    json.string("status", RequestRowPart.name(outcome.status))
    if let reason = outcome.rejectionReason { json.string("rejection", RequestRowPart.name(reason)) }
    json.integer("prompt_tokens", outcome.promptTokens)
    json.integer("output_tokens", outcome.outputTokens)
    json.integer("generated_tokens", outcome.generatedTokens)
    json.integer("preemptions", outcome.preemptions)
    json.integer("recomputed_tokens", outcome.recomputedTokens)
    json.integer("arrival_ps", outcome.arrival.picoseconds)
    write("first_token_ps", outcome.firstToken, &json)
    write("finished_ps", outcome.finished, &json)
    json.integer("end_ps", end.picoseconds)
    json.integer("duration_ps", duration.picoseconds)
    json.array("parts") { json in
      for total in totals {
        json.object { json in
          json.string("part", Self.key(total.part.rawValue))
          json.integer("to_first_token_ps", total.toFirstToken.picoseconds)
          json.integer("after_first_token_ps", total.after.picoseconds)
        }
      }
    }
    json.array("stays") { json in
      for stay in stays { json.object { json in write(stay, &json) } }
    }
    json.array("moves") { json in
      for move in moves { json.object { json in write(move, &json) } }
    }
  }

  private func write(_ stay: Stay, _ json: inout JSONWriter) {
    json.string("phase", Self.key(stay.phase.rawValue))
    if let replica = replicas[stay.engine] {
      json.string("deployment", replica.deployment)
      json.integer("replica", replica.replica)
      json.array("gpus") { json in for gpu in replica.gpus { json.integer(nil, gpu) } }
    }
    json.integer("start_ps", stay.start.picoseconds)
    json.integer("end_ps", stay.end.picoseconds)
    json.object("parts_ps") { json in
      for share in stay.parts { json.integer(Self.key(share.part.rawValue), share.time.picoseconds) }
    }
    json.integer("iterations", stay.iterations)
    json.integer("prompt_tokens", stay.promptTokens)
    for (name, requests) in [
      ("waiting", stay.waiting), ("on_gpu", stay.running), ("came_before", stay.preferred), ("left", stay.left),
    ] {
      json.array(name) { json in for request in requests { json.integer(nil, request) } }
    }
    if let levels = stay.levels {
      json.integer("kv_blocks", levels.local)
      json.integer("kv_blocks_capacity", levels.localCapacity)
    }
  }

  private func write(_ move: Move, _ json: inout JSONWriter) {
    json.string("kind", Self.key(move.kind.rawValue))
    json.string("tier", "\(move.tier)")
    json.array("gpus") { json in for gpu in move.lenders { json.integer(nil, gpu) } }
    json.integer("bytes", move.bytes)
    json.integer("requests", move.requests)
    json.integer("start_ps", move.start.picoseconds)
    write("end_ps", move.end, &json)
  }

  private func write(_ name: String, _ time: SimTime, _ json: inout JSONWriter) {
    if time == .never { json.null(name) } else { json.integer(name, time.picoseconds) }
  }

  /// A name in Swift's spelling in JSON's: `waitedForKV` is `waited_for_kv`.
  static func key(_ name: String) -> String {
    var key = ""
    var wasUpper = false
    for character in name {
      if character.isUppercase, !wasUpper, !key.isEmpty { key += "_" }
      key += character.lowercased()
      wasUpper = character.isUppercase
    }
    return key
  }
}
