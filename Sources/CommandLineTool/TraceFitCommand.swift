import ArgumentParser
import Report
import SimCore
import TextIO
import Workload

/// `spillway trace fit`: an arrival process that behaves as a trace does.
struct TraceFitCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Find an arrival process whose bursts are those of a trace.",
    discussion: """
      A replayed trace has one rate. A process can be made faster with its bursts as long as they were: 'rate' or \
      'on_rate' and 'off_rate' times a factor. Each process is judged by how its counts vary over windows of 0.1 s to \
      10 min, against 100 traces drawn from it.

      Examples:
        spillway trace fit requests.csv.gz
        spillway trace fit requests.csv.gz --from '10 min' --spread '1 s'
      """)

  @OptionGroup var trace: TraceOptions
  @OptionGroup var reading: ReadingOptions

  @Option(help: "How the fits are printed.")
  var format: ListingFormat = .table

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let (fits, report) = try TraceTools.fitArrivals(try trace.description(), seed: trace.seed)
    TraceOptions.warn(about: report, context.console)
    if let tick = fits.tick {
      context.console.error(
        "warning: times were recorded in ticks of \(Amount.time(tick)), so that bursts shorter than that are not "
          + "there; '--spread' spreads each row over them")
    }
    try context.console.output(
      listing(fits).text(as: format, width: context.console.width, json: Self.json(fits).document))
    return .done
  }

  private func listing(_ fits: ArrivalFits) -> ListingDocument {
    let windows = fits.fits.first?.marks.map { Amount.time($0.window) } ?? []
    var rows = [["recorded"] + (fits.fits.first?.marks.map { Amount.digits($0.recorded) } ?? [])]
    for fit in fits.fits {
      rows.append(
        [fit.name]
          + fit.marks.map { mark in
            "\(Amount.digits(mark.low)) to \(Amount.digits(mark.high))" + (mark.isInside ? "" : " *")
          })
    }
    var parts: [ListingDocument.Part] = [
      .words("\(trace.file): \(Amount.count(fits.arrivals)) arrivals in \(Amount.time(seconds: fits.seconds))"),
      .table(
        ListingDocument.Table(
          ["variance / mean of counts in windows of"] + windows, rows: rows, numeric: Set(1...max(1, windows.count)),
          indent: 2)),
      .words("* the recorded value is outside the middle 95 % of what the process gives", indent: 2),
    ]
    guard let best = fits.fits.first else { return ListingDocument(parts) }
    let verdict =
      best.marksInside == best.marks.count
      ? "\(best.name) is the simplest that gives them all:"
      : "None gives them all; nearest is \(best.name), with \(best.marksInside) of \(best.marks.count). Where that is "
        + "not enough, replay the trace, or take it apart by client:"
    parts += [.words(verdict), .lines(best.process.yaml)]
    return ListingDocument(parts)
  }

  private static func json(_ fits: ArrivalFits) -> JSONText {
    .object([
      ("arrivals", .integer(Int64(fits.arrivals))), ("seconds", .number(fits.seconds)),
      (
        "fits",
        .array(
          fits.fits.map { fit in
            .object([
              ("process", .string(fit.name)), ("parameters", .integer(Int64(fit.parameters))),
              ("yaml", .string(fit.process.yaml.joined(separator: "\n"))),
              (
                "dispersion",
                .array(
                  fit.marks.map { mark in
                    .object([
                      ("window_s", .number(mark.window.seconds)), ("recorded", .number(mark.recorded)),
                      ("low", .number(mark.low)), ("median", .number(mark.median)), ("high", .number(mark.high)),
                    ])
                  })
              ),
            ])
          })
      ),
    ])
  }
}

extension ArrivalProcess {
  /// The lines that a stream of a scenario has for a fitted process.
  fileprivate var yaml: [String] {
    func number(_ value: Double) -> String { Amount.significant(value) }
    switch self {
    case .poisson(let rate): return ["rate: \(number(rate))/s"]
    case .gamma(let rate, let cv, _):
      return ["rate: \(number(rate))/s", "arrivals: {process: gamma, cv: \(number(cv))}"]
    case .weibull(let rate, let shape):
      return ["rate: \(number(rate))/s", "arrivals: {process: weibull, shape: \(number(shape))}"]
    case .onOff(let rates):
      return [
        "arrivals: {process: on-off, on_rate: \(number(rates.onRate))/s, off_rate: \(number(rates.offRate))/s, "
          + "on_time: \(number(rates.onDuration.seconds)) s, off_time: \(number(rates.offDuration.seconds)) s}"
      ]
    case .piecewise(let steps, let cv):
      return ["arrivals:", "  process: piecewise", "  cv: \(number(cv))", "  steps:"]
        + steps.map { "    - {from: \(number($0.from.seconds)) s, rate: \(number($0.rate))/s}" }
    default: return []
    }
  }
}
