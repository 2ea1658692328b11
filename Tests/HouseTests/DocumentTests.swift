import CommandLineTool
import Configuration
import Foundation
import Scenario
import Scheduling
import Statistics
import Testing

/// What the README and the documentation say can be done, can be done.
struct DocumentTests {
  static let documents =
    [
      "README.md", "NOTICES.md", "CONTRIBUTING.md", "CHANGELOG.md", "Kits/vllm-h200/README.md",
      "Examples/ShortestJobFirst/README.md",
    ]
    + Tree.files(under: "Documentation", ending: ".md")
  static let scenarios = Tree.files(under: "Scenarios", ending: ".yaml")

  /// The lines of shell code in a document that start with a word, prompts and comments taken off.
  static func commands(_ path: String, _ word: String) -> [[String]] {
    Tree.codeBlocks(path).filter { ["", "sh", "console"].contains($0.language) }.flatMap { block in
      block.text.replacing("\\\n", with: " ").split(separator: "\n").compactMap { line in
        let plain = line.prefix { $0 != "#" }.drop { $0 == "$" || $0 == " " }
        let words = plain.split(separator: " ").map(String.init)
        guard let first = words.first, first == word || first.hasSuffix("/" + word) else { return nil }
        return Array(words.dropFirst())
      }
    }
  }

  @Test("scenarios start with a comment and ask a question", arguments: scenarios)
  func scenariosAskQuestions(path: String) throws {
    let text = try #require(Tree.text(path))
    if !text.hasPrefix("#") { Issue.record("\(path) does not start with a comment") }
    let diagnostics = Diagnostics()
    let document = try #require(try Document.read(path: Tree.root.appending(path: path).path(), into: diagnostics))
    let description = document.root["description"]?.text ?? ""
    #expect(!description.isEmpty, "\(path) has no description")
    #expect(diagnostics.errors.isEmpty)
  }

  @Test("there are scenarios, and the README names the first one to run")
  func scenariosExist() {
    #expect(Self.scenarios.contains("Scenarios/quickstart-burst.yaml"))
    let isNamed = Tree.text("README.md")?.contains("Scenarios/quickstart-burst.yaml") == true
    #expect(isNamed)
  }

