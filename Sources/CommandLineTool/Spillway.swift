import ArgumentParser
import CUDA
import Foundation
import TextIO

/// The command line: what `spillway` does with its arguments.
public enum Spillway {
  /// Runs the process's own arguments and exits.
  public static func main() async -> Never {
    let arguments = Array(CommandLine.arguments.dropFirst())
    exit(await run(arguments, context: CommandContext(console: .system, interruption: { .onSignal() })).rawValue)
  }

  /// Runs one command.
  ///
  /// - Parameters:
  ///   - arguments: without the program's name.
  ///   - context: where it writes, and how it is interrupted.
  /// - Returns: the exit status; everything else has been written to the console.
  public static func run(_ arguments: [String], context: CommandContext) async -> CommandStatus {
    do {
      try checkCommandName(arguments)
      var command = try RootCommand.parseAsRoot(arguments)
      if let command = command as? any FileReadingCommand, let scope = try command.reading.scope {
        return try await ReadingScope.$current.withValue(scope) { try await command.execute(context) }
      }
      if let command = command as? any SpillwayCommand { return try await command.execute(context) }
      // Help, and whatever else the parser does by itself, arrives as an error.
      try command.run()
      return .done
    } catch let error where isOfParser(error) {
      return report(error, arguments: arguments, context)
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

  /// Whether an error is one that the argument parser words.
  private static func isOfParser(_ error: any Error) -> Bool {
    if error is Failure { return false }
    let name = String(reflecting: type(of: error))
    return name.hasPrefix("ArgumentParser")
  }

  private static func report(_ error: any Error, arguments: [String], _ context: CommandContext) -> CommandStatus {
    let text = RootCommand.fullMessage(for: error, columns: context.console.width)
    if RootCommand.exitCode(for: error) == .success {
      do {
        try context.console.output(text + "\n")
        return .done
      } catch {
        let failure = Failure(error)
        for line in failure.lines { context.console.error(line) }
        return failure.status
      }
    }
    context.console.errors(text)
    return .usage
  }
}

/// What a command is given besides its arguments.
public struct CommandContext: Sendable {
  public var console: Console
  /// Made when something long starts: until then Ctrl-C ends the process as usual.
  public var interruption: @Sendable () -> Interruption
  /// How many seconds to wait for a store that another process is writing to.
  public var storePatience: Double
  /// Where CUDA's libraries are looked for.
  public var libraries: LibrarySystem

  public init(
    console: Console, interruption: @escaping @Sendable () -> Interruption = { Interruption() },
    storePatience: Double = 10, libraries: LibrarySystem = .process
  ) {
    self.console = console
    self.interruption = interruption
    self.storePatience = storePatience
    self.libraries = libraries
  }
}

/// A command of ours: it runs against a console and returns its exit status.
protocol SpillwayCommand: ParsableCommand {
  func execute(_ context: CommandContext) async throws -> CommandStatus
}

extension SpillwayCommand {
  /// Commands run through `execute`.
  mutating func run() throws { throw CleanExit.helpRequest(self) }
}

/// `spillway` without a subcommand.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spillway",
    abstract: "Simulates LLM-serving clusters: bursty requests, schedulers, and KV paging over NVLink and PCIe.",
    version: Spillway.version,
    subcommands: [
      RunCommand.self, CompareCommand.self, CheckCommand.self, ExplainCommand.self, ValidateCommand.self,
      CalibrateCommand.self, FitCommand.self, TraceCommand.self, HardwareCommand.self, ModelsCommand.self,
      PoliciesCommand.self, SchemaCommand.self,
    ])
}
