import CommandLineTool
import Testing

/// A scenario file with a mistake, and what must be said about it.
struct BrokenScenario: CustomTestStringConvertible, Sendable {
  var name: String
  var bytes: [UInt8]
  /// The error lines without the file's name in front.
  var errors: [String]

  init(_ name: String, _ bytes: some Sequence<UInt8>, _ errors: String...) {
    self.name = name
    self.bytes = Array(bytes)
    self.errors = errors
  }

  init(_ name: String, _ text: String, _ errors: String...) {
    self.init(name, Array(text.utf8))
    self.errors = errors
  }

  /// The quick scenario with one piece replaced.
  init(_ name: String, _ old: String, becomes new: String, _ errors: String...) {
    precondition(quickScenario.contains(old), "the scenario has no '\(old)'")
    self.init(name, Array(quickScenario.replacing(old, with: new).utf8))
    self.errors = errors
  }

  var testDescription: String { name }
}

private let base = quickScenario

private let texts: [BrokenScenario] = [
  BrokenScenario("empty", "", ":1:1: error: the file is empty"),
  BrokenScenario("a comment alone", "# nothing\n", ":1:1: error: the file is empty"),
  BrokenScenario("a list", "- 1\n- 2\n", ":1:1: error: the file wants a mapping, found a list"),
  BrokenScenario(
    "inner key", "    model:", becomes: "    modle:",
    ":5:5: error: unknown key 'modle' in 'deployments[0]'; did you mean 'model'?"),
  BrokenScenario(
    "policy", "vllm-v1", becomes: "vllm-v3", ":2:12: error: unknown policy 'vllm-v3'; did you mean 'vllm-v0'?"),
  BrokenScenario(
    "model", "llama-3.1-8b", becomes: "lama-3.1-8b",
    ":5:12: error: unknown model 'lama-3.1-8b'; did you mean 'llama-3.1-8b'?"),
  BrokenScenario(
    "server", "hgx-h100-8", becomes: "hgx-h100-9",
    ":1:9: error: unknown server 'hgx-h100-9'; did you mean 'hgx-h100-8'?"),
  BrokenScenario(
    "word for number", "requests: 20", becomes: "requests: many",
    ":8:13: error: 'requests' wants a whole number, found 'many'"),
  BrokenScenario(
    "mapping for list", "[vllm-v1]", becomes: "{a: 1}",
    ":2:11: error: 'policies' wants a list of policy names or mappings, found a mapping"),
  BrokenScenario(
    "no unit", "rate: 4/s", becomes: "rate: 4",
    ":7:9: error: 'rate' wants a number of requests per second, found '4'; a unit is missing: did you mean '4/s'?"),
  BrokenScenario(
    "negative rate", "rate: 4/s", becomes: "rate: -4/s",
    ":7:9: error: 'rate' must be more than 0/s and at most 1000000/s, found -4/s"),
  BrokenScenario(
    "no tokens", "prompt_tokens: 100", becomes: "prompt_tokens: 0",
    ":9:18: error: 'prompt_tokens' must be between 1 and 1000000000, found 0"),
  BrokenScenario(
    "not a number", "rate: 4/s", becomes: "rate: .nan",
    ":7:9: error: 'rate' wants a number of requests per second, found '.nan'; 'not a number' is not accepted"),
  BrokenScenario(
    "too large", "requests: 20", becomes: "requests: 99999999999999999999",
    ":8:13: error: 'requests' wants a whole number, found '99999999999999999999'; it is too large"),
  BrokenScenario(
    "tab", "  rate:", becomes: "\trate:", ":7:1: error: a tab in the indentation; YAML wants spaces"),
  BrokenScenario(
    "open bracket", "[vllm-v1]", becomes: "[vllm-v1",
    ":3:12: error: not valid YAML: did not find expected ',' or ']' "
      + "(while parsing a flow sequence, which begins in line 2)"
  ),
  BrokenScenario("key twice", base + "seed: 1\nseed: 2\n", ":12:1: error: the key 'seed' is repeated"),
  BrokenScenario(
    "cyclic anchor", "server:", becomes: "a: &a [*a]\nserver:",
    ":1:8: error: the alias names an anchor that is not complete before this place"),
  BrokenScenario(
    "two documents", base + "---\n" + base, ":11:1: error: a second document begins here; a file holds one"),
  BrokenScenario(
    "GPU that is not there", "    model:", becomes: "    gpus: [0, 8]\n    model:",
    ":5:15: error: there is no GPU 8 in hgx-h100-8, which has 8, counted from 0"),
  BrokenScenario(
    "GPU twice", "    model:", becomes: "    gpus: [0,0]\n    model:", ":5:14: error: GPU 0 is listed twice"),
  BrokenScenario(
    "degree", "    model:", becomes: "    tensor_parallel: 3\n    model:",
    ":5:22: error: llama-3.1-8b cannot be split over 3 GPUs: its 32 attention heads do not divide evenly; "
      + "possible degrees are 1, 2, 4, 8"),
  BrokenScenario(
    "no room for weights", "llama-3.1-8b", becomes: "llama-3.1-70b",
    ":5:12: error: llama-3.1-70b needs 141.1 GB per GPU for its weights at tensor_parallel 1, more than the 78.2 GB of "
      + "a GPU of hgx-h100-8 (85.0 GB x 0.92); tensor_parallel 2 would fit"),
  BrokenScenario(
    "host memory", "    model:", becomes: "    engine: {swap_space: 9 TB}\n    model:",
    ": error: server 'hgx-h100-8': 'swap_space' of all deployments adds up to 9000.0 GB, more than its 1500.0 GB of "
      + "host memory"),
  BrokenScenario(
    "deployment of a stream", "  rate:", becomes: "  deployment: chatt\n  rate:",
    ":7:15: error: unknown deployment 'chatt'; did you mean 'chat'?"),
  BrokenScenario(
    "no end", "  requests: 20\n", becomes: "",
    ":7:3: error: 'workload' never ends; give it 'requests' or 'duration', or the scenario a 'duration'"),
  BrokenScenario(
    "parameter out of range", "[vllm-v1]", becomes: "[{name: aqua, slice: 0}]",
    ":2:32: error: 'slice' must be between 1 and 1000000, found 0"),
  BrokenScenario(
    "metric", base + "expect: [{metric: p98_ttft_ms, below: 1 s}]\n",
    ":11:19: error: unknown metric 'p98_ttft_ms'; did you mean 'p90_ttft_ms'?"),
  BrokenScenario(
    "unit of a bound", base + "expect: [{metric: p99_ttft_ms, below: 1 GB}]\n",
    ":11:39: error: 'below' wants a duration such as '2 s', for 'p99_ttft_ms', found '1 GB'"),
  BrokenScenario(
    "not modelled", "    model:", becomes: "    pipeline_parallel: 2\n    model:",
    ":5:5: error: 'pipeline_parallel' is not modelled; use 'tensor_parallel', or more 'replicas'"),
  BrokenScenario(
    "two mistakes", base.replacing("rate: 4/s", with: "rate: fast") + "seeed: 1\n",
    ":7:9: error: 'rate' wants a number of requests per second, found 'fast'",
    ":11:1: error: unknown key 'seeed' in the file; did you mean 'seed'?"),
]

