import ArgumentParser
import CUDA
import Experiments
import Foundation
import Scheduling
import TextIO

/// The command line: what `spillway` does with its arguments.
public enum SpillwayCommand {
  /// Runs the process's own arguments and exits.
  ///
  /// - Parameter policies: those that scenarios can name. With `.builtIn + [MyPolicy.self]`, a program of one's own has
  ///   the whole command line with one policy more.
  public static func main(policies: PolicyCatalogue = .builtIn) async -> Never {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let context = CommandContext(console: .system, stop: { .onSignal() }, policies: policies)
    exit(await run(arguments, context: context).rawValue)
  }

  /// Runs one command.
  ///
  /// - Parameters:
  ///   - arguments: without the program's name.
  ///   - context: where it writes, and how it is stopped.
  /// - Returns: the exit status; everything else has been written to the console.
  public static func run(_ arguments: [String], context: CommandContext) async -> CommandStatus {
    do {
      let problems = context.policies.problems
      if !problems.isEmpty { throw Failure(.usage, problems.map { "error: " + $0 }) }
      try checkCommandName(arguments)
      var command: any ParsableCommand
      do {
        command = try Completions.$policies.withValue(context.policies) { try RootCommand.parseAsRoot(arguments) }
        // Help, and whatever else the parser does by itself, arrives as an error too.
        if !(command is any ConsoleCommand) { try command.run() }
      } catch {
        return try answer(error, context)
      }
      guard let command = command as? any ConsoleCommand else { return .done }
      if let reader = command as? any FileReadingCommand, let scope = try reader.reading.scope {
        return try await ReadingScope.$current.withValue(scope) { try await command.execute(context) }
      }
      return try await command.execute(context)
    } catch {
      let failure = Failure(error)
      for line in failure.lines { context.console.error(line) }
      return failure.status
    }
  }

  /// A wrong name is answered with the right ones.
  private static func checkCommandName(_ arguments: [String]) throws {
    guard let name = arguments.first, !name.hasPrefix("-") else { return }
    let names = RootCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
    if name == "help" || names.contains(name) { return }
    throw Listing.unknown(name, noun: "command", plural: "commands", among: names)
  }

  /// Says what the argument parser has to say: help on the output, mistakes on the error stream.
  private static func answer(_ error: any Error, _ context: CommandContext) throws -> CommandStatus {
    let text = BashCompletion.byWords(RootCommand.fullMessage(for: error, columns: context.console.width))
    guard RootCommand.exitCode(for: error) == .success else {
      context.console.errors(text)
      return .usage
    }
    // The parser wraps all but the line of usage.
    let width = context.console.width
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.hasPrefix("USAGE: ")
        ? Columns.wrapped(String(line), width: width - 7).joined(separator: "\n       ") : String(line)
    }
    try context.console.output(lines.joined(separator: "\n") + "\n")
    return .done
  }
}

/// What a command is given besides its arguments.
public struct CommandContext: Sendable {
  public var console: Console
  /// Made when something long starts: until then Ctrl-C ends the process as usual.
  public var stop: @Sendable () -> StopRequest
  /// How many seconds to wait for a store that another process is writing to.
  public var storePatience: Double
  /// Where CUDA's libraries are looked for.
  public var libraries: LibrarySystem
  /// The policies that scenarios can name.
  public var policies: PolicyCatalogue

  public init(
    console: Console, stop: @escaping @Sendable () -> StopRequest = { StopRequest() },
    storePatience: Double = 10, libraries: LibrarySystem = .process, policies: PolicyCatalogue = .builtIn
  ) {
    self.console = console
    self.stop = stop
    self.storePatience = storePatience
    self.libraries = libraries
    self.policies = policies
  }
}

/// A command of ours: it runs against a console and returns its exit status.
protocol ConsoleCommand: ParsableCommand {
  func execute(_ context: CommandContext) async throws -> CommandStatus
}

extension ConsoleCommand {
  /// Commands run through `execute`.
  mutating func run() throws { throw CleanExit.helpRequest(self) }
}

/// `spillway` without a subcommand.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spillway",
    abstract: "Simulates LLM-serving clusters: bursty requests, schedulers, and KV paging over NVLink and PCIe.",
    discussion: """
      Examples:
        spillway run Scenarios/quickstart-burst.yaml --short
        spillway explain Scenarios/quickstart-burst.yaml
        spillway help run
      """,
    version: SpillwayCommand.build,
    subcommands: [
      RunCommand.self, CompareCommand.self, SweepCommand.self, CheckCommand.self, ExplainCommand.self,
      WhyCommand.self, ReportCommand.self, ExploreCommand.self,
      CapacityCommand.self, AdviseCommand.self, ClaimsCommand.self, PlaceCommand.self, ImportCommand.self,
      ValidateCommand.self, DriftCommand.self, CalibrateCommand.self, FitCommand.self, TraceCommand.self,
      HardwareCommand.self,
      ModelsCommand.self,
      PoliciesCommand.self, SchemaCommand.self, StoreCommand.self,
    ])
}
