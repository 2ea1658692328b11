import CommandLineTool
import Foundation
import Testing

/// Files that somebody else wrote: what they hold must not act on the terminal, nor reach others' files.
struct StrangersFilesTests {
  /// Whether a text holds nothing that a terminal would act on.
  private func isHarmless(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0 == "\n" || !($0.value < 0x20 || (0x7F..<0xA0).contains($0.value)) }
  }

  private let escapes = #"""
    description: "\e[31mred\e[0m \a bell \x9B2J \x7F \u202E"
    server: hgx-h100-8
    policies: [vllm-v1]
    deployments: [{name: chat, model: llama-3.1-8b, gpus: [0]}]
    workload: {rate: 8/s, requests: 5, prompt_tokens: 10, output_tokens: 4}

    """#

  @Test("descriptions, quoted values and keys reach the terminal without control characters")
  func escapeSequences() async throws {
    let folder = try Folder()
    let file = try folder.file("escape.yaml", escapes)
    let shown = await spillway("explain", file)
    #expect(shown.status == .done && isHarmless(shown.output) && isHarmless(shown.error))
    #expect(shown.output.contains(#"\x1B[31mred\x1B[0m \x07 bell \x9B2J \x7F \u202E"#))
    for (old, new, text) in [
      ("model: llama-3.1-8b", #"model: "\e[2J""#, #"unknown model '\x1B[2J'"#),
      ("rate: 8/s", #"rate: "\r8""#, #"found '\r8'"#), ("name: chat", #"name: "a\nerror: b""#, #"found 'a\nerror: b'"#),
      ("workload:", #""work\e[0mload":"#, #"unknown key 'work\x1B[0mload'"#),
    ] {
      let broken = await spillway("run", try folder.file("b.yaml", escapes.replacing(old, with: new)), "--no-store")
      #expect(broken.status == .badInput && isHarmless(broken.error))
      #expect(broken.error.contains(text), "\(broken.error)")
    }
    let json = await spillway("explain", file, "--format", "json")
    #expect(isHarmless(json.output))
    _ = try json.json()
  }

  @Test("file names reach the terminal without control characters, also in colour")
  func fileNames() async throws {
    let folder = try Folder()
    let file = try folder.file("\u{1B}[2Jq.yaml", quickScenario)
    for arguments in [
      ["run", file, "--no-store", "--color", "always"], ["explain", file], ["check", file],
      ["trace", "inspect", folder["\u{1B}[2J"]], ["validate", folder["\u{1B}[2J"]], ["models", folder["\u{7}.json"]],
    ] {
      let outcome = await spillway(arguments)
      let styled = outcome.output.replacing(#/\u{1b}\[[0-9;]*m/#, with: "")
      #expect(isHarmless(styled) && isHarmless(outcome.error), "\(arguments) \(outcome.error)")
    }
    let missing = await spillway("run", folder["\u{9B}31m.yaml"], "--no-store")
    #expect(missing.error.contains(#"\x9B31m.yaml: error: cannot be read"#))
  }

  @Test("binary files are not shown", arguments: ["profile", "trace", "lengths", "model"])
  func binaryFiles(kind: String) async throws {
    let folder = try Folder()
    let bytes: [UInt8] = [0x40, 0x1F, 0x8B, 0x08] + (0..<2000).map { UInt8(truncatingIfNeeded: $0 &* 37 | 1) }
    _ = try folder.file("binary.json", bytes)
    let scenario =
      switch kind {
      case "profile": quickScenario.replacing("hgx-h100-8", with: "{like: hgx-h100-8, profile: binary.json}")
      case "trace": quickScenario.replacing("rate: 4/s", with: "trace: {file: binary.json}")
      case "lengths":
        quickScenario.replacing("prompt_tokens: 100", with: "prompt_tokens: {distribution: sample, file: binary.json}")
      default: quickScenario.replacing("llama-3.1-8b", with: "./binary.json")
      }
    let outcome = await spillway("run", try folder.file("s.yaml", scenario), "--no-store")
    #expect(outcome.status == .badInput && isHarmless(outcome.error), "\(outcome.error)")
    #expect(outcome.error.contains("binary.json"))
    #expect(outcome.error.utf8.count < 1000, "\(outcome.error)")
  }

  @Test("of a file that is not what it was taken for, a message shows a few characters")
  func foreignContent() async throws {
    let folder = try Folder()
    let secret = "root:$6$saltsaltsaltsalt$thehashofthesecretwhichnooneshallsee:19000:0:99999:7:::"
    _ = try folder.file("shadow", secret + "\n" + secret + "\n")
    _ = try folder.file("shadow.csv", secret.replacing(":", with: ",") + "\n")
    for old in [
      ("rate: 4/s", "trace: {file: shadow}"), ("rate: 4/s", "trace: {file: shadow, format: csv}"),
      ("rate: 4/s", "trace: {file: shadow.csv}"), ("rate: 4/s", "trace: {file: shadow, format: mooncake}"),
      ("prompt_tokens: 100", "prompt_tokens: {distribution: sample, file: shadow}"),
      ("prompt_tokens: 100\n  output_tokens: 10", "lengths: {file: shadow}"),
      ("hgx-h100-8", "{like: hgx-h100-8, profile: shadow}"), ("llama-3.1-8b", "./shadow"),
    ] {
      let file = try folder.file("s.yaml", quickScenario.replacing(old.0, with: old.1))
      let outcome = await spillway("run", file, "--no-store")
      #expect(outcome.status == .badInput, "\(old.1): \(outcome.error)")
      #expect(!outcome.error.contains("thehashof"), "\(outcome.error)")
    }
    for arguments in [
      ["trace", "inspect", "shadow"], ["validate", "shadow"], ["models", "./shadow"], ["run", "shadow"],
    ] {
      let outcome = await spillway(arguments.map { $0.contains("shadow") ? folder[$0] : $0 })
      #expect(outcome.status == .badInput && !outcome.error.contains("thehashof"), "\(outcome.error)")
    }
  }

  @Test("with '--confine-reading' nothing outside is read, and nothing is told of it")
  func confined() async throws {
    let folder = try Folder()
    try FileManager.default.createDirectory(atPath: folder["in"], withIntermediateDirectories: true)
    let trace = "arrival_s,prompt_tokens,output_tokens\n0,10,5\n1,20,5\n"
    _ = try folder.file("t.csv", trace)
    _ = try folder.file("in/t.csv", trace)
    _ = try folder.file("l.csv", "5\n6\n")
    let traced = quickScenario.replacing("rate: 4/s", with: "trace: {file: t.csv}")
    let inside = try folder.file("in/s.yaml", traced)
    let confinement = ["--confine-reading", folder["in"]]
    #expect(await spillway(["run", inside, "--no-store"] + confinement).status == .done)
    #expect(await spillway(["explain", inside] + confinement).status == .done)
    #expect(await spillway(["trace", "inspect", folder["in/t.csv"]] + confinement).status == .done)

    let outsideWords = "outside the folders that reading is confined to"
    for (old, new) in [
      ("file: t.csv", "file: ../t.csv"), ("file: t.csv", "file: ../none.csv"), ("file: t.csv", "file: /etc/passwd"),
      ("prompt_tokens: 100", "prompt_tokens: {distribution: sample, file: ../l.csv}"),
      ("hgx-h100-8", "{like: hgx-h100-8, profile: ../t.csv}"), ("llama-3.1-8b", "../none.json"),
    ] {
      let file = try folder.file("in/b.yaml", traced.replacing(old, with: new))
      for command in [
        ["run", file, "--no-store"], ["compare", file, "--no-store"], ["check", file], ["explain", file],
      ] {
        let outcome = await spillway(command + confinement)
        #expect(outcome.status == .unreadable && outcome.error.contains(outsideWords), "\(command) \(outcome.error)")
      }
      let generated = await spillway(["trace", "generate", file, "--output", folder["o.csv"]] + confinement)
      #expect(generated.status == .unreadable && generated.error.contains(outsideWords))
    }
    for command in [
      ["run", folder["s.yaml"], "--no-store"], ["trace", "inspect", folder["t.csv"]],
      ["trace", "convert", folder["t.csv"], "--output", folder["o.csv"]], ["validate", folder["t.csv"]],
      ["validate", folder["none"]], ["validate", "--suite", folder.path], ["fit", folder["kit.json"]],
      ["fit", folder["t.csv"], "--model", "llama-3.1-8b", "--gpu", "h100-sxm-80gb"], ["models", folder["m.json"]],
    ] {
      let outcome = await spillway(command + confinement)
      #expect(outcome.status == .unreadable && outcome.error.contains(outsideWords), "\(command) \(outcome.error)")
    }
    #expect(folder.names == ["in", "l.csv", "t.csv"])
    let nowhere = await spillway("run", inside, "--no-store", "--confine-reading", folder["none"])
    #expect(nowhere.status == .unreadable)
    let both = ["--confine-reading", folder.path, "--confine-reading", folder["in"]]
    let file = try folder.file("in/c.yaml", traced.replacing("t.csv", with: "../t.csv"))
    #expect(await spillway(["run", file, "--no-store"] + both).status == .done)
  }

  @Test("a named file that cannot be read is status 66, however it is named")
  func unreadableFiles() async throws {
    let folder = try Folder()
    for (old, new) in [
      ("rate: 4/s", "trace: {file: none.csv}"), ("llama-3.1-8b", "./none.json"),
      ("prompt_tokens: 100", "prompt_tokens: {distribution: sample, file: none.csv}"),
      ("prompt_tokens: 100\n  output_tokens: 10", "lengths: {file: none.csv}"),
      ("hgx-h100-8", "{like: hgx-h100-8, profile: none.csv}"),
    ] {
      let scenario = quickScenario.replacing(old, with: new)
      let file = try folder.file("s.yaml", scenario)
      for arguments in [["run", file, "--no-store"], ["explain", file], ["check", file]] {
        let outcome = await spillway(arguments)
        #expect(outcome.status == .unreadable, "\(new): \(outcome.error)")
        #expect(outcome.error.contains("s.yaml:") && outcome.error.contains("No such file or directory"))
      }
      // A mistake beside it is what has to be mended first.
      let wrong = try folder.file("w.yaml", "sed: 1\n" + scenario)
      #expect(await spillway("run", wrong, "--no-store").status == .badInput)
    }
    let set = await spillway(
      "run", try folder.file("q.yaml", quickScenario), "--no-store", "--set", "deployments.chat.model=./none.json")
    #expect(set.status == .unreadable, "\(set.error)")
    for arguments in [
      ["models", "none.json"], ["models", "no/such.json"], ["validate", "none.json"], ["fit", "none.json"],
    ] {
      #expect(await spillway(arguments).status == .unreadable, "\(arguments)")
    }
    #expect(await spillway("models", "none").status == .usage)
  }

  @Test("a model is shown from its config.json")
  func modelFile() async throws {
    let folder = try Folder()
    let own = try folder.file(
      "config.json",
      """
      {"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
       "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256,
       "max_position_embeddings": 8192, "torch_dtype": "bfloat16"}
      """)
    let shown = await spillway("models", own, "--format", "json")
    #expect(shown.status == .done, "\(shown.error)")
    #expect(try shown.json()["layers"] as? Int == 32)
  }
}
