import CommandLineTool
import Foundation
import Testing

private func scenario(trace: String) -> String {
  """
  server: hgx-h100-8
  policies: [vllm-v1]
  deployments:
    - name: chat
      model: llama-3.1-8b
  workload:
    trace: {file: \(trace)}
  """
}

/// A trace file with a mistake: its content, and how the error goes on behind the file's name.
struct BrokenTrace: CustomTestStringConvertible, Sendable {
  var name: String
  var bytes: [UInt8]
  var error: String

  init(_ name: String, _ bytes: some Sequence<UInt8>, _ error: String) {
    self.name = name
    self.bytes = Array(bytes)
    self.error = error
  }

  init(_ name: String, _ text: String, _ error: String) { self.init(name, text.utf8, error) }

  var testDescription: String { name }
}

private let header = "arrival_s,prompt_tokens,output_tokens\n"

/// A small gzip file: `header` and two rows, made by `gzip -9n`.
private let gzip: [UInt8] = Array(
  Data(
    base64Encoded:
      "H4sIAAAAAAACA0ssKsosS8yJL9YpKMrPLSiJL8nPTs0r1skvLSkohfG4DHQMDUCYyxDGAACL0Rd/OAAAAA==")
    ?? Data())

private let traces: [BrokenTrace] = [
  BrokenTrace(
    "unknown columns", "a,b\n1,2\n", ":1: error: no trace format has these columns: 'a', 'b'; known formats: "),
  BrokenTrace(
    "word for a time", header + "0,1,1\nsoon,1,1\n",
    ":3: error: 'arrival_s' wants a number of seconds, found 'soon'\n"),
  BrokenTrace(
    "negative tokens", header + "0,-1,1\n",
    ":2: error: 'prompt_tokens' wants a whole number of at least 1, found '-1'\n"),
  BrokenTrace("missing field", header + "0,1\n", ":2: error: the row has 2 fields, the header 3\n"),
  BrokenTrace("time going back", header + "5,1,1\n1,1,1\n", ":3: error: the time is 4 s before the row above; "),
  BrokenTrace("NUL byte", header + "0,1\0,1\n", ":2: error: a NUL byte at column 4; "),
  BrokenTrace("empty", "", ": error: the file is empty; expected a trace\n"),
  BrokenTrace(
    "line of ten megabytes", header + String(repeating: "1", count: 10_000_000),
    ":2: error: the line is longer than 1048576 bytes; is this a trace?\n"),
  BrokenTrace("broken JSON", "{\"timestamp\": 0, \"input_length\"\n", ":1: error: not valid JSON at column 32: "),
  BrokenTrace("truncated gzip", gzip.dropLast(20), ":1: error: the gzip file is cut off in this line"),
  BrokenTrace(
    "damaged gzip", gzip.dropLast(8) + Array("12345678".utf8), ":1: error: the gzip data is damaged at or after "),
]

@Suite struct BrokenTraceTests {
  @Test func theGzipFileIsGoodAsAWhole() async throws {
    let folder = try Folder()
    let outcome = await spillway("trace", "inspect", try folder.file("t.csv.gz", gzip), "--format", "json")
    #expect(outcome.status == .done)
    #expect(try outcome.json()["rows"] as? Int == 2)
  }

  @Test("A broken trace stops a run with file and line, and leaves nothing", arguments: traces)
  func brokenInARun(_ trace: BrokenTrace) async throws {
    let folder = try Folder()
    let file = try folder.file("t.csv", trace.bytes)
    let path = try folder.file("f.yaml", scenario(trace: "t.csv"))
    for jobs in ["1", "3"] {
      let outcome = await spillway(
        "run", path, "--replications", "3", "--jobs", jobs, "--store", folder["s.sqlite"], "--requests", folder["r.csv"]
      )
      #expect(outcome.status == .badInput)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.error.hasPrefix(file + trace.error))
      #expect(outcome.output.isEmpty)
      #expect(!folder.names.contains("r.csv"))
      #expect(folder.names.filter { $0.contains(".part") || $0.contains(".rows") }.isEmpty)
      #expect(try storedRuns(folder["s.sqlite"]) == 0)
    }
  }

  @Test("trace inspect and convert tell the same", arguments: traces)
  func brokenAlone(_ trace: BrokenTrace) async throws {
    let folder = try Folder()
    let file = try folder.file("t.csv", trace.bytes)
    let inspected = await spillway("trace", "inspect", file)
    #expect(inspected.status == .badInput)
    #expect(inspected.errorLines.count == 1)
    #expect(inspected.error.hasPrefix(file + trace.error))
    let converted = await spillway("trace", "convert", file, "--output", folder["o.csv"])
    #expect(converted.status == .badInput)
    #expect(converted.error == inspected.error)
    #expect(folder.names == ["t.csv"])
  }

  @Test func badRowsCanBeSkippedAndAreCounted() async throws {
    let folder = try Folder()
    let file = try folder.file("t.csv", header + "0,1,1\nsoon,1,1\n2,1,1\n")
    let outcome = await spillway("trace", "inspect", file, "--skip-bad-rows", "--format", "json")
    #expect(outcome.status == .done)
    #expect(try outcome.json()["bad_rows"] as? Int == 1)
    #expect(outcome.error.contains("warning: left out: \(file):3: error:"))
  }

  @Test func filesThatCannotBeReadOrWritten() async throws {
    let folder = try Folder()
    let missing = await spillway("trace", "inspect", folder["none.csv"])
    #expect(missing.status == .unreadable)
    #expect(missing.errorLines == ["\(folder["none.csv"]): error: can't read the file: No such file or directory"])
    let isFolder = await spillway("trace", "inspect", folder.path)
    #expect(isFolder.status == .unreadable)
    #expect(isFolder.errorLines == ["\(folder.path): error: can't read the file: it is a folder"])
    let file = try folder.file("t.csv", header + "0,1,1\n")
    let unwritable = await spillway("trace", "convert", file, "--output", folder["none/o.csv"])
    #expect(unwritable.status == .unwritable)
    #expect(
      unwritable.errorLines == ["error: \(folder["none/o.csv"]): cannot be written: No such file or directory"])
    #expect(folder.names == ["t.csv"])
  }

  @Test func aRunWhoseTraceIsMissingSaysWhereItIsNamed() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", scenario(trace: "none.csv"))
    let outcome = await spillway("run", path, "--no-store")
    #expect(outcome.status == .unreadable)
    #expect(
      outcome.errorLines == ["\(path):7:17: error: '\(folder["none.csv"])' cannot be read: No such file or directory"])
  }
}
