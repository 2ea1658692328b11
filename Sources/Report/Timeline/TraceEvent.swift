import SimCore
import TextIO

/// One event in the Trace Event Format, which Perfetto and Chrome's `about:tracing` open. Times are microseconds, with
/// six decimals: exact picoseconds.
///
/// The format: N. Duca, D. Sinclair, *Trace Event Format*, Google, 2016.
struct TraceEvent {
  /// `ph`.
  enum Phase: String {
    /// A slice with a length, on a thread's track.
    case complete = "X"
    /// The ends of a slice on a track of its own; those of one category and id are nested.
    case begin = "b"
    case end = "e"
    case counter = "C"
    case instant = "i"
    case metadata = "M"
  }

  var phase: Phase
  var name: String
  /// What the format calls a process: a replica, or all links.
  var process: Int
  var time = SimTime.zero
  var duration = SimDuration.zero
  /// Which thread's track; 0 where it does not matter.
  var thread = 0
  var category = ""
  var id: Int64 = 0
  var arguments: [(name: String, value: TraceValue)] = []

  /// One line, without a line feed.
  var json: String {
    var text = "{\"ph\":\"\(phase.rawValue)\",\"name\":\(JSONWriter.quoted(name)),\"pid\":\(process),\"tid\":\(thread)"
    if phase != .metadata { text += ",\"ts\":" + ExactTime.microseconds(time.picoseconds) }
    switch phase {
    case .complete: text += ",\"dur\":" + ExactTime.microseconds(duration.picoseconds)
    case .begin, .end: text += ",\"id\":\"\(id)\""
    case .instant: text += ",\"s\":\"g\""
    case .counter, .metadata: break
    }
    if !category.isEmpty { text += ",\"cat\":\"\(category)\"" }
    if !arguments.isEmpty {
      text +=
        ",\"args\":{" + arguments.map { "\(JSONWriter.quoted($0.name)):\($0.value.json)" }.joined(separator: ",") + "}"
    }
    return text + "}"
  }
}

/// What an event says besides its name and times.
enum TraceValue {
  case text(String)
  case count(Int)
  case number(Double)
  /// Counts by request.
  case byRequest([(request: Int64, count: Int)])

  var json: String {
    switch self {
    case .text(let text): JSONWriter.quoted(text)
    case .count(let count): "\(count)"
    case .number(let number): JSONWriter.digits(number) ?? "0"
    case .byRequest(let counts): "{" + counts.map { "\"\($0.request)\":\($0.count)" }.joined(separator: ",") + "}"
    }
  }
}

extension TraceEvent {
  /// What a viewer is told of a process.
  enum Label {
    case processName(String)
    case processOrder(Int)
    /// Of the one thread whose track has slices.
    case threadName(String)
  }

  init(_ label: Label, of process: Int) {
    switch label {
    case .processName(let name):
      self.init(
        phase: .metadata, name: "process_name", process: process, arguments: [("name", .text(name))])
    case .processOrder(let place):
      self.init(
        phase: .metadata, name: "process_sort_index", process: process, arguments: [("sort_index", .count(place))])
    case .threadName(let name):
      self.init(
        phase: .metadata, name: "thread_name", process: process, thread: 1,
        arguments: [("name", .text(name))])
    }
  }
}
