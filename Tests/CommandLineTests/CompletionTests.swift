import Foundation
import Models
import Scheduling
import Testing

@testable import CommandLineTool

/// What shells are told to offer.
struct CompletionTests {
  /// Asks as the scripts of `--generate-completion-script` do.
  private func offered(_ command: String, _ argument: String, _ line: [String]) async -> [String] {
    let word = line.last ?? ""
    let outcome = await spillway(
      ["---completion", command, "--", argument, "\(line.count)", "\(word.count)", "spillway", command] + line)
    #expect(outcome.status == .done, "\(outcome.error)")
    return outcome.output.split(separator: "\n").map(String.init)
  }

  private func scenario(_ folder: Folder) throws -> String {
    try folder.file(
      "f.yaml",
      """
      server: hgx-h100-8
      policies: [vllm-v1, {name: aqua, label: turns}]
      variants: [{name: fast, set: {workload.rate: 8/s}}]
      deployments: [{name: chat, model: llama-3.1-8b}, {name: code, model: llama-3.1-8b}]
      workload: {rate: 4/s, requests: 20, prompt_tokens: 100, output_tokens: 10}
      """)
  }

  @Test("names of policies, models, servers, GPUs and figures")
  func names() async throws {
    #expect(await offered("run", "--policy", ["f.yaml", "--policy", ""]).contains("conserve"))
    #expect(await offered("policies", "positional@0", [""]).contains("aqua"))
    #expect(await offered("models", "positional@0", [""]) == ModelCatalogue.names)
    let hardware = await offered("hardware", "positional@0", [""])
    #expect(hardware.contains("hgx-h100-8") && hardware.contains("h100-sxm-80gb"))
    #expect(await offered("import", "--server", ["x", "--server", ""]).contains("hgx-h100-8"))
    #expect(await offered("fit", "--gpu", ["x", "--gpu", ""]).contains("h100-sxm-80gb"))
    let figures = await offered("sweep", "--pareto", ["f.yaml", "--pareto", "p99_ttft_ms,out"])
    #expect(figures.contains("p99_ttft_ms,output_throughput"), "the last of a list is completed")
  }

  @Test("names of the scenario on the line")
  func namesOfTheScenario() async throws {
    let folder = try Folder()
    let path = try scenario(folder)
    #expect(await offered("run", "--policy", [path, "--policy", ""]).prefix(3) == ["vllm-v1", "turns", "aqua"])
    #expect(await offered("run", "--variant", [path, "--variant", ""]) == ["fast"])
    #expect(await offered("advise", "--deployment", [path, "--deployment", ""]) == ["chat", "code"])
    #expect(await offered("run", "--variant", ["no-such.yaml", "--variant", ""]).isEmpty)
  }

  @Test(
    "keys of scenarios, a level at a time; values where they are known",
    arguments: [
      ("se", ["seed=", "server=", "server.", "servers[0]=", "servers[0].", "services[0]."]),
      ("workload.prompt_t", ["workload.prompt_tokens=", "workload.prompt_tokens."]),
      ("deployments.c", ["deployments.chat.", "deployments.code."]),
      ("deployments.chat.rou", ["deployments.chat.router="]),
      (
        "deployments.chat.router=",
        Router.allCases.map { "deployments.chat.router=" + $0.rawValue }
      ),
      ("drain=", ["drain=true", "drain=false", "drain="]),
      ("nothing.such", []),
    ])
  func keys(_ typed: String, _ expected: [String]) async throws {
    let folder = try Folder()
    let found = await offered("run", "--set", [try scenario(folder), "--set", typed])
    #expect(Set(found) == Set(expected), "\(found)")
  }

  @Test("what nothing else begins with is opened")
  func opened() async throws {
    let folder = try Folder()
    let found = await offered("run", "--set", [try scenario(folder), "--set", "deployments.chat.eng"])
    #expect(found.contains("deployments.chat.engine.max_num_seqs=") && !found.contains("deployments.chat.engine."))
  }

  @Test("a script is made for each shell", arguments: ["bash", "zsh", "fish"])
  func scripts(shell: String) async {
    let outcome = await spillway("--generate-completion-script", shell)
    #expect(outcome.status == .done && outcome.output.contains("---completion run -- --policy"))
  }
}
