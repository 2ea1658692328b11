import CommandLineTool
import Foundation
import Testing

/// `spillway fit`: what it prints and writes, and what it says of bad logs.
struct FitTests {
  /// An engine on an H200 in rough numbers: 6 ms to read the weights, 20 us per sequence, 27 ns per token of context,
  /// 21 us per token once products are bound by arithmetic.
  private func log(_ folder: Folder, steps: Int = 300) throws -> String {
    var lines = ""
    for index in 0..<steps {
      let decodes = index % 4 == 3 ? 0 : 1 + (index * 37) % 200
      let context = decodes * (100 + (index * 61) % 3000)
      let prompt = index % 3 == 0 || decodes == 0 ? 64 + (index * 97) % 4000 : 0
      let tokens = Double(decodes + prompt)
      var duration = 1.5e-3 + max(4.3e-3, 21e-6 * tokens) + 20e-6 * Double(decodes) + 27e-9 * Double(context)
      if prompt > 0 { duration += 0.7e-3 + 4e-10 * Double(prompt * prompt) }
      duration *= 1 + 0.01 * sin(Double(index))
      lines +=
        "{\"duration\": \(duration), \"prefill\": [\(prompt > 0 ? "[\(prompt), 0]" : "")], "
        + "\"decode_seqs\": \(decodes), \"decode_ctx\": \(context)}\n"
    }
    return try folder.file("log.jsonl", lines)
  }

  @Test("the table has coefficients with intervals and cross-validated errors; files are written")
  func table() async throws {
    let folder = try Folder()
    let done = await spillway(
      "fit", try log(folder), "--model", "llama-3.1-8b", "--gpu", "h200-sxm-141gb", "--name", "mine", "--output",
      folder["mine.csv"], "--plot", folder["errors.svg"])
    #expect(done.status == .done, "\(done.error)")
    for word in [
      "mine: fitted to 300 steps", "per sequence", "95 % interval", "cross-validated", "in sample", "p99", "Assumed:",
      "cannot tell time per layer", "does not say what the host spent", "@engine,name",
    ] { #expect(done.output.contains(word), "\(word)") }
    let written = try String(contentsOfFile: folder["mine.csv"], encoding: .utf8)
    #expect(written.hasPrefix("# Engine costs as spillway fit found them.\n# source: 300 steps"))
    #expect(written.contains("\nmine,"))
    #expect(try String(contentsOfFile: folder["errors.svg"], encoding: .utf8).contains("cross-validated errors"))
  }

  @Test("JSON has the same, in seconds and shares")
  func json() async throws {
    let folder = try Folder()
    let done = await spillway(
      "fit", try log(folder), "--model", "llama-3.1-8b", "--gpu", "h200-sxm-141gb", "--format", "json")
    let json = try done.json()
    let coefficients = try #require(json["coefficients"] as? [[String: Any]])
    let sequence = try #require(coefficients.first { $0["name"] as? String == "per sequence" })
    let estimate = try #require(sequence["estimate"] as? Double)
    #expect(estimate > 5e-6 && estimate < 60e-6 && sequence["unit"] as? String == "s")
    #expect((sequence["low"] as? Double ?? 1) < estimate && estimate < (sequence["high"] as? Double ?? 0))
    let errors = try #require(json["cross_validated"] as? [String: Any])
    #expect(errors["steps"] as? Int == 300 && (errors["median"] as? Double ?? 1) < 0.15)
    #expect(json["host_speed_known"] is NSNull)
  }

  @Test("a log that is no kit needs its model and GPU; names that do not exist are answered with those that do")
  func usage() async throws {
    let folder = try Folder()
    let path = try log(folder, steps: 30)
    var done = await spillway("fit", path)
    #expect(done.status == .usage && done.error.contains("give '--model'"))
    done = await spillway("fit", path, "--model", "llama-3.1-8b")
    #expect(done.status == .usage && done.error.contains("give '--gpu'"))
    done = await spillway("fit", path, "--model", "llama-3.1-8", "--gpu", "h200-sxm-141gb")
    #expect(done.status == .usage && done.error.contains("llama-3.1-8b"))
    done = await spillway("fit", path, "--model", "llama-3.1-8b", "--gpu", "h200")
    #expect(done.status == .usage && done.error.contains("h200-sxm-141gb"))
    done = await spillway("fit", path, "--model", "llama-3.1-8b", "--gpu", "h200-sxm-141gb", "--per-layer", "20")
    #expect(done.status == .usage && done.error.contains("'--per-layer' wants a duration"))
  }

  @Test("mistakes in a log are told with file and line; too little is said to be too little")
  func badLogs() async throws {
    let folder = try Folder()
    let options = ["--model", "llama-3.1-8b", "--gpu", "h200-sxm-141gb"]
    let bad = try folder.file("bad.csv", "duration,prefill,decode_seqs,decode_ctx\n0.01,,3,300\n0.01,x,3,300\n")
    var done = await spillway(["fit", bad] + options)
    #expect(done.status == .badInput)
    #expect(done.error.hasSuffix("bad.csv:3: error: 'prefill' wants 'new@cached' with blanks between, found 'x'\n"))
    let short = try folder.file("short.csv", "duration,prefill,decode_seqs,decode_ctx\n0.01,,3,300\n0.01,,4,300\n")
    done = await spillway(["fit", short] + options)
    #expect(done.status == .badInput && done.error.contains("more observations than coefficients"))
    done = await spillway(["fit", folder["gone.csv"]] + options)
    #expect(done.status == .unreadable)
  }

  @Test("places that cannot be written are told before the logs are read", arguments: ["--plot", "--output"])
  func placesFirst(option: String) async throws {
    let folder = try Folder()
    let done = await spillway("fit", folder["no-such.jsonl"], option, folder["no-such-folder/x.svg"])
    #expect(
      done.status == .unwritable && done.error.contains("no-such-folder/x.svg: cannot be written"), "\(done.error)")
  }
}
