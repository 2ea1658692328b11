import Assembly
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

  /// What is said of a trace that two streams share, each with keys of its own for it.
  private func messages(sharing first: String, _ second: String) throws -> [String] {
    let text = """
      server: hgx-h100-8
      policies: [vllm-v1]
      deployments: [{name: a, model: llama-3.1-8b}, {name: b, model: llama-3.1-8b}]
      workload:
        - {name: one, deployment: a, trace: {file: t.csv\(first)}}
        - {name: two, deployment: b, trace: {file: t.csv\(second)}}
      """
    var messages: [String] = []
    try withFolder(["f.yaml": text, "t.csv": "arrival_s,prompt_tokens,output_tokens\n0,1,1\n"]) { folder in
      let read = try read(folder + "/f.yaml")
      messages = read.messages.map { $0.replacingOccurrences(of: folder + "/", with: "") }
      let streams = read.scenario?.streams ?? []
      #expect(streams.count == (messages.contains { $0.contains("error") } ? 0 : 2))
    }
    return messages
  }

  @Test func streamsThatSampleOneTraceAreWarnedAbout() throws {
    let sampled = ", sample: 50 %"
    #expect(
      try messages(sharing: sampled, sampled) == [
        "f.yaml:6:61: warning: 'one' and 'two' sample t.csv each for itself: of its requests 25 % go to both and 25 % "
          + "to neither; to divide it, give one 'shard: 0/2' and the other 'shard: 1/2'"
      ])
    #expect(try messages(sharing: ", sample: 90 %", ", sample: 20 %")[0].contains("18 % go to both and 8 % to neither"))
    let divided = [
      (sampled + ", shard: 0/2", sampled + ", shard: 1/2"), (sampled, ""), (", shard: 0/2", ", shard: 1/2"),
      (sampled + ", to: 1 min", sampled + ", from: 1 min"),
    ]
    for (first, second) in divided { #expect(try messages(sharing: first, second) == []) }
    #expect(try messages(sharing: sampled + ", shard: 0/2", sampled + ", shard: 2/4").count == 1)
  }

  @Test func aShardIsOneOfSeveralParts() throws {
    #expect(
      try messages(sharing: ", shard: 2/2", ", shard: half") == [
        "f.yaml:5:60: error: 'shard' wants one of several parts, counted from 0, such as '0/2' or '1/2', found '2/2'",
        "f.yaml:6:60: error: 'shard' wants one of several parts, counted from 0, such as '0/2' or '1/2', found 'half'",
      ])
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
      #expect(
        scenario.streams[0].workload.components == [WorkloadComponent(requestClass: .online, lengths: .recorded)])
      #expect(scenario.streams[0].requestClasses == [.online])
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

  @Test(
    "pairs of lengths of the catalogue are those whose number and means the documentation tells",
    arguments: LengthCatalogue.names)
  func lengthsOfTheCatalogue(name: String) throws {
    let lines = "prompt_tokens: 1024\n  output_tokens: 256"
    let text = smallScenario.replacing(lines, with: "lengths: {catalogue: \(name)}")
    let scenario = try #require(resolve(text).scenario)
    guard case .pairs(let sample) = scenario.streams[0].workload.components[0].lengths else {
      Issue.record("no pairs")
      return
    }
    let pairs = sample.pairs
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Documentation/Workloads.md")
    let row = try #require(
      String(contentsOf: path, encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("| `\(name)` |") })
    let told = row.split(separator: "|").dropFirst().prefix(3).map {
      Double($0.replacing(",", with: "").trimmingCharacters(in: .whitespaces))
    }
    func mean(_ length: (LengthPairSample.Pair) -> Int32) -> Double {
      (pairs.reduce(0.0) { $0 + Double(length($1)) } / Double(pairs.count)).rounded()
    }
    #expect(told == [Double(pairs.count), mean(\.prompt), mean(\.output)])
    #expect(pairs.allSatisfy { $0.prompt >= 1 && $0.output >= 1 })
    #expect(scenario.canonicalText.contains("catalogue: \(name)"))
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
      [
        "f.yaml:4:88: error: 'spare' is on another server, which NVLink does not reach; "
          + "'over_network: true' pages to it over network cards"
      ]
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

  @Test("a trace that names no classes is online, so offline work beside it has a limit of its own or none")
  func tracesWithoutClasses() throws {
    let text = """
      server: hgx-h100-8
      policies: [vllm-v1]
      deployments: [{name: chat, model: llama-3.1-8b}]
      workload:
        - {name: users, trace: {file: t.csv}, slo: {ttft: 1 s}}
        - {name: docs, class: offline, arrivals: batch, requests: 5, prompt_tokens: 100, output_tokens: 10}
      """
    let header = "arrival_s,prompt_tokens,output_tokens"
    try withFolder(["a.yaml": text, "t.csv": header + "\n0,1,1\n"]) { folder in
      let (scenario, messages) = try read(folder + "/a.yaml")
      #expect(messages.isEmpty, "\(messages)")
      #expect(scenario?.streams.map(\.requestClasses) == [[.online], [.offline]])
      #expect(scenario?.canonicalText.contains("class: online") == true)
    }
    // A column for it may hold either, and the mistake says what helps.
    try withFolder(["a.yaml": text, "t.csv": header + ",class\n0,1,1,online\n"]) { folder in
      let messages = try read(folder + "/a.yaml").messages
      #expect(
        messages.map { $0.components(separatedBy: "error: ").last } == [
          "'docs' and 'users' send offline requests to one deployment and must have the same 'slo'; rows of the trace "
            + "of 'users' may be of either class: its key 'class' can say of which"
        ])
    }
  }

  @Test("a model's folder, a path and a Hugging Face id are understood")
  func modelNames() throws {
    let text = """
      server: hgx-h100-8
      policies: [vllm-v1]
      deployments: [{name: own, model: NAME}]
      workload: {rate: 1/s, requests: 5, prompt_tokens: 100, output_tokens: 10}
      """
    let config = try #require(ModelCatalogue.configuration(named: "llama-3.1-8b"))
    for (name, found) in [
      ("mine/config.json", "mine"), ("mine", "mine"), ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"),
    ] {
      try withFolder(["a.yaml": text.replacing("NAME", with: name), "mine/config.json": config]) { folder in
        let (scenario, messages) = try read(folder + "/a.yaml")
        #expect(messages.isEmpty, "\(messages)")
        #expect(scenario?.deployments[0].model.name == found)
      }
    }
    // Two files that mean the same have the same digest.
    var digests: Set<String> = []
    for name in ["llama-3.1-8b", "meta-llama/Llama-3.1-8B"] {
      try withFolder(["a.yaml": text.replacing("NAME", with: name)]) { folder in
        digests.insert(try #require(try read(folder + "/a.yaml").scenario).digest)
      }
    }
    #expect(digests.count == 1)
  }
}
