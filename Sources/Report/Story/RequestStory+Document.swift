import Metrics
import Observing
import SimCore
import TextIO

/// A story for people: what the request was, what happened in sentences, a picture, and where the time went.
extension RequestStory {
  /// Sentences shown of a long story: those at its beginning and those at its end.
  static let shownSentences = (first: 14, last: 4)

  public func document(_ heading: StoryHeading) -> ListingDocument {
    var parts: [ListingDocument.Part] = [.words(title(heading)), .words(inShort, indent: 2)]
    guard !stays.isEmpty else { return ListingDocument(parts) }
    var sentences = StorySentences(self, deployments: heading.deployments).all
    let shown = Self.shownSentences
    if sentences.count > shown.first + shown.last + 1 {
      let left = sentences.count - shown.first - shown.last
      sentences.replaceSubrange(
        shown.first..<(sentences.count - shown.last),
        with: ["(\(left) more like these; '--format json' has all.)"])
    }
    parts += sentences.map { .words($0, indent: 2) }
    parts.append(.lines(StoryPicture(self).lines))
    parts.append(.table(table))
    return ListingDocument(parts)
  }

  private func title(_ heading: StoryHeading) -> String {
    let name = heading.deployments[Int(outcome.deployment)]
    var text = "\(heading.run): request \(outcome.id) (\(name), \(outcome.requestClass.rawValue)), "
    text += "\(Printable.count(Int(outcome.promptTokens))) prompt tokens, "
    text += "\(Printable.count(Int(outcome.outputTokens))) output tokens"
    if let choice = heading.choice { text += "; \(choice)" }
    return text
  }

  /// How it ended, and where most of its time went.
  private var inShort: String {
    var text: String
    switch outcome.status {
    case .rejected:
      let reason =
        outcome.rejectionReason == .exceedsContext
        ? "its prompt and answer are longer than the model's context"
        : "its prompt and answer do not fit into the KV memory, even alone"
      return "It was refused on arrival: \(reason)."
    case .completed:
      text = "Done \(StoryText.time(duration)) after it came"
    case .unfinished:
      text = "Not done when the run ended, \(StoryText.time(duration)) after it came, "
      text += "\(Printable.count(Int(outcome.generatedTokens))) tokens made"
    }
    if let first = outcome.timeToFirstToken {
      text += "; first token after \(StoryText.time(first))"
    } else {
      text += "; no first token"
    }
    if let pace = outcome.timePerOutputToken { text += ", then one every \(StoryText.time(pace))" }
    let most = totals.map { ($0.part, $0.toFirstToken + $0.after) }.max { $0.1 < $1.1 }
    if let (part, time) = most, duration > .zero {
      text += ". Most of it, \(StoryText.share(time, of: duration)), went into: \(StoryText.name(part))"
    }
    return text + "."
  }

  private var table: ListingDocument.Table {
    let all = totals
    let scale = TableNumber.time(greatestMilliseconds: Double(duration.picoseconds) / 1e9)
    func cell(_ time: SimDuration) -> String {
      TableNumber.text(Double(time.picoseconds) / 1e9 / scale.divisor, decimals: 3)
    }
    func row(_ name: String, _ before: SimDuration, _ after: SimDuration) -> [String] {
      [name, cell(before), cell(after), cell(before + after), StoryText.share(before + after, of: duration)]
    }
    var rows = all.map { row(StoryText.name($0.part), $0.toFirstToken, $0.after) }
    let before = all.reduce(SimDuration.zero) { $0 + $1.toFirstToken }
    let after = all.reduce(SimDuration.zero) { $0 + $1.after }
    rows.append(row("in all", before, after))
    return ListingDocument.Table(
      heading: "Where the time went",
      ["in\(scale.suffix)", "to first token", "after it", "in all", "share"], rows: rows, numeric: [1, 2, 3, 4],
      indent: 2)
  }
}

/// Words for parts, times and requests.
enum StoryText {
  static func time(_ duration: SimDuration) -> String {
    FigureText.measured(Double(duration.picoseconds) / 1e9, .milliseconds)
  }

  /// A moment of the run, in seconds with milliseconds.
  static func moment(_ time: SimTime) -> String { TableNumber.text(time.seconds, decimals: 3) + " s" }

  static func share(_ part: SimDuration, of whole: SimDuration) -> String {
    guard whole > .zero else { return "0 %" }
    return TableNumber.text(100 * Double(part.picoseconds) / Double(whole.picoseconds), decimals: 1) + " %"
  }

  static func count(_ count: Int, _ one: String, _ many: String) -> String {
    "\(Printable.count(count)) \(count == 1 ? one : many)"
  }

  /// Requests each once, in the order in which they are first met.
  static func distinct(_ requests: [Int64]) -> [Int64] {
    var seen: Set<Int64> = []
    return requests.filter { seen.insert($0).inserted }
  }

  /// Requests by number, the first eight.
  static func list(_ requests: [Int64]) -> String {
    let shown = requests.prefix(8).map(String.init).joined(separator: ", ")
    return requests.count > 8 ? "\(shown) and \(requests.count - 8) more" : shown
  }

  static func name(_ part: RequestStory.Part) -> String {
    switch part {
    case .frontEnd: "on its way to the engine's queue"
    case .waitedForMemory: "queue: the first in line did not fit into KV memory"
    case .waitedForBatch: "queue: the batch had all its sequences"
    case .waitedForTokens: "queue: iterations had no tokens left"
    case .waitedForPolicy: "queue: by the policy's own rule"
    case .waitedForBoundary: "queue: until the next decision"
    case .prefill: "iterations with its prompt"
    case .decode: "iterations that made its tokens"
    case .decodeBesidePrompts: "the same, beside prompts of others"
    case .givenUp: "iterations that were given up"
    case .heldUp: "on the GPU, iterations without it"
    case .waitedForKV: "nothing ran: KV had to move first"
    case .nothingRan: "on the GPU, nothing ran"
    case .pagingOut: "its KV being paged out"
    case .offGPU: "its KV off the GPU"
    case .pagingIn: "its KV being fetched"
    }
  }
}
