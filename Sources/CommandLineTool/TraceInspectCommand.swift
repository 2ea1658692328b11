import ArgumentParser
import Report
import SimCore
import TextIO
import Workload

/// `spillway trace inspect`: what a trace is like.
struct TraceInspectCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Say what a trace is like: rates, burstiness, lengths.",
    discussion: """
      Examples:
        spillway trace inspect requests.csv.gz
        spillway trace inspect requests.csv.gz --from '10 min' --to '20 min' --format json
      """)

  @OptionGroup var trace: TraceOptions
  @OptionGroup var reading: ReadingOptions

  @Option(help: "How the summary is printed.")
  var format: ListingFormat = .table

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let summary = try TraceTools.inspect(try trace.description(), seed: trace.seed)
    TraceOptions.warn(about: summary.report, context.console)
    try context.console.output(
      Self.listing(summary, path: trace.file).text(
        as: format, width: context.console.width, json: Self.json(summary).document))
    return .done
  }

  private static func listing(_ summary: TraceSummary, path: String) -> ListingDocument {
    let report = summary.report
    var facts = [
      ["format", report.format.rawValue],
      ["rows", "\(Amount.count(report.rows)) read, \(Amount.count(summary.rows)) kept"],
      ["duration", Amount.time(summary.duration)],
    ]
    if let rate = summary.rate { facts.append(["mean rate", Amount.digits(rate) + "/s"]) }
    if let cv = summary.gapCV {
      facts.append(["gaps between arrivals", "coefficient of variation \(Amount.digits(cv)) (1 for Poisson)"])
    }
    if report.badRows > 0 { facts.append(["bad rows", Amount.count(report.badRows)]) }
    if report.failedRows > 0 { facts.append(["failed requests", Amount.count(report.failedRows)]) }
    if report.outsideWindow > 0 { facts.append(["outside the window", Amount.count(report.outsideWindow)]) }
    if report.inOtherShards > 0 { facts.append(["in other shards", Amount.count(report.inOtherShards)]) }
    if report.notSampled > 0 { facts.append(["not sampled", Amount.count(report.notSampled)]) }
    var parts = [
      ListingDocument.Part.table(
        ListingDocument.Table(heading: path, ["fact", "value"], showsHeader: false, rows: facts, indent: 2))
    ]
    guard summary.rows > 0 else { return ListingDocument(parts) }
    func row(_ name: String, _ lengths: TraceSummary.Lengths) -> [String] {
      [name, Amount.digits(lengths.mean)]
        + [lengths.p50, lengths.p90, lengths.p99, lengths.maximum].map { Amount.count(Int($0)) }
    }
    parts.append(
      .table(
        ListingDocument.Table(
          ["tokens", "mean", "p50", "p90", "p99", "maximum"],
          rows: [row("prompt", summary.prompt), row("output", summary.output)], numeric: [1, 2, 3, 4, 5], indent: 2)))
    let windows = summary.windows.filter { $0.count > 0 }
    guard !windows.isEmpty else { return ListingDocument(parts) }
    parts.append(
      .table(
        ListingDocument.Table(
          ["arrivals in windows of", "windows", "fewest", "most", "variance / mean"],
          rows: windows.map {
            [
              Amount.time($0.length), Amount.count($0.count), Amount.count($0.fewest), Amount.count($0.most),
              $0.indexOfDispersion.map(Amount.digits) ?? "none",
            ]
          }, numeric: [1, 2, 3, 4], indent: 2)))
    return ListingDocument(parts)
  }

  private static func json(_ summary: TraceSummary) -> JSONText {
    func lengths(_ lengths: TraceSummary.Lengths) -> JSONText {
      .object([
        ("mean", .number(lengths.mean)), ("p50", .integer(Int64(lengths.p50))), ("p90", .integer(Int64(lengths.p90))),
        ("p99", .integer(Int64(lengths.p99))), ("max", .integer(Int64(lengths.maximum))),
      ])
    }
    let report = summary.report
    return .object([
      ("format", .string(report.format.rawValue)), ("rows_read", .integer(report.rows)),
      ("rows", .integer(summary.rows)), ("bad_rows", .integer(report.badRows)),
      ("failed_rows", .integer(report.failedRows)), ("outside_window", .integer(report.outsideWindow)),
      ("in_other_shards", .integer(report.inOtherShards)), ("not_sampled", .integer(report.notSampled)),
      ("unmodelled_columns", .array(report.unmodelledColumns.map { .string($0) })),
      ("duration", .number(summary.duration.seconds)), ("request_rate", .optional(summary.rate)),
      ("gap_cv", .optional(summary.gapCV)), ("prompt_tokens", lengths(summary.prompt)),
      ("output_tokens", lengths(summary.output)),
      (
        "windows",
        .array(
          summary.windows.map {
            .object([
              ("seconds", .number($0.length.seconds)), ("count", .integer($0.count)), ("fewest", .integer($0.fewest)),
              ("most", .integer($0.most)), ("index_of_dispersion", .optional($0.indexOfDispersion)),
            ])
          })
      ),
    ])
  }
}
