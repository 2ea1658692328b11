import ArgumentParser
import Experiments
import Explore
import Foundation
import LoopbackServer
import Scenario

/// `spillway explore`: a page on this machine whose sliders simulate a scenario anew.
struct ExploreCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Serve a page on this machine whose sliders simulate a scenario anew, until Ctrl-C.",
    discussion: """
      The page's address is printed on standard output. It has a random token; only this machine reaches it, and \
      nothing is written.

      Examples:
        spillway explore Scenarios/quickstart-burst.yaml --open
        spillway explore Scenarios/quickstart-burst.yaml --policy batching --policy turns-peer --replications 5
      """)

  @Argument(help: "A scenario file; - for standard input.")
  var scenario: String

  @Option(help: ArgumentHelp("The port of 127.0.0.1; a free one when left out.", valueName: "n"))
  var port: UInt16 = 0

  @Flag(help: "Open the page in the browser, by 'xdg-open'.")
  var open = false

  @Option(help: ArgumentHelp("Runs made at once; one per core when left out.", valueName: "n"))
  var jobs: Int?

  @Flag(help: "No warnings, and no word of how to end it.")
  var quiet = false

  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("'--jobs' wants a number from 1 to 1024, found \(jobs)")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let explorer = try Explorer(
      path: scenario, base: scenarioOptions.overrides, policies: context.policies,
      metrics: ScenarioLoading.metricNames,
      running: Explorer.Running(
        width: jobs ?? max(1, ProcessInfo.processInfo.activeProcessorCount),
        seriesInterval: SeriesOptions.usualInterval, spillwayVersion: SpillwayCommand.version))
    // What cannot be run is told before there is a page.
    try explorer.check()
    if !quiet { ScenarioLoading.warn(explorer.start.scenarios, context.console) }
    let server = try LoopbackServer(port: port)
    let site = ExploreSite(explorer)
    let stop = context.stop()
    try context.console.output(server.address + "\n")
    if !quiet { context.console.error("Ctrl-C ends it.") }
    if open { Self.open(server.address, context.console) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run { await site.answer($0) } }
      group.addTask {
        while !stop.isRequested { try await Task.sleep(for: .milliseconds(50)) }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
    return .done
  }

  /// Shows the page in the browser that the desktop prefers.
  private static func open(_ address: String, _ console: Console) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["xdg-open", address]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.terminationHandler = { process in
      if process.terminationStatus != 0 { console.error("warning: 'xdg-open' could not open the page") }
    }
    do { try process.run() } catch { console.error("warning: 'xdg-open' could not be started") }
  }
}
