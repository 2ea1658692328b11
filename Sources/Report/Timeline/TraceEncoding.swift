import TextIO

/// How a timeline's events become bytes.
protocol TraceEncoding {
  /// What stands before the first event.
  ///
  /// - Parameter power: only the events whose number is a multiple of two to this power are there.
  func head(power: Int) -> [UInt8]
  /// What stands between two events.
  var separator: [UInt8] { get }
  /// What stands after the last event.
  var tail: [UInt8] { get }

  /// One event.
  ///
  /// - Returns: what has to be there for any event of its track to be understood, the first time, and the event itself;
  ///   either may be empty.
  mutating func bytes(of event: TraceEvent) -> (introduction: [UInt8], event: [UInt8])
}

/// JSON in the Trace Event Format, an event a line.
struct JSONTraceEncoding: TraceEncoding {
  private let facts: [(name: String, value: String)]

  init(_ facts: [(name: String, value: String)]) { self.facts = facts }

  func head(power: Int) -> [UInt8] {
    let sampled = power > 0 ? [("sampled_one_in", "\(1 << power)")] : []
    let text =
      "{\"displayTimeUnit\":\"ms\",\"otherData\":{"
      + (facts + sampled).map { "\"\($0.0)\":\(JSONWriter.quoted($0.1))" }.joined(separator: ",")
      + "},\"traceEvents\":[\n"
    return Array(text.utf8)
  }

  let separator = Array(",\n".utf8)
  let tail = Array("\n]}\n".utf8)

  func bytes(of event: TraceEvent) -> (introduction: [UInt8], event: [UInt8]) { ([], Array(event.json.utf8)) }
}
