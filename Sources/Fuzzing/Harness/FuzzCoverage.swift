import CommandLineTool
import Foundation
import Scheduling

/// All that the harness could reach.
public struct FuzzCoverage: Sendable {
  public var keys: Set<String>
  public var policies: [String]
  /// As `run --format`.
  public var options: Set<String>
  /// What the sources have words for; nil away from them.
  var messages: MessageCoverage?

  /// Of this build.
  public static func all(_ session: FuzzSession) async -> FuzzCoverage {
    let captured = CapturedConsole()
    _ = await SpillwayCommand.run(["--experimental-dump-help"], context: CommandContext(console: captured.console))
    var options: Set<String> = []
    func visit(_ command: [String: Any], _ path: [String]) {
      for argument in command["arguments"] as? [[String: Any]] ?? [] where argument["kind"] as? String != "positional" {
        for name in argument["names"] as? [[String: Any]] ?? [] where name["kind"] as? String == "long" {
          guard let text = name["name"] as? String, !["help", "version"].contains(text) else { continue }
          options.insert((path + ["--" + text]).joined(separator: " "))
        }
      }
      for inner in command["subcommands"] as? [[String: Any]] ?? [] {
        if let name = inner["commandName"] as? String, name != "help" { visit(inner, path + [name]) }
      }
    }
    let json = try? JSONSerialization.jsonObject(with: Data(captured.output.utf8)) as? [String: Any]
    if let root = json?["command"] as? [String: Any] { visit(root, []) }
    return FuzzCoverage(
      keys: session.keys, policies: session.policies.descriptors.map(\.name).sorted(), options: options,
      messages: MessageCoverage(sources: "Sources"))
  }
}
