import Assembly
import Cluster
import Metrics
import Report
import ResultsStore
import SimCore
import Testing

@testable import CommandLineTool

@Suite struct UsageTests {
  @Test(
    "Wrong usage is status 64, told on the error stream",
    arguments: [
      (["run"], "Missing expected argument '<scenario> ...'"),
      (["run", "f.yaml", "--jobs", "0"], "'--jobs' wants a number from 1 to 1024, found 0"),
      (["run", "f.yaml", "--jobs", "many"], "The value 'many' is invalid for '--jobs <n>'"),
      (["run", "f.yaml", "--format", "xml"], "Please provide one of 'table', 'markdown', 'latex', 'json' or 'csv'"),
      (["run", "f.yaml", "--stepping", "day"], "Please provide one of 'segment' and 'iteration'."),
      (["run", "f.yaml", "--store", "s", "--no-store"], "'--store' and '--no-store' exclude each other"),
      (["run", "f.yaml", "--requests", "r.txt"], "ends in .csv, .jsonl or .ndjson, found 'r.txt'"),
      (["run", "f.yaml", "g.yaml", "--requests", "r.csv"], "'--requests' takes one scenario at a time"),
      (["run", "f.yaml", "g.yaml", "--format", "csv"], "'--format csv' takes one scenario at a time"),
      (["run", "f.yaml", "--wrong"], "Unknown option '--wrong'"),
      (["rnu"], "unknown command 'rnu'; did you mean 'run'?"),
      (["frobnicate"], "unknown command 'frobnicate'; known commands: run, compare"),
      (["compare", "f.yaml", "--policies", "a,,b"], "wants names separated by commas, found 'a,,b'"),
      (["hardware", "h100-sxm-80g"], "unknown GPU, server or network 'h100-sxm-80g'; did you mean 'h100-sxm-80gb'?"),
      (["models", "lama-2-7b"], "unknown model 'lama-2-7b'; did you mean 'llama-2-7b'?"),
      (
        ["models", "llama-3-70b"],
        "did you mean 'llama-3.1-70b'? 'llama-3-70b' has the same layers but a context of 8192"
      ),
      (["models", "openai/gpt-oss-120b"], "it cannot be simulated: 4-bit experts (MXFP4) are not modelled"),
      (["hardware", "H100"], "unknown GPU, server or network 'H100'; did you mean 'h100-sxm-80gb'?"),
      (
        ["validate", "k.json", "--plot", "out.jpg"],
        "'--plot' writes SVG and PNG: it wants a file that ends in .svg or .png, or a folder, found 'out.jpg'"
      ),
      (
        ["fit", "k.json", "--plot", "out.PDF"],
        "'--plot' writes SVG and PNG: it wants a file that ends in .svg or .png, found 'out.PDF'"
      ),
      (["policies", "aqa"], "unknown policy 'aqa'; did you mean 'aqua'?"),
      (["trace", "inspect", "t.csv", "--from", "5"], "'--from' wants a duration"),
      (["trace", "inspect", "t.csv", "--from", "5 s", "--to", "3 s"], "the window ends at 3 s, not after its start"),
      (["trace", "inspect", "t.csv", "--sample", "2"], "'--sample'"),
      (["trace", "convert", "t.csv"], "Missing expected argument '--output <file>'"),
    ])
  func usage(_ arguments: [String], _ message: String) async {
    let outcome = await spillway(arguments)
    #expect(outcome.status == .usage)
    #expect(outcome.error.contains(message))
    #expect(outcome.output.isEmpty)
  }

  @Test func mistakesInScenarioOptionsAreUsage() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let outcome = await spillway(
      "run", path, "--no-store", "--seed", "x", "--policy", "vllmv1", "--set", "workload.rte=5/s", "--set", "rate")
    #expect(outcome.status == .usage)
    #expect(outcome.error.contains("--seed: error: 'seed' wants a whole number, found 'x'"))
    #expect(outcome.error.contains("--policy vllmv1: error: unknown policy 'vllmv1'; did you mean 'vllm-v1'?"))
    #expect(outcome.error.contains("--set workload.rte: error: unknown key 'rte' in 'workload'; did you mean 'rate'?"))
    #expect(outcome.error.contains("--set rate: error: wants KEY.PATH=VALUE"))
  }

  @Test func versionAndHelpGoToTheOutput() async {
    let version = await spillway("--version")
    #expect(version.status == .done)
    #expect(version.output == SpillwayCommand.build + "\n")
    #expect(version.output.hasPrefix(SpillwayCommand.version + " (commit "), "names the commit, or says that it can't")
    #expect(version.output.contains(" build for "))
    for arguments in [["--help"], [], ["help", "run"], ["run", "--help"], ["trace"], ["trace", "inspect", "--help"]] {
      let help = await spillway(arguments)
      #expect(help.status == .done)
      #expect(help.output.contains("USAGE: spillway"))
      #expect(help.error.isEmpty)
    }
  }

  @Test("Every command's help names every option of the contract")
  func optionsOfTheContract() async {
    let options = [
      "--policy", "--seed", "--replications", "--jobs", "--set", "--format", "--store", "--no-store", "--requests",
      "--stepping", "--check-invariants", "--quiet",
    ]
    for command in ["run", "compare"] {
      let help = await spillway(command, "--help").output
      for option in options { #expect(help.contains(option + " ") || help.contains(option + "\n"), "\(option)") }
    }
    #expect(await spillway("compare", "--help").output.contains("--baseline"))
    #expect(await spillway("check", "--help").output.contains("--junit"))
  }

  @Test func everyKindOfFailureHasItsStatus() {
    func status(_ error: any Error) -> CommandStatus { Failure(error).status }
    #expect(status(EngineFault(policy: "p", engine: "chat[0]", time: .zero, rule: "r")) == .brokenInvariant)
    #expect(status(BrokenLaw("requests were lost")) == .brokenInvariant)
    #expect(status(PlanningError(["a", "b"])) == .badInput)
    #expect(status(OutputError(path: "f", reason: "r")) == .unwritable)
    #expect(status(StoreError.busy(path: "f")) == .busy)
    #expect(status(StoreError.unwritable(path: "f", reason: "r")) == .unwritable)
    #expect(status(StoreError.notAStore(path: "f", reason: "r")) == .unwritable)
    #expect(status(StoreError.unreadable(path: "f", reason: "r")) == .unreadable)
    #expect(status(CancellationError()) == .interrupted)
    struct Unexpected: Error {}
    #expect(status(Unexpected()) == .brokenInvariant)
    #expect(
      CommandStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 64, 65, 66, 69, 73, 75, 130],
      "the statuses of the contract")
  }

  @Test func aBrokenInvariantIsCalledABugOfOurs() {
    let failure = Failure(EngineFault(policy: "p", engine: "chat[0]", time: SimTime(seconds: 2), rule: "lost a block"))
    #expect(failure.lines[0] == "error: policy 'p' on chat[0] at 2.0 s of simulated time: lost a block")
    #expect(failure.lines[1].contains("a bug in Spillway"))
  }
}
