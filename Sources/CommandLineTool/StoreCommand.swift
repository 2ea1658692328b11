import ArgumentParser
import ResultsStore
import TextIO

/// `spillway store`: results stores joined and compared.
struct StoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store", abstract: "Join results stores; tell whether two hold the same.",
    discussion: """
      Examples:
        spillway store merge all.sqlite part-0.sqlite part-1.sqlite
        spillway store digest all.sqlite
      """,
    subcommands: [StoreMergeCommand.self, StoreDigestCommand.self])
}

/// `spillway store merge`: the runs of several stores in one.
struct StoreMergeCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Add the runs of other stores to one; runs that it has stay.",
    discussion: """
      Examples:
        spillway store merge all.sqlite part-0.sqlite part-1.sqlite
      """)

  @Argument(help: "The store that takes them; made where there is none.", completion: .file(extensions: ["sqlite"]))
  var store: String

  @Argument(
    help: ArgumentHelp("The stores whose runs are added.", valueName: "from"), completion: .file(extensions: ["sqlite"])
  )
  var sources: [String]

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    for source in sources { try ReadableFile.check(source) }
    let target = try Simulating.openStore(store, context)
    for source in sources {
      let (added, present) = try target.merge(
        try ResultsStore(path: source, patience: context.storePatience))
      try context.console.output("\(source): \(Amount.count(added)) runs added, \(Amount.count(present)) were there\n")
    }
    return .done
  }
}

/// `spillway store digest`: what a store holds, as one number.
struct StoreDigestCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest",
    abstract: "Print the SHA-256 of a store's runs, whatever their order and the real time they took.",
    discussion: """
      Examples:
        spillway store digest all.sqlite
      """)

  @Argument(help: "The store.", completion: .file(extensions: ["sqlite"]))
  var store: String

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    try ReadableFile.check(store)
    let store = try ResultsStore(path: store, patience: context.storePatience)
    try context.console.output(try store.contentDigest() + "\n")
    return .done
  }
}
