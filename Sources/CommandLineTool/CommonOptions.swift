import ArgumentParser
import Cluster
import Foundation
import Metrics
import Report
import Scenario
import Statistics

extension Stepping: ExpressibleByArgument {}

/// How results are written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case table, markdown, latex, json, csv
}

/// How listings are written.
enum ListingFormat: String, CaseIterable, ExpressibleByArgument {
  case table, markdown, latex, json, csv
}

/// How explanations are written, which are more than tables.
enum ExplanationFormat: String, CaseIterable, ExpressibleByArgument {
  case table, json
}

/// When text carries colour.
enum ColourChoice: String, CaseIterable, ExpressibleByArgument {
  case auto, always, never
}

/// What a command line changes in a scenario.
struct ScenarioOptions: ParsableArguments {
  @Option(
    name: .customLong("policy"),
    help: ArgumentHelp("Compare this policy in place of the scenario's; repeatable.", valueName: "name"),
    completion: .policy)
  var policies: [String] = []

  @Option(help: ArgumentHelp("Where every random choice starts from.", valueName: "n"))
  var seed: String?

  @Option(help: ArgumentHelp("How many times each policy runs.", valueName: "n"))
  var replications: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Override a key of the scenario, for example workload.rate=5/s; repeatable.", valueName: "key.path=value"),
    completion: .setting)
  var set: [String] = []

  @Option(
    help: ArgumentHelp(
      "Compare these values of a key, for example workload.rate=4/s,8/s; every one with those of other keys where "
        + "repeated.", valueName: "key.path=a,b,c"), completion: .setting)
  var vary: [String] = []

  @Option(
    name: .customLong("variant"),
    help: ArgumentHelp("Keep this one of the scenario's variants; repeatable.", valueName: "name"), completion: .variant
  )
  var variants: [String] = []

  var overrides: ScenarioOverrides {
    var overrides = ScenarioOverrides(set: set, policies: policies, seed: seed, replications: replications)
    overrides.vary = vary
    overrides.variants = variants
    return overrides
  }
}

/// How runs are made.
struct RunningOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Runs made at once; one per core when left out.", valueName: "n"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "Iterations per event: 'segment' as many as run unchanged, 'iteration' one. Results are the same."))
  var stepping: Stepping = .segment

  @Flag(help: "Recount every ledger after every event; slow.")
  var checkInvariants = false

  @Flag(help: "No progress and no warnings.")
  var quiet = false

  var width: Int { jobs ?? max(1, ProcessInfo.processInfo.activeProcessorCount) }

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("'--jobs' wants a number from 1 to 1024, found \(jobs)")
    }
  }
}

/// How results are printed.
struct PrintingOptions: ParsableArguments {
  @Option(help: "How results are printed.")
  var format: OutputFormat = .table

  @Option(help: "Colour in tables; 'auto' on a terminal, unless NO_COLOR is set or TERM is dumb.")
  var color: ColourChoice = .auto

  /// Prints a report in one of the formats for people.
  func print(_ document: ReportDocument, on console: Console) throws {
    switch format {
    case .markdown: try console.output(document.markdown)
    case .latex: try console.output(document.latex)
    case .table, .json, .csv: try console.output(document.styled(width: console.width), style(for: console))
    }
  }

  func style(for console: Console) -> TextStyle {
    switch color {
    case .always: .ansi
    case .never: .plain
    case .auto: console.outputIsTerminal && !console.refusesColour ? .ansi : .plain
    }
  }
}

/// Whether intervals hold what the model itself may be wrong by.
struct ModelErrorOption: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Widen intervals of latencies and throughput by what predictions were off by on recordings of this GPU and stack."
    ))
  var withModelError = false

  /// - Throws: `UnseenEngines` where no error was seen for one of the deployments.
  func check(_ deployments: some Sequence<(name: String, trust: TrustBasis?)>) throws {
    if withModelError, let unseen = UnseenEngines(among: deployments) { throw unseen }
  }
}

/// Where results go.
struct ResultOptions: ParsableArguments {
  @OptionGroup var printing: PrintingOptions

  @Option(
    help: ArgumentHelp("The results store; \(defaultStore) when left out.", valueName: "file"), completion: .file())
  var store: String?

  @Flag(help: "Keep nothing in a results store.")
  var noStore = false

  @Option(
    help: ArgumentHelp("Write a row per request to this .csv or .jsonl file.", valueName: "file"), completion: .file())
  var requests: String?

  var format: OutputFormat { printing.format }

  static let defaultStore = "Results/spillway.sqlite"

  /// The store's path; nil without one.
  var storePath: String? { noStore ? nil : store ?? Self.defaultStore }

  func validate() throws {
    if noStore, store != nil { throw ValidationError("'--store' and '--no-store' exclude each other") }
    if store?.isEmpty == true { throw ValidationError("'--store' wants the name of a file") }
    if let requests, RowFormat(path: requests) == nil {
      throw ValidationError("'--requests' wants a file that ends in .csv, .jsonl or .ndjson, found '\(requests)'")
    }
  }
}