  @Test("links lead somewhere", arguments: documents)
  func linksLead(path: String) throws {
    let text = try #require(Tree.text(path))
    let folder = path.contains("/") ? String(path[..<path.lastIndex(of: "/")!]) + "/" : ""
    for match in text.matches(of: /\]\(([^)#:\s]+)(?:#[^)]*)?\)/) {
      let target = folder + String(match.output.1)
      #expect(Tree.exists(target), "\(path) links to \(target)")
    }
    // Files named in running text: a folder of the tree, then a path with an ending.
    for match in text.matches(of: /`((?:Sources|Tests|Scripts|Scenarios|Documentation|Benchmarks)\/[\w+.\/-]*\w)`/) {
      #expect(Tree.exists(String(match.output.1)), "\(path) names \(match.output.1)")
    }
  }

  @Test("links to headings lead to one", arguments: documents + Tree.files(under: "Results", ending: ".md"))
  func headingsAreThere(path: String) throws {
    let text = try #require(Tree.text(path))
    let folder = path.contains("/") ? String(path[..<path.lastIndex(of: "/")!]) + "/" : ""
    for match in text.matches(of: /\]\(([^)#:\s]*)#([^)\s]+)\)/) {
      let target = match.output.1.isEmpty ? path : folder + String(match.output.1)
      guard target.hasSuffix(".md") else { continue }
      #expect(Tree.headings(target).contains(String(match.output.2)), "\(path) links to \(target)#\(match.output.2)")
    }
  }

  @Test("the page on scenarios says where each key at the top of one is told of")
  func keysAreIndexed() async throws {
    let captured = CapturedConsole()
    _ = await SpillwayCommand.run(["schema"], context: CommandContext(console: captured.console))
    let schema = try #require(try JSONSerialization.jsonObject(with: Data(captured.output.utf8)) as? [String: Any])
    let keys = try #require(schema["properties"] as? [String: Any]).keys
    let page = try #require(Tree.text("Documentation/Scenarios.md"))
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") }.joined()
    for key in keys.sorted() { #expect(rows.contains("`\(key)`"), "Scenarios.md has no place for \(key)") }
    #expect(keys.count > 15)
  }

  @Test("make has every target that documents tell of", arguments: documents)
  func makeTargetsExist(path: String) throws {
    let makefile = try #require(Tree.text("Makefile"))
    let text = try #require(Tree.text(path))
    let told = text.matches(of: /(?m)(?:`|^ {4}|^\$ ?|^)make ([a-z]+)(?=`|$| )/).map { String($0.output.1) }
    if path == "README.md" { #expect(Set(told).isSuperset(of: ["run", "test", "bench"])) }
    for target in told where !makefile.contains("\n\(target):") { Issue.record("\(path): make \(target)") }
  }

  @Test("policies and results are described, every parameter and every figure")
  func namesAreDescribed() throws {
    let policies = try #require(Tree.text("Documentation/Policies.md"))
    for policy in PolicyCatalogue.builtIn.descriptors {
      if !policies.contains("\n## \(policy.name)\n") { Issue.record("Policies.md has no section \(policy.name)") }
      let rest = policies.components(separatedBy: "\n## \(policy.name)\n").last ?? ""
      let section = rest.components(separatedBy: "\n## ").first ?? ""
      for parameter in policy.parameters where !section.contains("| `\(parameter.name)` |") {
        Issue.record("Policies.md does not describe \(parameter.name) of \(policy.name)")
      }
    }
    let output = try #require(Tree.text("Documentation/Output.md"))
    let statistics = MetricKey.Statistic.allCases.map { $0.rawValue + "_" }
    for key in MetricKey.all {
      let prefix = key.name.hasSuffix("_ms") ? statistics.first { key.name.hasPrefix($0) } ?? "" : ""
      let name = prefix.isEmpty ? key.name : String(key.name.dropFirst(prefix.count).dropLast(3))
      let isDefined = output.contains("`\(name)`") && (prefix.isEmpty || output.contains("`\(prefix)`"))
      #expect(isDefined, "Output.md does not define \(key.name)")
    }
  }

  @Test("spillway takes every command line that documents show", arguments: documents)
  func commandLinesParse(path: String) async {
    for words in Self.commands(path, "spillway") {
      for word in words where word.hasPrefix("Scenarios/") { #expect(Tree.exists(word), "\(path): \(word)") }
      // Asking for help parses the names of commands; options are looked up in what it prints.
      let names = Array(words.prefix { !$0.hasPrefix("-") && !$0.contains("/") && !$0.contains(".") }.prefix(2))
      var help = ""
      for count in stride(from: names.count, through: 0, by: -1) where help.isEmpty {
        let captured = CapturedConsole()
        let status = await SpillwayCommand.run(
          Array(names.prefix(count)) + ["--help"], context: CommandContext(console: captured.console))
        #expect(status == .done, "\(path): spillway \(words.joined(separator: " "))")
        help = captured.output
      }
      if let command = names.first, !help.contains("spillway \(command)") {
        Issue.record("\(path): there is no spillway \(command)")
      }
      for option in words where option.hasPrefix("--") {
        let name = String(option.prefix { $0 != "=" })
        // The argument parser's own, which no help lists.
        if name == "--generate-completion-script" { continue }
        if !help.contains(name) { Issue.record("\(path): spillway \(names.joined(separator: " ")) has no \(name)") }
      }
    }
  }

  @Test(
    "the code of the template that documents show is the template's",
    arguments: [("WritingPolicies.md", "ShortestJobFirstPolicy.swift"), ("OverTime.md", "QueuePeak.swift")])
  func shownCodeIsBuilt(document: String, file: String) throws {
    let path = "Examples/ShortestJobFirst/Sources/ShortestJobFirst/" + file
    let code = try #require(Tree.text(path))
    let isShown = Tree.codeBlocks("Documentation/" + document).contains { $0.language == "swift" && $0.text == code }
    #expect(isShown, "Documentation/\(document) does not show \(path) as it is")
  }

  @Test("every example of a scenario reads without a mistake", arguments: documents)
  func examplesRead(path: String) throws {
    for (index, block) in Tree.codeBlocks(path).enumerated() where block.language == "yaml" {
      let diagnostics = Diagnostics()
      // Examples name files relative to the Scenarios folder.
      let name = Tree.root.appending(path: "Scenarios/example-\(index).yaml").path()
      let document = Document(text: Self.completed(block.text), name: name, into: diagnostics)
      let scenario = document.flatMap {
        ScenarioReader.resolve(
          $0, policies: .builtIn, metrics: MetricKey.all.map(\.name), into: diagnostics)
      }
      let mistakes = diagnostics.errors.map(\.description).joined(separator: "\n")
      #expect(scenario != nil, "\(path), example \(index):\n\(mistakes)")
    }
  }

  /// What the parts that an example leaves out are taken to be.
  private static func completed(_ text: String) -> String {
    var whole = text
    let parts = [
      ("server", "server: hgx-h100-8"), ("policies", "policies: [vllm-v1]"),
      ("deployments", "deployments:\n  - name: chat\n    model: llama-3.1-8b"),
      ("workload", "workload: {rate: 4/s, requests: 100, prompt_tokens: 1000, output_tokens: 100}"),
    ]
    for (key, part) in parts where !("\n" + text).contains("\n\(key):") && !("\n" + text).contains("\n\(key)s:") {
      whole += "\n" + part + "\n"
    }
    return whole
  }
}
