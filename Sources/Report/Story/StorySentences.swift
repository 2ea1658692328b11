import Metrics
import Observing
import Replica
import SimCore
import TextIO

/// A sentence or two for each stay of a story; those of one time off the GPU are told together.
struct StorySentences {
  private let story: RequestStory
  private let deployments: [String]

  init(_ story: RequestStory, deployments: [String]) {
    self.story = story
    self.deployments = deployments
  }

  var all: [String] {
    var sentences: [String] = []
    var index = 0
    if let first = story.stays.first, first.phase != .queued {
      sentences.append(
        "At \(StoryText.moment(first.start)) it came to \(place(first.engine)), and was taken up at once.")
    }
    while index < story.stays.count {
      let stay = story.stays[index]
      var next = index + 1
      if Self.isAway(stay.phase) {
        while next < story.stays.count, Self.isAway(story.stays[next].phase),
          story.stays[next].engine == stay.engine,
          story.stays[next].phase != .pagingOut
            || story.stays[next - 1].phase
              != .pagingIn
        { next += 1 }
        sentences.append(away(Array(story.stays[index..<next])))
      } else {
        sentences.append(there(stay, at: index))
      }
      index = next
    }
    return sentences
  }

  private static func isAway(_ phase: RequestPhase) -> Bool {
    switch phase {
    case .pagingOut, .offGPU, .pagingIn: true
    case .queued, .prefilling, .decoding, .paused, .completed: false
    }
  }

  private func place(_ engine: Int) -> String {
    guard let start = story.replicas[engine] else { return "replica \(engine)" }
    let gpus = start.gpus.map(String.init).joined(separator: ", ")
    return "replica \(start.replica) of \(start.deployment) (GPU \(gpus))"
  }

  private func time(_ part: RequestStory.Part, in stay: RequestStory.Stay) -> SimDuration {
    stay.parts.first { $0.part == part }?.time ?? .zero
  }

  // MARK: On the GPU and in the queue

  private func there(_ stay: RequestStory.Stay, at index: Int) -> String {
    let moment = StoryText.moment(stay.start)
    let length = StoryText.time(stay.duration)
    switch stay.phase {
    case .queued:
      if time(.frontEnd, in: stay) > .zero { return "At \(moment) its client sent it, \(length) before it was queued." }
      return queued(stay, at: index)
    case .prefilling:
      let again = story.stays[..<index].contains { $0.phase == .decoding }
      let what = again ? "what it had lost was computed again" : "its prompt was processed"
      let tokens = StoryText.count(stay.promptTokens, "token", "tokens")
      let count = StoryText.count(stay.iterations, "iteration", "iterations")
      return "At \(moment) \(what): \(tokens) in \(count), \(length)\(rest(of: stay))."
    case .decoding:
      let count = StoryText.count(stay.iterations, "iteration", "iterations")
      let beside = time(.decodeBesidePrompts, in: stay)
      let more = beside > .zero ? ", \(StoryText.time(beside)) of it beside prompts of others" : ""
      return "From \(moment) it made tokens for \(length), in \(count)\(more)\(rest(of: stay))."
    case .paused:
      return "At \(moment) it was paused: \(length) on the GPU without a part in iterations."
    case .pagingOut, .offGPU, .pagingIn, .completed: return ""
    }
  }

  /// What part of a stay on the GPU was lost.
  private func rest(of stay: RequestStory.Stay) -> String {
    [RequestStory.Part.heldUp, .givenUp, .waitedForKV, .nothingRan].compactMap { part in
      let span = time(part, in: stay)
      return span > .zero ? "; \(StoryText.time(span)): \(StoryText.name(part))" : nil
    }.joined()
  }

