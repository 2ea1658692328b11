import ArgumentParser
import Report
import Workload

/// `spillway trace convert`: any trace as our own CSV.
struct TraceConvertCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Rewrite a trace, or a part of it, as CSV.",
    discussion: """
      Examples:
        spillway trace convert requests.csv.gz --output mine.csv
        spillway trace convert requests.csv.gz --shard 0/2 --rate-scale 2 --output half.csv.gz
      """)

  @OptionGroup var trace: TraceOptions
  @OptionGroup var reading: ReadingOptions

  @Option(
    help: ArgumentHelp("The file to write; compressed when it ends in .gz.", valueName: "file"), completion: .file())
  var output: String

  @Option(help: ArgumentHelp("Write at most this many rows.", valueName: "n"))
  var limit: Int?

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("'--limit' wants a number of rows, found \(limit)") }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let description = try trace.description()
    try OutputPlace.check(output)
    let report = try TraceTools.convert(
      description, to: output, gzip: output.hasSuffix(".gz"), limit: limit, seed: trace.seed)
    TraceOptions.warn(about: report, context.console)
    try context.console.output("\(output): \(Amount.count(min(report.kept, limit ?? .max))) rows\n")
    return .done
  }
}
