import ArgumentParser
import TextIO

/// Which files a command may read.
struct ReadingOptions: ParsableArguments {
  @Option(
    name: .customLong("confine-reading"),
    help: ArgumentHelp(
      "Read no file outside this folder, neither arguments nor files that these name; repeatable.",
      valueName: "folder"),
    completion: .directory)
  var folders: [String] = []

  /// The folders' scope; `nil` where every file may be read.
  ///
  /// - Throws: `UnreadableFile` for what is no folder.
  var scope: ReadingScope? {
    get throws(UnreadableFile) { folders.isEmpty ? nil : try ReadingScope(folders) }
  }
}

/// A command that reads files which a stranger may have written, or named in another.
protocol FileReadingCommand: ConsoleCommand {
  var reading: ReadingOptions { get }
}