private let bytes: [BrokenScenario] = [
  BrokenScenario(
    "NUL byte", base.replacing("chat", with: "ch\0at").utf8, ":4:13: error: a NUL byte; this is not a text file"),
  BrokenScenario(
    "UTF-16", [0xff, 0xfe] + base.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
    ":1:1: error: the file is UTF-16; save it as UTF-8"),
  BrokenScenario(
    "Latin-1", Array("name: caf".utf8) + [0xe9, 10] + Array(base.utf8),
    ":1:10: error: invalid UTF-8; save the file as UTF-8"),
  BrokenScenario("binary", Array(0...255), ":1:1: error: a NUL byte; this is not a text file"),
  BrokenScenario(
    "nested", Array("name: ".utf8) + Array(repeating: UInt8(ascii: "["), count: 100_000),
    ":1:70: error: nested more than 64 deep"),
]

@Suite struct BrokenScenarioTests {
  @Test("A broken scenario gives its mistakes, exit status 65, and nothing else", arguments: texts + bytes)
  func broken(_ scenario: BrokenScenario) async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario.bytes)
    let outcome = await spillway("run", path, "--store", folder["s.sqlite"], "--requests", folder["r.csv"])
    #expect(outcome.status == .badInput)
    #expect(outcome.errorLines == scenario.errors.map { path + $0 })
    #expect(outcome.output.isEmpty)
    #expect(folder.names == ["f.yaml"])
  }

  @Test func aLineOfTenMegabytesIsRefusedWhole() async throws {
    let folder = try Folder()
    let line = Array("name: ".utf8) + Array(repeating: UInt8(ascii: "x"), count: 10_000_000)
    let outcome = await spillway("run", try folder.file("f.yaml", line), "--no-store")
    #expect(outcome.status == .badInput)
    #expect(outcome.error.contains("at most 4194304 (4 MiB) are read"))
  }

  @Test func aliasesDoNotMultiplyWithoutLimit() async throws {
    let folder = try Folder()
    var text = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    for (name, previous) in zip("bcdefghi", "abcdefgh") {
      text += "\(name): &\(name) [" + Array(repeating: "*\(previous)", count: 10).joined(separator: ",") + "]\n"
    }
    let outcome = await spillway("run", try folder.file("f.yaml", text + base), "--no-store")
    #expect(outcome.status == .badInput)
    #expect(outcome.error.contains("more than 200000 values once aliases are expanded"))
  }

  @Test func mistakesOfSeveralFilesAreToldTogether() async throws {
    let folder = try Folder()
    let first = try folder.file("a.yaml", "")
    let good = try folder.file("b.yaml", base)
    let outcome = await spillway("run", first, good, folder["none.yaml"], "--no-store")
    #expect(outcome.status == .badInput)
    #expect(
      outcome.errorLines == [
        "\(first):1:1: error: the file is empty",
        "\(folder["none.yaml"]): error: cannot be read: No such file or directory",
      ])
  }

  @Test func aFileThatCannotBeReadIsStatus66() async throws {
    let folder = try Folder()
    let missing = await spillway("run", folder["none.yaml"], "--no-store")
    #expect(missing.status == .unreadable)
    #expect(missing.errorLines == ["\(folder["none.yaml"]): error: cannot be read: No such file or directory"])
    let directory = await spillway("run", folder.path, "--no-store")
    #expect(directory.status == .unreadable)
    #expect(directory.errorLines == ["\(folder.path): error: cannot be read: it is a folder"])
    // Reading it fails for every user, root included.
    let failing = await spillway("check", "/proc/self/mem")
    #expect(failing.status == .unreadable)
    #expect(failing.errorLines == ["/proc/self/mem: error: cannot be read: Input/output error"])
    #expect(folder.names.isEmpty)
  }

  /// A replica's GPU time is counted by a clock of 106 days.
  @Test func aRunThatGoesOnForMonthsIsRefused() async throws {
    let folder = try Folder()
    let text = quickScenario.replacing("workload:", with: "workload:\n  start: 720 h")
      .replacing("model: llama-3.1-8b", with: "model: llama-3.1-8b\n    tensor_parallel: 4")
    let outcome = await spillway("run", try folder.file("f.yaml", text), "--no-store")
    #expect(
      outcome.status == .badInput
        && outcome.error.hasPrefix("error: a run with 4 GPUs in a replica can go on for 26 days"), "\(outcome.error)")
    // One that would stop by itself, but only after that time: nothing happens in between.
    let idle = text.replacing("start: 720 h", with: "start: 960 h")
      .replacing("workload:", with: "duration: 961 h\ndrain: false\nworkload:")
    let late = await spillway("run", try folder.file("g.yaml", idle), "--no-store")
    #expect(late.status == .badInput && late.error.contains("give it a 'duration' that is shorter"), "\(late.error)")
  }

  @Test(
    "figures of hardware with which times leave the range of the clock are refused",
    arguments: [
      ("server.peer_link.write_bandwidth=1 B/s", "'write_bandwidth' must be between 1 MB/s and"),
      (
        "server.gpu={like: h100-sxm-80gb, name: x, memory_bandwidth: 1 kB/s}",
        "'memory_bandwidth' must be between 1 GB/s and"
      ),
      ("server.gpu={like: h100-sxm-80gb, name: x, peak_bf16: 1 MFLOP/s}", "'peak_bf16' must be between 1 GFLOP/s and"),
    ])
  func hardwareTooSlow(setting: String, message: String) async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let outcome = await spillway("run", path, "--no-store", "--quiet", "--set", setting)
    #expect(outcome.status != .done && outcome.error.contains(message), "\(outcome.error)")
  }

  @Test("an iteration that would take more than an hour is refused")
  func iterationTooLong() async throws {
    let folder = try Folder()
    let slow = "{like: hgx-h100-8, gpu: {like: h100-sxm-80gb, name: x, memory: 900 TB, peak_bf16: 1 GFLOP/s}}"
    let text = quickScenario.replacing("server: hgx-h100-8", with: "server: \(slow)")
      .replacing("llama-3.1-8b", with: "llama-3.1-405b")
    let outcome = await spillway("run", try folder.file("f.yaml", text), "--no-store", "--quiet")
    #expect(outcome.status == .badInput && outcome.error.contains("may take an hour at most"), "\(outcome.error)")
  }

  @Test("iterations of minutes that together leave the range of the clock end the run, in either way of stepping")
  func slowIterations() async throws {
    let folder = try Folder()
    let slow = "{like: hgx-h100-8, gpu: {like: h100-sxm-80gb, name: x, memory: 900 TB, memory_bandwidth: 1 GB/s}}"
    let text = quickScenario.replacing("server: hgx-h100-8", with: "server: \(slow)")
      .replacing("llama-3.1-8b", with: "llama-3.1-405b").replacing("requests: 20", with: "requests: 1")
      .replacing("output_tokens: 10", with: "output_tokens: 30000")
    let path = try folder.file("f.yaml", text)
    for stepping in ["segment", "iteration"] {
      let outcome = await spillway("run", path, "--no-store", "--quiet", "--stepping", stepping)
      #expect(
        outcome.status == .badInput
          && outcome.error.hasPrefix("error: a run with 1 GPU in a replica can go on for 100 days"), "\(outcome.error)"
      )
    }
  }
}
