import CommandLineTool
import TextIO

/// What a command left behind, held against what is promised of commands whatever they read.
struct InputCheck {
  /// The most characters of messages: a message shows a part of what it is about.
  static let mostMessage = 100_000

  var status: CommandStatus
  var output: String
  var error: String
  var arguments: [String]
  /// The case's folder, and the names of the files in it.
  var folder: String
  var names: [String]
  /// The rows that a trace has by its lines, where they can be counted so.
  var lines: Int?
  /// The damaged file as text, where it can be read as such.
  var input = ""

  /// Rows that a reader has lost: `trace inspect` says how many it read.
  private var rowProblem: String? {
    guard status == .done, let lines, arguments.starts(with: ["trace", "inspect"]), arguments.contains("json"),
      let match = output.firstMatch(of: #/"rows_read": (\d+)/#), let rows = Int(match.1)
    else { return nil }
    return rows == lines ? nil : "\(rows) rows are read of a trace with \(lines)"
  }

  /// The rows of a trace, counted plainly: lines that are not empty, less the header. nil where quotes or other ends of
  /// lines could join or divide them.
  static func rows(of bytes: [UInt8]) -> Int? {
    guard !bytes.contains(UInt8(ascii: "\"")) || bytes.first == UInt8(ascii: "{"), !bytes.contains(0x0D) else {
      return nil
    }
    let lines = bytes.split(separator: 0x0A).filter { !$0.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
    return bytes.first == UInt8(ascii: "{") ? lines.count : lines.count - 1
  }

  /// Whether the input was taken for what it is.
  var isRead: Bool { [.done, .expectationFailed, .undecided].contains(status) }

  /// What does not hold; nil when everything does.
  var problem: String? {
    if let scalar = Self.control(in: output) { return "control character \(scalar) on standard output" }
    if let scalar = Self.control(in: error) { return "control character \(scalar) on standard error" }
    if error.utf8.count > Self.mostMessage { return "\(error.utf8.count) bytes of messages" }
    if saysNotANumber { return "says nan or inf" }
    if let problem = rowProblem { return problem }
    switch status {
    case .done: return nil
    case .expectationFailed, .undecided:
      return arguments[0] == "check" || arguments.contains("--check") ? nil : "exit status \(status.rawValue)"
    case .interrupted: return nil
    case .badInput, .unreadable, .unwritable:
      if !error.contains("error") { return "exit status \(status.rawValue) without a message" }
      if status == .unwritable, !arguments.contains(where: { $0.hasSuffix(".sqlite") }) {
        return "exit status 73 where only input was damaged: \(firstLine)"
      }
      // What a fit lacks, it lacks in all of its logs.
      return namesAFile || arguments[0] == "fit" ? nil : "the message names no file: \(firstLine)"
    case .usage:
      // A timeline and canonical text are of one run, a comparison of several; the file says how many there are.
      let saysHowMany =
        arguments.contains("--timeline") || ["compare", "place"].contains(arguments[0])
        || arguments.contains("--yaml")
      return saysHowMany ? nil : "exit status 64 where only a file was damaged: \(firstLine)"
    case .brokenInvariant, .unavailable, .busy: return "exit status \(status.rawValue): \(firstLine)"
    }
  }

  private var firstLine: String { String(error.split(separator: "\n").first?.prefix(300) ?? "") }

  private var namesAFile: Bool { names.contains { error.contains($0) } }

  /// Whether messages say a line, and a column, of one of the files.
  var place: (line: Bool, column: Bool) {
    var found = (line: false, column: false)
    for name in names {
      for range in error.ranges(of: name + ":") {
        let rest = error[range.upperBound...]
        let line = rest.prefix(while: \.isNumber)
        guard !line.isEmpty else { continue }
        found.line = true
        let behind = rest.dropFirst(line.count)
        if behind.first == ":", behind.dropFirst().first?.isNumber == true { found.column = true }
      }
    }
    return found
  }

  private static func control(in text: String) -> String? {
    text.unicodeScalars.first { Printable.isControl($0) && $0 != "\n" }.map { "U+" + String($0.value, radix: 16) }
  }

  /// Whether a figure is none. Names of a scenario's own may be anything; so may those of the input's columns, which
  /// are told as they stand there.
  private var saysNotANumber: Bool {
    // Not the beginning of a word, as in inference.
    output.matches(of: #/[^\n]{0,4}[ :,]-?(nan|inf)(?![a-zA-Z_-])[^\n]{0,4}/#).contains { !input.contains($0.0) }
  }
}
