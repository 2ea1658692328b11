import CommandLineTool
import Configuration
import Experiments
import Foundation
import Scenario
import Scheduling
import Statistics
import Testing

/// A claim about two chunk sizes on one small engine; both bounds are far from what is simulated.
let smallClaim = """
  name: small
  description: Is a small budget slower?
  claim:
    id: C1
    published: The mean first token comes sooner with the large budget.
    source: nobody
    target: A second.
    assumed: Everything.
    decides: The rate.
    studies:
      - title: Rate and budget
        sweep:
          grid:
            workload.rate: [2/s, 4/s, 8/s]
            deployments.chat.engine.max_num_seqs: [2, 64]
    charts: {policies: [large]}
  server: hgx-h100-8
  replications: 3
  policies:
    - {name: vllm-v1, label: large, async_scheduling: false}
    - {name: vllm-v0, label: other}
  deployments:
    - name: chat
      model: llama-3.1-8b
      engine: {max_num_seqs: 64}
  workload:
    rate: 4/s
    requests: 40
    prompt_tokens: 500
    output_tokens: 20
  expect:
    - {metric: mean_ttft_ms, policy: large, below: 1 s, title: First token, published: soon}
    - {metric: mean_e2el_ms, policy: large, above: 1 h, title: Completion, published: late}
    - {metric: mean_tpot_ms, ratio: [other, large], reported: true, title: Token time}

  """

/// A folder of its own, gone with the last reference.
final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("claims-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ text: String) throws -> String {
    try text.write(toFile: self[name], atomically: true, encoding: .utf8)
    return self[name]
  }

  func text(_ name: String) throws -> String { try String(contentsOfFile: self[name], encoding: .utf8) }

  subscript(_ name: String) -> String { path + "/" + name }
}

/// Runs a command in this process.
func spillway(_ arguments: [String]) async -> (status: CommandStatus, output: String, error: String) {
  let captured = CapturedConsole()
  let status = await SpillwayCommand.run(arguments, context: CommandContext(console: captured.console))
  return (status, captured.output, captured.error)
}

/// Reads a claim, with what was wrong.
func readClaim(_ text: String, data: String? = nil) -> (claim: ClaimScenario?, errors: [String]) {
  let diagnostics = Diagnostics()
  let document = Document(text: text, name: "c.yaml", into: diagnostics)
  let claim = document.flatMap {
    ScenarioReader.claim(
      $0, data: data, policies: .builtIn, metrics: MetricKey.all.map(\.name), into: diagnostics)
  }
  return (claim, diagnostics.errors.map(\.description))
}
