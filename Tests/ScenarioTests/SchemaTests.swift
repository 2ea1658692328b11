import Configuration
import Foundation
import Scenario
import Scheduling
import Statistics
import TestSupport
import Testing
import TextIO

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
          // Where other keys are allowed, the schema says what they are.
          (properties[entry.key] as? [String: Any]).map { fits(entry.value, $0) }
            ?? (schema["additionalProperties"] is [String: Any])
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

  /// The schemas of all keys below a schema, with their paths.
  private func properties(_ schema: JSONNode, at path: String = "") -> [(path: String, schema: JSONNode)] {
    var found = (schema["properties"]?.members ?? []).flatMap { member in
      [(path: "\(path).\(member.name)", schema: member.value)] + properties(member.value, at: "\(path).\(member.name)")
    }
    for (index, option) in (schema["anyOf"]?.array ?? []).enumerated() {
      found += properties(option, at: "\(path)(\(index))")
    }
    if let items = schema["items"] { found += properties(items, at: "\(path)[]") }
    return found
  }

  @Test("the schema is a JSON document without repeated names, and every key in it is described")
  func everyKeyIsDescribed() throws {
    // The reader refuses names that come twice.
    let text = ScenarioSchema.text(policies: testPolicies, metrics: testMetrics)
    let keys = properties(try JSONReader.value(of: Array(text.utf8)))
    #expect(keys.count > 500)
    for key in keys { #expect(key.schema["description"]?.string?.isEmpty == false, "\(key.path)") }
  }

  @Test(
    "the schema is as narrow as the reader",
    arguments: [
      "prompt_tokens: {distribution: gamma, mean: 5, cv: 101}",
      "prompt_tokens: {distribution: lognormal, mean: 5, cv: 0}",
      "prompt_tokens: 5\n  start: -1 s", "prompt_tokens: 5\n  arrivals: {process: bursts, bursts: [], cv: 2}",
      "prompt_tokens: 5\n  arrivals: {process: on-off, on_rate: 1/s, on: 1 s, off: 1 s}",
    ])
  func asNarrow(workload: String) throws {
    let text = smallScenario.replacing("prompt_tokens: 1024", with: workload)
    #expect(!fits(try root(text), try schema()))
  }

  /// Every number that a kind of value may be, with the path of its key.
  private func numbers(_ kind: ValueKind, at path: String) -> [(path: String, kind: ValueKind)] {
    func below(_ section: Section, at path: String) -> [(path: String, kind: ValueKind)] {
      section.keys.flatMap { numbers($0.kind, at: "\(path).\($0.name)") }
    }
    switch kind {
    case .integer, .number: return [(path, kind)]
    case .mapping(let section): return below(section, at: path)
    case .list(let element, _): return numbers(element, at: path + "[]")
    case .either(let kinds): return kinds.flatMap { numbers($0, at: path) }
    case .tagged(_, _, let sections): return sections.flatMap { below($0, at: "\(path)(\($0.name))") }
    default: return []
    }
  }

  @Test("just inside and just outside of every number's bounds the schema and the reader agree")
  func boundsAgree() throws {
    let all = numbers(.mapping(ScenarioSchema.section(policies: .builtIn, metrics: testMetrics)), at: "")
    #expect(all.count > 100)
    for (path, kind) in all {
      let section = Section("one", "One key.", [Key("key", kind, .required, "A number.")])
      let schema = try #require(
        JSONSerialization.jsonObject(with: Data(section.jsonSchema(title: "one").utf8)) as? [String: Any])
      var values = ["0", "-1", "1.5", "1000000000"]
      switch kind {
      case .integer(let bounds):
        for bound in [bounds.minimum, bounds.maximum].compactMap({ $0 }) where abs(bound) < 1 << 50 {
          values += [bound - 1, bound, bound + 1].map { "\($0)" }
        }
      case .number(let bounds):
        for bound in [bounds.minimum, bounds.maximum].compactMap({ $0 }) {
          values += [bound.nextDown, bound, bound.nextUp].map { "\($0)" }
        }
      default: break
      }
      for value in values {
        let diagnostics = Diagnostics()
        let document = try #require(Document(text: "key: \(value)", name: "f", into: diagnostics))
        _ = section.check(document, into: diagnostics)
        #expect(fits(document.root, schema) == !diagnostics.hasErrors, "\(path) \(value) \(diagnostics.all)")
      }
    }
  }

  @Test("bounds of quantities with units are noted")
  func notedBounds() throws {
    let text = ScenarioSchema.text(policies: testPolicies, metrics: testMetrics)
    let keys = properties(try JSONReader.value(of: Array(text.utf8)))
    let period = try #require(keys.first { $0.path.hasSuffix(".on_time") }).schema
    #expect(period["x-minimum"]?.string == "1 ms" && period["x-maximum"]?.string == "50 d")
    let duration = try #require(keys.first { $0.path == ".duration" }).schema
    #expect(duration["x-exclusive-minimum"]?.string == "0 s")
  }

  @Test("no key is a word that YAML 1.1 reads as a truth value")
  func keysAreWords() throws {
    let text = ScenarioSchema.text(policies: testPolicies, metrics: testMetrics)
    for key in properties(try JSONReader.value(of: Array(text.utf8))) {
      let name = key.path.split(separator: ".").last.map(String.init) ?? ""
      #expect(!["y", "n", "yes", "no", "on", "off", "true", "false"].contains(name.lowercased()), "\(key.path)")
    }
  }

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let shipped: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path + "/Scenarios")) ?? []
    return names.filter { $0.hasSuffix(".yaml") }.sorted()
  }()

  @Test("shipped scenarios fit the schema", arguments: shipped)
  func shippedScenariosFit(name: String) throws {
    let text = try String(contentsOfFile: Self.root.path + "/Scenarios/" + name, encoding: .utf8)
    let schema = try #require(
      try JSONSerialization.jsonObject(
        with: Data(
          ScenarioSchema.text(policies: .builtIn, metrics: MetricKey.all.map(\.name)).utf8))
        as? [String: Any])
    #expect(fits(try root(text), schema))
  }

  /// Runs Python; `nil` when it is not here.
  private static func python(_ program: String, _ arguments: [String]) -> (status: Int32, output: String)? {
    guard let child = try? Child("/usr/bin/env", ["python3", "-c", program] + arguments),
      case .status(let status)? = try? child.wait(seconds: 120), status < 126
    else { return nil }
    return (status, child.output + child.error)
  }

  @Test(
    "other tools agree: PyYAML reads every shipped scenario, and jsonschema accepts it",
    .enabled(
      if: python("import yaml, jsonschema; jsonschema.Draft202012Validator", [])?.status == 0,
      "wants python3 with PyYAML and jsonschema"))
  func pythonAgrees() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-schema-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(ScenarioSchema.text(policies: .builtIn, metrics: MetricKey.all.map(\.name)).utf8)
      .write(to: file)
    let program = """
      import json, sys, yaml, jsonschema
      schema = json.load(open(sys.argv[1]))
      jsonschema.Draft202012Validator.check_schema(schema)
      validator = jsonschema.Draft202012Validator(schema)
      bad = 0
      for path in sys.argv[2:]:
          for error in validator.iter_errors(yaml.safe_load(open(path))):
              bad += 1
              print(path, list(error.path), error.message[:200])
      sys.exit(bad > 0)
      """
    let scenarios = Self.shipped.map { Self.root.path + "/Scenarios/" + $0 }
    let done = try #require(Self.python(program, [file.path] + scenarios))
    #expect(done.status == 0, "\(done.output)")
  }
}
