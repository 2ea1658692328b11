import ArgumentParser
import Configuration
import SimCore
import TextIO
import Workload

extension TraceFormat: ExpressibleByArgument {}
extension TraceDescription.Origin: ExpressibleByArgument {}

/// `spillway trace`: workload traces.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Inspect, convert, generate and fit workload traces.",
    discussion: """
      Examples:
        spillway trace inspect requests.csv.gz
        spillway trace generate Scenarios/quickstart-burst.yaml --output requests.csv
      """,
    subcommands: [
      TraceInspectCommand.self, TraceConvertCommand.self, TraceGenerateCommand.self, TraceFitCommand.self,
    ])
}

/// Which trace, and what is done to its rows.
struct TraceOptions: ParsableArguments {
  @Argument(help: "The trace, plain or gzip.", completion: .file())
  var file: String

  @Option(help: "The trace's format; found from its first line when left out.")
  var inputFormat: TraceFormat?

  @Flag(help: "Count bad rows and leave them out, instead of stopping at the first.")
  var skipBadRows = false

  @Option(help: ArgumentHelp("Drop rows before this time of the trace, for example '10 min'.", valueName: "time"))
  var from: String?

  @Option(help: ArgumentHelp("Drop rows from this time of the trace on.", valueName: "time"))
  var to: String?

  @Option(
    help: ArgumentHelp("One of several parts without common rows, counted from 0: '0/2', '1/2'.", valueName: "i/n"))
  var shard: String?

  @Option(help: ArgumentHelp("The share of rows that is kept, each by its own draw.", valueName: "share"))
  var sample: String?

  @Option(help: ArgumentHelp("Multiply every time between arrivals.", valueName: "factor"))
  var timeScale: String?

  @Option(help: ArgumentHelp("Multiply the arrival rate.", valueName: "factor"))
  var rateScale: String?

  @Option(help: ArgumentHelp("Rows with more prompt or output tokens are bad rows.", valueName: "n"))
  var maxTokens: Int?

  @Option(help: ArgumentHelp("Rows held back to put times in order.", valueName: "n"))
  var sortWindow: Int = 0

  @Option(help: ArgumentHelp("Move each row later by a random time below this.", valueName: "time"))
  var spread: String?

  @Option(help: "What time 0 of the trace is; the format's custom when left out.")
  var origin: TraceDescription.Origin?

  @Option(help: ArgumentHelp("For '--sample' and '--spread'.", valueName: "n"))
  var seed: UInt64 = 0

  /// - Throws: `Failure` for values that are no quantities, or that contradict each other.
  func description() throws -> TraceDescription {
    var trace = TraceDescription(
      path: file, format: inputFormat, skipsBadRows: skipBadRows, sortWindow: sortWindow, origin: origin)
    var problems: [String] = []
    func read<Value>(_ text: String?, _ option: String, _ parse: (String) throws(QuantityError) -> Value) -> Value? {
      guard let text else { return nil }
      do throws(QuantityError) {
        return try parse(text)
      } catch {
        problems.append("error: '--\(option)' \(error.message)")
        return nil
      }
    }
    func number(_ text: String) throws(QuantityError) -> Double { try Quantity.number(text) }
    trace.from = read(from, "from", Quantity.duration) ?? .zero
    trace.to = read(to, "to", Quantity.duration)
    trace.spread = read(spread, "spread", Quantity.duration) ?? .zero
    trace.sampleFraction = read(sample, "sample", Quantity.fraction) ?? 1
    if let shard {
      if let part = TraceShard(shard) {
        trace.shard = part
      } else {
        problems.append("error: '--shard' \(TraceShard.expectation), found '\(shard)'")
      }
    }
    trace.timeScale = read(timeScale, "time-scale", number) ?? 1
    trace.rateScale = read(rateScale, "rate-scale", number) ?? 1
    if let maxTokens { trace.maximumTokens = maxTokens }
    if problems.isEmpty {
      problems = trace.problems().map { problem in
        let option = problem.key.split(separator: "_").joined(separator: "-")
        return "error: '--\(option)': \(problem.message)"
      }
    }
    if !problems.isEmpty { throw Failure(.usage, problems) }
    return trace
  }

  /// What became of rows that were not handed on.
  static func warn(about report: TraceReport, _ console: Console) {
    for problem in report.firstProblems { console.error("warning: left out: \(problem.description)") }
    if report.badRows > report.firstProblems.count {
      console.error("warning: \(report.badRows) bad rows left out in all")
    }
    if report.failedRows > 0 { console.error("warning: \(report.failedRows) rows of failed requests left out") }
    if !report.unmodelledColumns.isEmpty {
      console.error("warning: not modelled: \(Printable.list(report.unmodelledColumns, length: 400))")
    }
  }
}
