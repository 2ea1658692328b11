import SimCore
import TextIO

/// One event in the Trace Event Format (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU),
/// which Perfetto and Chrome's `about:tracing` open. Times are microseconds, with six decimals: exact picoseconds.
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
  /// Names, and values as JSON.
  var arguments: [(name: String, json: String)] = []

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
        ",\"args\":{" + arguments.map { "\(JSONWriter.quoted($0.name)):\($0.json)" }.joined(separator: ",") + "}"
    }
    return text + "}"
  }
}
