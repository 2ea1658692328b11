import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import CommandLineTool

/// What `--help` of every command says can be done.
struct HelpTests {
  /// A command, with the words that call it.
  struct Called: CustomTestStringConvertible, Sendable {
    var words: [String]
    var command: any ParsableCommand.Type
    var testDescription: String { words.joined(separator: " ") }

    /// The lines of its examples.
    var examples: [String] {
      let parts = command.configuration.discussion.components(separatedBy: "Examples:\n")
      guard parts.count == 2 else { return [] }
      return parts[1].split(separator: "\n").map { String($0.drop { $0 == " " }) }
    }
  }

  static let commands = below(RootCommand.self, [])

  private static func below(_ command: any ParsableCommand.Type, _ words: [String]) -> [Called] {
    [Called(words: words, command: command)]
      + command.configuration.subcommands.flatMap { below($0, words + [$0.configuration.commandName ?? ""]) }
  }

  @Test(
    "every command shows examples, which are of it, can be read, and name files that are there", arguments: commands)
  func examplesCanBeRead(_ called: Called) async throws {
    #expect(!called.examples.isEmpty, "no examples")
    let help = await spillway(called.words + ["--help"]).output
    for example in called.examples {
      // Help is wrapped at spaces.
      let isShown = Self.plain(help).contains(Self.plain(example))
      #expect(isShown, "\(example)")
      #expect(example.contains("spillway " + called.words.joined(separator: " ")), "\(example)")
      for command in example.components(separatedBy: " | ") {
        let words = Self.words(command.components(separatedBy: " > ")[0])
        #expect(words.first == "spillway")
        #expect(throws: Never.self, "\(example)") {
          let parsed = try RootCommand.parseAsRoot(Array(words.dropFirst()))
          #expect(parsed is any ConsoleCommand || words.contains("help"), "\(example)")
        }
        // The store that 'run' keeps is made by it.
        for path in words
        where path != "Results/spillway.sqlite" && ["Scenarios/", "Kits/", "Results/"].contains(where: path.hasPrefix) {
          let place = path.replacing("*.yaml", with: "page.md")
          #expect(FileManager.default.fileExists(atPath: RecordedData.committed(place)), "\(path)")
        }
      }
    }
  }

  @Test("no line of help is wider than what it is shown on", arguments: commands)
  func helpFits(_ called: Called) async {
    let captured = CapturedConsole()
    var console = captured.console
    console.width = 80
    _ = await SpillwayCommand.run(called.words + ["--help"], context: CommandContext(console: console))
    for line in captured.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  private static func plain(_ text: String) -> String { text.split { $0 == " " || $0 == "\n" }.joined(separator: " ") }

  /// Words as a shell takes them, single quotes kept together.
  private static func words(_ line: String) -> [String] {
    line.split(separator: "'", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
      index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
    }
  }
}
