import Assembly
import Configuration
import Scheduling
import SimCore
import StepTime
import TextIO

/// A scenario made of a server's command: the deployment as the command starts it, with its stack's defaults.
public struct ImportedScenario: Sendable {
  /// The scenario's text.
  public private(set) var text = ""
  /// Where in the command each line of the text comes from.
  private var origins: [Int: Position] = [:]
  private var count = 0

  /// What the command does not say.
  public struct Surroundings: Sendable {
    /// A name of the catalogue.
    public var server: String
    /// A trace's file as the scenario is to name it; nil for a placeholder of a workload.
    public var trace: String?
    /// The keys of the stream, a line each; nil for a placeholder.
    public var workload: [String]?
    /// The stack's version; nil for the newest that was fitted.
    public var version: String?
    /// What results call the deployment.
    public var deployment: String

    public init(server: String, trace: String? = nil, version: String? = nil, deployment: String = "engine") {
      self.server = server
      self.trace = trace
      self.version = version
      self.deployment = deployment
    }
  }

  /// - Parameters:
  ///   - command: what was asked for.
  ///   - model: the model as the scenario is to name it.
  ///   - policies: those that can be named.
  /// - Returns: nil for a version that is not known; `diagnostics` then say so.
  public init?(
    _ command: ReadServeCommand, model: String, _ surroundings: Surroundings, policies: PolicyCatalogue = .builtIn,
    into diagnostics: Diagnostics
  ) {
    guard let stack = StackLibrary.stack(named: command.dialect.stack) else { return nil }
    guard let version = surroundings.version.map(stack.version) ?? stack.newest else {
      let known = stack.versions.map(\.number.description).joined(separator: ", ")
      diagnostics.error(
        at: .argument("--stack-version"),
        "no version '\(surroundings.version ?? "")' of \(stack.title) is known; "
          + "there are \(known), each for those after it too")
      return nil
    }
    var command = command
    Self.settleScheduling(&command, version)
    line("# Written by 'spillway import' from a command that starts \(stack.title).")
    for (why, names) in Self.grouped(command.neutral) {
      line("# Left out, without effect on times (\(why)): \(names.joined(separator: ", ")).")
    }
    if !command.environment.isEmpty {
      line("# Not known, left out: the variables \(command.environment.joined(separator: ", ")).")
    }
    line("server: \(surroundings.server)", from: .argument("--server"))
    let parameters = Self.inner("policy.", of: command)
    line("policies:")
    line("  - name: \(version.policy)")
    for setting in parameters { line("    \(setting.key): \(setting.value)", from: setting.position) }
    line("deployments:")
    line("  - name: \(surroundings.deployment)")
    line("    model: \(JSONWriter.quoted(model))", from: command["model"]?.position)
    for key in ["tensor_parallel", "replicas", "router"] {
      if let setting = command[key] { line("    \(key): \(setting.value)", from: setting.position) }
    }
    line("    engine:")
    line("      stack: \(stack.name)")
    line("      version: \"\(version.asked)\"")
    for setting in Self.inner("engine.", of: command) {
      line("      \(setting.key): \(setting.value)", from: setting.position)
    }
    line("workload:")
    if let trace = surroundings.trace {
      line("  trace: {file: \(JSONWriter.quoted(trace))}", from: .argument("--trace"))
    } else if let workload = surroundings.workload {
      for text in workload { line("  " + text) }
    } else {
      line("  # A placeholder: the command does not say who asks for what.")
      for text in ["rate: 1/s", "requests: 100", "prompt_tokens: 500", "output_tokens: 100"] { line("  " + text) }
    }
  }

  private mutating func line(_ line: String, from position: Position? = nil) {
    text += line + "\n"
    count += 1
    origins[count] = position
  }

  /// The scenario as a document, of which each value that the command gave has its place in the command.
  ///
  /// - Parameter name: what files that it names are looked for beside.
  public func document(name: String, into diagnostics: Diagnostics) -> Document? {
    let parsed = Diagnostics()
    let read = Document(text: text, name: name, into: parsed)
    // The text was made here: what cannot be read of it is a value of the command.
    for var finding in parsed.all {
      finding.position = placed(finding.position)
      diagnostics.add(finding)
    }
    guard var document = read else { return nil }
    document.root = placed(document.root)
    return document
  }

  private func placed(_ node: DocumentNode) -> DocumentNode {
    var node = node
    node.position = placed(node.position)
    switch node.content {
    case .nothing, .text: break
    case .list(let items): node.content = .list(items.map(placed))
    case .mapping(let entries):
      node.content = .mapping(
        entries.map {
          DocumentNode.Entry(key: $0.key, keyPosition: placed($0.keyPosition), value: placed($0.value))
        })
    }
    return node
  }

  private func placed(_ position: Position) -> Position {
    guard case .file(_, let line, _) = position else { return position }
    return origins[line] ?? position
  }

  /// Whether each iteration is planned while one runs, where the command says so: a parameter of the scheduler, or
  /// another variant of the stack where one was fitted. Where it does not, the scenario has the stack's default.
  private static func settleScheduling(_ command: inout ReadServeCommand, _ version: StackVersion) {
    let key = "policy." + VLLMv1Policy.planningAhead
    guard version.stack == StackLibrary.standard.name, let written = command[key] else { return }
    let wanted = written.value == "true"
    let variant = wanted ? "asynchronous" : "synchronous"
    guard wanted != version.schedulesAsynchronously, version.variants.contains(where: { $0.name == variant }) else {
      return
    }
    command.remove(key)
    command.settings.append(.init(key: "engine.variant", value: variant, position: written.position, argument: ""))
  }

  /// The settings of a mapping, under their own names.
  private static func inner(_ prefix: String, of command: ReadServeCommand) -> [ReadServeCommand.Setting] {
    command.settings.filter { $0.key.hasPrefix(prefix) }.map {
      var setting = $0
      setting.key = String(setting.key.dropFirst(prefix.count))
      return setting
    }
  }

  private static func grouped(_ neutral: [(name: String, why: String)]) -> [(why: String, names: [String])] {
    var groups: [(why: String, names: [String])] = []
    for (name, why) in neutral {
      if let index = groups.firstIndex(where: { $0.why == why }) {
        groups[index].names.append(name)
      } else {
        groups.append((why, [name]))
      }
    }
    return groups
  }
}
