import CommandLineTool
import Foundation
import Models
import Scheduling
import Testing

@Suite struct ListingTests {
  @Test("Every name that is listed can be shown, as text and as JSON", arguments: ["hardware", "models", "policies"])
  func everyName(_ command: String) async throws {
    let listing = try await #require(
      JSONSerialization.jsonObject(with: Data(spillway(command, "--format", "json").output.utf8)) as? NSObject)
    let entries =
      (listing as? [[String: Any]])
      ?? ["servers", "gpus"].flatMap { ((listing as? [String: Any])?[$0] as? [[String: Any]]) ?? [] }
    let names = entries.compactMap { $0["name"] as? String }
    #expect(names.count >= 4)
    let text = await spillway(command).output
    for name in names {
      #expect(text.contains(name))
      let shown = await spillway(command, name)
      #expect(shown.status == .done)
      #expect(shown.output.contains(name))
      let json = await spillway(command, name, "--format", "json")
      _ = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
    }
  }

  @Test(
    "listings are tables in Markdown, LaTeX and CSV too",
    arguments: [
      ["hardware"], ["hardware", "hgx-h100-8"], ["models"], ["models", "llama-3.1-8b"], ["policies", "aqua"],
    ])
  func otherFormats(_ command: [String]) async {
    func shown(_ format: String) async -> [Substring] {
      let outcome = await spillway(command + ["--format", format])
      #expect(outcome.status == .done)
      return outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    }
    let table = await shown("table").filter { !$0.isEmpty }
    let markdown = await shown("markdown")
    let rows = markdown.filter { $0.hasPrefix("| ") }
    #expect(rows.count > 4 && markdown.contains { $0.hasPrefix("| --- |") })
    // Every row of every table stands in each of them.
    #expect(
      await shown("latex").filter { $0.hasSuffix("\\\\") }.count == rows.count
        - markdown.count { $0.hasPrefix("| --- |") })
    let csv = await shown("csv").filter { !$0.isEmpty }
    #expect(csv.count == rows.count - markdown.count { $0.hasPrefix("| --- |") })
    for line in csv.dropFirst() where line.contains(",") {
      let name = line.prefix { $0 != "," }
      #expect(table.contains { $0.contains(name) } || ["name", "field"].contains(name), "\(name)")
    }
  }

  @Test("what is wrong with a config.json is an error once, with its place")
  func brokenModel() async throws {
    let folder = try Folder()
    let path = try folder.file("bad.json", "{\"a\": [1}")
    let outcome = await spillway("models", path)
    #expect(outcome.status == .badInput)
    #expect(outcome.error == "\(path):1:9: error: not a JSON document: expected ',' or ']', found '}'\n")
  }

  @Test("a model is shown by its Hugging Face id, by the path of its config.json, and by its folder")
  func otherModels() async throws {
    let folder = try Folder()
    let config = try #require(ModelCatalogue.configuration(named: "mistral-7b"))
    try FileManager.default.createDirectory(atPath: folder["mine"], withIntermediateDirectories: true)
    let path = try folder.file("mine/config.json", config)
    let named = await spillway("models", "mistral-7b").output
    for other in [path, folder["mine"]] {
      let shown = await spillway("models", other)
      #expect(shown.status == .done && shown.output.contains("mine"))
      #expect(shown.output.split(separator: "\n").dropFirst() == named.split(separator: "\n").dropFirst())
    }
    #expect(await spillway("models", "mistralai/Mistral-7B-v0.1").output == named)
    #expect(await spillway("models", folder["gone"] + "/config.json").status == .unreadable)
  }

  @Test func hardwareShowsSourcesAndMarksAssumptions() async {
    let outcome = await spillway("hardware", "hgx-h100-8")
    #expect(outcome.output.contains("peer_link.write_bandwidth"))
    #expect(outcome.output.contains("assumption: "))
    #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test func policiesShowParametersWithDefaultAndRange() async {
    let outcome = await spillway("policies", "aqua")
    for policy in PolicyCatalogue.builtIn.descriptors where policy.name == "aqua" {
      for parameter in policy.parameters {
        #expect(outcome.output.contains(parameter.name))
      }
    }
    #expect(outcome.output.contains("1 to 10000"))
  }

  @Test func theSchemaIsJSONAndKnowsThePolicies() async throws {
    let outcome = await spillway("schema")
    #expect(outcome.status == .done)
    #expect(try outcome.json()["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    for policy in PolicyCatalogue.builtIn.descriptors { #expect(outcome.output.contains("\"\(policy.name)\"")) }
  }
}
