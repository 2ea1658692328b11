import Foundation
import Models
import Scheduling
import TestSupport
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
    // The parser remembers for which shell a script was made last, which another test may do, and adds a blank for zsh.
    return outcome.output.split(separator: "\n").map(String.init).filter { $0 != " " }
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

  @Test(
    "bash completes values behind '=', and what comes after them",
    .enabled(if: BuiltProgram.path != nil && Child.finds("bash"), "wants bash, and the program beside the tests"),
    arguments: [
      ("run f.yaml --set drain=", "run f.yaml --set drain= false true"),
      ("run f.yaml --set drain=f", "run f.yaml --set drain=false"),
      (
        "run f.yaml --set deployments.chat.router=le",
        "run f.yaml --set deployments.chat.router=least-kv least-outstanding"
      ),
      ("run f.yaml --set deployments.chat.rou", "run f.yaml --set deployments.chat.router="),
      ("run f.yaml --set=drain=f", "run f.yaml --set=drain=false"),
      ("run f.yaml --format=js", "run f.yaml --format=json"),
      ("run f.yaml --set drain=true --policy tu", "run f.yaml --set drain=true --policy turns"),
      ("run f.yaml --set drain=true --quie", "run f.yaml --set drain=true --quiet"),
      ("run --set drain=true f.ya", "run --set drain=true f.yaml"),
      ("models gpt", "models gpt-j-6b"),
    ])
  func bash(typed: String, completed: String) async throws {
    let folder = try Folder()
    _ = try scenario(folder)
    let script = await spillway("--generate-completion-script", "bash")
    _ = try folder.file("script", script.output)
    let program = try #require(BuiltProgram.path)
    // Escape and '*' put in all that could follow; Control-A goes to the line's begin, where another command is put.
    _ = try folder.file("typed", "source ./script\nspillway \(typed)\u{1b}*\u{1}echo got: \n")
    let place = folder.path
    let output = try await SocketClient.onThread {
      Result {
        let child = try Child(
          "/bin/sh", ["-c", "cd '\(place)' && exec bash --norc --noprofile -i < typed"],
          environment: [
            "PATH": URL(fileURLWithPath: program).deletingLastPathComponent().path + ":/usr/bin:/bin", "TERM": "dumb",
            "HOME": place, "INPUTRC": "/dev/null", "LC_ALL": "C",
          ])
        _ = try child.wait(seconds: 60)
        return child.output
      }
    }.get()
    let line = output.split(separator: "\n").first { $0.hasPrefix("got: ") }
    #expect(line.map { $0.trimmingCharacters(in: .whitespaces) } == "got: spillway " + completed, "\(output)")
  }
}