  private func queued(_ stay: RequestStory.Stay, at index: Int) -> String {
    let moment = StoryText.moment(stay.start)
    let before = index > 0 ? story.stays[index - 1] : nil
    let isNew = before == nil || before.map { time(.frontEnd, in: $0) > .zero } ?? true
    var text: String
    if isNew {
      text = "At \(moment) it came to \(place(stay.engine))"
    } else if let before, before.engine != stay.engine {
      text = "At \(moment) it was handed over to \(place(stay.engine))"
    } else if let before, Self.isAway(before.phase) {
      text = "At \(moment) it was in the queue"
    } else {
      text = "At \(moment) it was dropped: its KV was thrown away, to be computed again"
    }
    text += ", where \(Self.others(stay.waiting.count)) waited and "
    text += "\(StoryText.count(stay.running.count, "was", "were")) on the GPU"
    if let levels = stay.levels, levels.localCapacity > 0 {
      text += " with \(Printable.count(levels.local)) of \(Printable.count(levels.localCapacity)) KV blocks"
    }
    text += ". It waited \(StoryText.time(stay.duration))"
    let reasons = stay.parts.filter { $0.time > .zero }.sorted { $0.time > $1.time }
    if reasons.count == 1, let only = reasons.first {
      text += " (\(Self.reason(only.part)))"
    } else if !reasons.isEmpty {
      let told = reasons.map { "\(StoryText.time($0.time)) \(Self.reason($0.part))" }
      text += " (\(told.joined(separator: ", ")))"
    }
    text += preferred(stay.preferred)
    let left = StoryText.distinct(stay.left)
    if !left.isEmpty { text += "; \(Printable.count(left.count)) left the GPU: \(StoryText.list(left))" }
    return text + "."
  }

  private static func others(_ count: Int) -> String {
    count == 0 ? "nobody" : StoryText.count(count, "other", "others")
  }

  private static func reason(_ part: RequestStory.Part) -> String {
    switch part {
    case .waitedForMemory: "for memory"
    case .waitedForBatch: "for a place in the batch"
    case .waitedForTokens: "for tokens of an iteration"
    case .waitedForPolicy: "by the policy's own rule"
    case .waitedForKV: "while KV moved"
    default: "for the next decision"
    }
  }

  private func preferred(_ all: [Int64]) -> String {
    let requests = StoryText.distinct(all)
    guard !requests.isEmpty else { return "; nobody came onto the GPU before it" }
    let overtook = requests.filter { $0 > story.outcome.id }.count
    let later = overtook > 0 ? ", \(Printable.count(overtook)) of which had come later" : ""
    return "; before it \(StoryText.count(requests.count, "request", "requests")) came onto the GPU\(later): "
      + StoryText.list(requests)
  }

  // MARK: Off the GPU

  private func away(_ stays: [RequestStory.Stay]) -> String {
    let (start, end) = (stays[0].start, stays[stays.count - 1].end)
    func span(_ phase: RequestPhase) -> SimDuration {
      stays.filter { $0.phase == phase }.reduce(SimDuration.zero) { $0 + $1.duration }
    }
    let moment = StoryText.moment(start)
    let moves = story.moves.filter { $0.start >= start && $0.start <= end && $0.kind != .checkpoint }
    let out = moves.first { $0.kind == .pageOut }
    var text: String
    if stays[0].phase == .pagingIn {
      text = "At \(moment) KV for it began to come\(moves.first.map { " from \(Self.end(of: $0))" } ?? "")"
    } else if let out {
      text = "At \(moment) it was paged out to \(Self.end(of: out)), \(Self.load(out))"
    } else if stays[0].phase == .pagingOut {
      text = "At \(moment) its KV began to move"
    } else {
      text = "At \(moment) it left the GPU; nothing had to move"
    }
    for move in moves where move.kind == .evacuation || move.kind == .returning {
      text += ", moved on to \(move.tier == .peer ? Self.end(of: move) : "the host") at \(StoryText.moment(move.start))"
    }
    let times: [(SimDuration, String)] = [
      (span(.pagingOut), "leaving"), (span(.offGPU), "away"), (span(.pagingIn), "coming"),
    ]
    let told = times.filter { $0.0 > .zero }.map { "\(StoryText.time($0.0)) \($0.1)" }
    text += ": \(told.joined(separator: ", "))"
    let others = StoryText.distinct(stays.flatMap(\.preferred))
    if !others.isEmpty {
      text += "; meanwhile \(StoryText.count(others.count, "request", "requests")) came onto the GPU: "
      text += StoryText.list(others)
    }
    if let last = stays.last, last.phase == .pagingIn { text += "; back at \(StoryText.moment(end))" }
    return text + "."
  }

  private static func end(of move: RequestStory.Move) -> String {
    switch move.tier {
    case .peer: "GPU " + move.lenders.map(String.init).joined(separator: ", ")
    case .host: "the host"
    case .local: "another replica"
    }
  }

  private static func load(_ move: RequestStory.Move) -> String {
    let scale = TableNumber.bytes(greatest: Double(move.bytes))
    let size = TableNumber.text(
      Double(move.bytes) / scale.divisor, decimals: TableNumber.decimals(for: Double(move.bytes) / scale.divisor))
    let others = move.requests > 1 ? " with \(StoryText.count(move.requests - 1, "other", "others"))" : ""
    return size + scale.suffix + others
  }
}
