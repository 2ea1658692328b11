import Configuration
import Foundation
import Models
import Scenario
import SimCore
import Testing
import TextIO
import Workload

/// Scenarios that name other files, in a folder of their own.
@Suite struct FileTests {
  /// Writes files into a new folder, runs the body with its path, and removes it.
  private func withFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      let file = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try body(folder.path)
  }

  private func read(_ path: String) throws -> (scenario: ResolvedScenario?, messages: [String]) {
    let diagnostics = Diagnostics()
    let scenario = try ScenarioReader.read(
      path: path, policies: testPolicies, metrics: testMetrics, into: diagnostics)
    return (scenario, diagnostics.all.map(\.description))
  }

  @Test func filesAreFoundBesideTheScenario() throws {
    let text = """
      server: hgx-h100-8
      policies: [vllm-v1]
      deployments: [{name: own, model: mine/config.json}]
      workload:
        - {trace: {file: data/t.csv, rate_scale: 2, limit: 10}, requests: 20}
        - {rate: 1/s, requests: 5, lengths: {file: data/pairs.csv}, slo: {}}
        - {rate: 1/s, requests: 5, prompt_tokens: {distribution: sample, file: data/lengths.txt}, output_tokens: 3}
      """
    let files = [
      "a.yaml": text, "data/t.csv": "arrival_s,prompt_tokens,output_tokens\n0,1,1\n",
      "data/pairs.csv": "prompt_tokens,output_tokens\n5,6\n7,8\n", "data/lengths.txt": "3\n4\n5\n",
      "mine/config.json": try #require(ModelCatalogue.configuration(named: "llama-3.1-8b")),
    ]
    try withFolder(files) { folder in
      let (resolved, messages) = try read(folder + "/a.yaml")
      #expect(messages.isEmpty, "\(messages)")
      let scenario = try #require(resolved)
      #expect(scenario.name == "a")
      #expect(scenario.deployments[0].model.name == "mine" && scenario.deployments[0].model.layerCount == 32)
      #expect(
        scenario.streams[0].workload.arrivals == .trace(TraceDescription(path: folder + "/data/t.csv", rateScale: 2)))
      #expect(scenario.streams[0].workload.requestLimit == 10)
      #expect(scenario.streams[0].workload.components == [WorkloadComponent(lengths: .recorded)])
      #expect(scenario.streams[0].requestClasses == [.online, .offline])
      guard case .pairs(let pairs) = scenario.streams[1].workload.components[0].lengths else {
        Issue.record("no pairs")
        return
      }
      #expect(pairs.pairs == [.init(prompt: 5, output: 6), .init(prompt: 7, output: 8)])
      guard case .independent(let prompt, _) = scenario.streams[2].workload.components[0].lengths,
        case .sample(let sample) = prompt.shape
      else {
        Issue.record("no sample")
        return
      }
      #expect(sample.tokens == [3, 4, 5])
      #expect(scenario.canonicalText.contains("file: data/t.csv"))
    }
  }

  @Test func mistakesInNamedFilesPointThere() throws {
    let text = """
      server: hgx-h100-8
      policies: [vllm-v1]
      deployments: [{name: own, model: ./config.json}]
      workload: {rate: 1/s, requests: 5, lengths: {file: pairs.csv}}
      """
    try withFolder([
      "a.yaml": text, "pairs.csv": "prompt_tokens,output_tokens\n5,6\n7,none\n", "config.json": "{\"hidden_size\": 5}",
    ]) { folder in
      let messages = try read(folder + "/a.yaml").messages
      #expect(messages.count == 2)
      let model = try #require(
        messages.first { $0.hasPrefix("\(folder)/a.yaml:3:34: error: 'model' cannot be used: ") })
      #expect(model.contains("\(folder)/./config.json"))
      #expect(
        messages.contains { $0.hasPrefix("\(folder)/pairs.csv:3:1: error: 'output_tokens' wants a whole number") })
    }
  }

  @Test func aScenarioThatIsNotThereIsUnreadable() {
    #expect(throws: UnreadableFile(path: "nowhere.yaml", reason: "No such file or directory")) {
      try read("nowhere.yaml")
    }
  }

  /// Chat on the first GPUs pages to a lender; where the lender sits decides whether it can.
  private func pagingScenario(servers: String, lender: String) -> String {
    """
    servers: [\(servers)]
    policies: [aqua]
    deployments:
      - {name: chat, model: llama-3.1-8b, gpus: [0], paging: {destination: peer, lenders: [spare]}}
      - {name: spare, model: mistral-7b, \(lender), lend: 10 GB}
    workload: {deployment: chat, rate: 1/s, requests: 5, prompt_tokens: 5, output_tokens: 5}
    """
  }

  @Test(arguments: [
    ("hgx-h100-8", "gpus: [1]", []),
    ("h100-pair", "gpus: [1]", []),
    (
      "hgx-h100-8, hgx-h100-8", "server: 1",
      ["f.yaml:4:88: error: 'spare' is on another server, which NVLink does not reach"]
    ),
    (
      "{like: hgx-h100-8, name: plain, fabric: none}", "gpus: [1]",
      ["f.yaml:4:88: error: the GPUs of plain are not joined by NVLink"]
    ),
    (
      "{like: h100-pair, name: two, gpus: 4, pairs: [[0, 2], [1, 3]]}", "gpus: [1]",
      ["f.yaml:4:88: error: no NVLink bridge joins every GPU of 'chat' to one of 'spare'"]
    ),
  ])
  func lendersMustBeReachable(servers: String, lender: String, messages: [String]) {
    let (scenario, found) = resolve(pagingScenario(servers: servers, lender: lender))
    #expect(found == messages)
    #expect((scenario == nil) == (!messages.isEmpty))
    if let scenario { #expect(scenario.deployments[0].paging.lenders == [1]) }
  }
}
