import CommandLineTool
import Experiments
import Foundation
import ResultsStore
import Testing

/// What a command left behind.
struct Outcome {
  var status: CommandStatus
  var output: String
  var error: String

  var errorLines: [String] { error.split(separator: "\n").map(String.init) }

  /// The output as JSON.
  func json(_ location: SourceLocation = #_sourceLocation) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any], sourceLocation: location)
  }

  /// The output without what two equal runs may differ in.
  var timeless: String {
    output.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains("\"wall_seconds") }
      .joined(separator: "\n")
  }
}

/// Runs a command in this process.
func spillway(_ arguments: [String], patience: Double = 10, stop: StopRequest = StopRequest()) async
  -> Outcome
{
  let captured = CapturedConsole()
  let context = CommandContext(
    console: captured.console, stop: { stop }, storePatience: patience)
  let status = await SpillwayCommand.run(arguments, context: context)
  return Outcome(status: status, output: captured.output, error: captured.error)
}

func spillway(_ arguments: String...) async -> Outcome { await spillway(arguments) }

/// A folder of its own, gone with the last reference.
final class Folder {
  let path: String

  init() throws {
    let template = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: template, withIntermediateDirectories: true)
    path = template.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  func file(_ name: String, _ content: some Sequence<UInt8>) throws -> String {
    let path = self[name]
    try Data(content).write(to: URL(fileURLWithPath: path))
    return path
  }

  func file(_ name: String, _ text: String) throws -> String { try file(name, text.utf8) }

  subscript(_ name: String) -> String { path + "/" + name }

  /// The names of what is there, in order.
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// A scenario that runs in a few milliseconds.
let quickScenario = """
  server: hgx-h100-8
  policies: [vllm-v1]
  deployments:
    - name: chat
      model: llama-3.1-8b
  workload:
    rate: 4/s
    requests: 20
    prompt_tokens: 100
    output_tokens: 10

  """

/// The same with each iteration planned when the one before has ended, so that every step takes the host's time.
let synchronousScenario = quickScenario.replacing(
  "policies: [vllm-v1]", with: "policies: [{name: vllm-v1, async_scheduling: false}]")

/// Several policies and replications under memory pressure, with paging to a peer.
let pagingScenario = """
  server: hgx-h100-8
  replications: 2
  policies: [vllm-v1, aqua, {name: aqua, label: aqua-peer, paging: {destination: peer}}]
  deployments:
    - name: chat
      model: llama-3.1-8b
      gpus: [0]
      engine: {kv_blocks: 1000, swap_space: 20 GiB}
    - name: small
      model: mistral-7b
      gpus: [1]
      lend: 10 GB
      policy: vllm-v1
  workload:
    deployment: chat
    rate: 10/s
    requests: 60
    prompt_tokens: {distribution: lognormal, mean: 1024, cv: 1, maximum: 4000}
    output_tokens: 100
    slo: {ttft: 1 s}

  """

/// The repository's own scenarios.
let scenarioFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("Scenarios").path

/// How many runs a store holds; none when there is no such file.
func storedRuns(_ path: String) throws -> Int {
  guard FileManager.default.fileExists(atPath: path) else { return 0 }
  let store = try ResultsStore(path: path)
  return try store.scenarios().reduce(0) { try $0 + store.runs(ofScenario: $1).count }
}
