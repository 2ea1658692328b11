import Configuration
import Foundation
import Scenario
import Testing

@Suite struct SchemaTests {
  /// Whether a node fits a schema; the subset of JSON Schema that the writer uses.
  private func fits(_ node: DocumentNode, _ schema: [String: Any]) -> Bool {
    if let options = schema["anyOf"] as? [[String: Any]], !options.contains(where: { fits(node, $0) }) { return false }
    if let names = schema["enum"] as? [String], !names.contains(node.text ?? "\u{0}") { return false }
    if let name = schema["const"] as? String, node.text != name { return false }
    if let pattern = schema["pattern"] as? String {
      guard let text = node.text, (try? Regex(pattern).firstMatch(in: text)) != nil else { return false }
    }
    switch schema["type"] as? String {
    case "string": return node.text != nil
    case "boolean": return node.text == "true" || node.text == "false"
    case "integer", "number":
      guard let number = node.text.flatMap(Double.init) else { return false }
      if schema["type"] as? String == "integer", number != number.rounded() { return false }
      if let minimum = schema["minimum"] as? Double, number < minimum { return false }
      if let minimum = schema["exclusiveMinimum"] as? Double, number <= minimum { return false }
      if let maximum = schema["maximum"] as? Double, number > maximum { return false }
      return true
    case "array":
      guard case .list(let items) = node.content, let element = schema["items"] as? [String: Any] else { return false }
      return items.count >= (schema["minItems"] as? Int ?? 0) && items.allSatisfy { fits($0, element) }
    case "object":
      guard case .mapping(let entries) = node.content, let properties = schema["properties"] as? [String: Any] else {
        return false
      }
      let required = schema["required"] as? [String] ?? []
      return required.allSatisfy { key in entries.contains { $0.key == key } }
        && entries.allSatisfy { entry in
          (properties[entry.key] as? [String: Any]).map { fits(entry.value, $0) } ?? false
        }
    default: return true
    }
  }

  private func schema() throws -> [String: Any] {
    let text = ScenarioSchema.text(policies: testPolicies, metrics: testMetrics)
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func root(_ text: String) throws -> DocumentNode {
    try #require(Document(text: text, name: "f", into: Diagnostics())).root
  }

  /// Every (path, key) that a section declares, and every one that its schema has.
  private func keys(_ section: Section, _ schema: [String: Any], at path: String) -> (
    declared: [String], listed: [String]
  ) {
    let properties = schema["properties"] as? [String: Any] ?? [:]
    var declared = section.keys.map { "\(path).\($0.name)" }
    var listed = properties.keys.map { "\(path).\($0)" }
    for key in section.keys {
      let below = keys(key.kind, properties[key.name] as? [String: Any] ?? [:], at: "\(path).\(key.name)")
      declared += below.declared
      listed += below.listed
    }
    return (declared.sorted(), listed.sorted())
  }

  private func keys(_ kind: ValueKind, _ schema: [String: Any], at path: String) -> (
    declared: [String], listed: [String]
  ) {
    var result: (declared: [String], listed: [String]) = ([], [])
    func add(_ more: (declared: [String], listed: [String])) {
      result.declared += more.declared
      result.listed += more.listed
    }
    switch kind {
    case .mapping(let section): add(keys(section, schema, at: path))
    case .list(let element, _): add(keys(element, schema["items"] as? [String: Any] ?? [:], at: path))
    case .either(let kinds):
      let options = schema["anyOf"] as? [[String: Any]] ?? []
      for (kind, option) in zip(kinds, options) { add(keys(kind, option, at: path)) }
    case .tagged(let tag, _, let sections):
      let options = (schema["anyOf"] as? [[String: Any]] ?? []).filter { $0["properties"] != nil }
      #expect(options.count == sections.count)
      for (section, option) in zip(sections, options) {
        let here = "\(path)(\(section.name))"
        add(keys(section, option, at: here))
        result.declared.append("\(here).\(tag)")
      }
    default: break
    }
    return result
  }

  @Test func theSchemaListsExactlyTheKeysThatAreRead() throws {
    let (declared, listed) = keys(
      ScenarioSchema.section(policies: testPolicies, metrics: testMetrics), try schema(), at: "")
    #expect(declared.sorted() == listed.sorted())
    #expect(declared.count > 150)
    #expect(declared.contains(".policies(conserve).safepoint_layers"))
  }

  @Test func goodScenariosFitTheSchema() throws {
    let schema = try schema()
    #expect(fits(try root(smallScenario), schema))
    #expect(fits(try root(fullScenario), schema))
    for text in [smallScenario, fullScenario] {
      let canonical = try #require(resolve(text).scenario).canonicalText
      #expect(fits(try root(canonical), schema), "\(canonical)")
    }
  }

  @Test(arguments: [
    ("rate: 4/s", "rte: 4/s"), ("rate: 4/s", "rate: 4"), ("rate: 4/s", "rate: fast"),
    ("requests: 1000", "requests: many"),
    ("prompt_tokens: 1024", "prompt_tokens: {distribution: normal}"), ("policies: [vllm-v1]", "policies: [vllm-v2]"),
    ("prompt_tokens: 1024", "prompt_tokens: {distribution: gamma, mean: 5}"), ("workload:\n  rate", "wrkload:\n  rate"),
    ("policies: [vllm-v1]", "policies: [{name: conserve, safepoint_layers: 1000}]"),
  ])
  func badScenariosDoNotFitTheSchema(old: String, new: String) throws {
    #expect(!fits(try root(smallScenario.replacing(old, with: new)), try schema()))
  }
}
