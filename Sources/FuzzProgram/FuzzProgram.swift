import ArgumentParser

/// `spillway-fuzz`: what `make fuzz` runs.
@main struct FuzzProgram: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spillway-fuzz", abstract: "Tries to break Spillway, and writes down what did.",
    subcommands: [HuntCommand.self, AgainCommand.self, ShowCommand.self, WorkCommand.self, ProgramCommand.self],
    defaultSubcommand: HuntCommand.self)
}
