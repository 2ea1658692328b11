import Fitting
import Foundation
import Testing
import Workload

/// Logs as JSON lines and as tables, and what is wrong with them.
@Suite struct StepLogReaderTests {
  private static func read(_ text: String, _ name: String) throws -> [LoggedStep] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "spillway-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: name).path(percentEncoded: false)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    do {
      return try StepLogReader.steps(path: path)
    } catch let error as FitError {
      throw FitError(error.description.replacing(path, with: name), hasPlace: error.hasPlace)
    }
  }

  private static let steps = [
    LoggedStep(
      duration: 0.0124, chunks: [.init(tokens: 512, cached: 0), .init(tokens: 64, cached: 128)], decodes: 31,
      decodeContext: 20480, hostTime: 0.0005),
    LoggedStep(duration: 0.006, decodes: 2, decodeContext: 30),
  ]

  @Test func jsonLinesAndTablesSayTheSame() throws {
    let lines = """
      {"duration": 0.0124, "prefill": [[512, 0], [64, 128]], "decode_seqs": 31, "decode_ctx": 20480, "sched": 0.0004, \
      "update": 0.0001, "exec": 0.0119, "extra": "passed over"}

      {"duration": 0.006, "prefill": [], "decode_seqs": 2, "decode_ctx": 30, "sched": null}
      """
    let table = """
      duration,prefill,decode_seqs,decode_ctx,sched,update,note
      0.0124,512@0 64@128,31,20480,0.0004,0.0001,x
      0.006,,2,30,,,
      """
    for (text, name) in [(lines, "log.jsonl"), (table, "log.csv")] {
      let read = try Self.read(text, name)
      #expect(read.count == 2 && read[1] == Self.steps[1])
      #expect(read[0].chunks == Self.steps[0].chunks && abs(read[0].hostTime! - 0.0005) < 1e-12)
    }
  }

  @Test(
    arguments: [
      ("log.jsonl", "nonsense", "log.jsonl:1:1: error: not a JSON document: expected a value, found 'nonsense'"),
      (
        "log.jsonl", #"{"duration": 1, "decode_seqs": 1, "decode_ctx": 1}"#,
        "log.jsonl:1: error: 'prefill' wants a list of [new tokens, cached tokens], found nothing of the kind"
      ),
      (
        "log.jsonl", "\n" + #"{"prefill": [], "decode_seqs": 1, "decode_ctx": 1}"#,
        "log.jsonl:2: error: 'duration' is missing"
      ),
      (
        "log.jsonl", #"{"duration": 1, "prefill": [], "decode_seqs": 0, "decode_ctx": 0}"#,
        "log.jsonl:1: error: the step has neither prefill nor decoding sequences"
      ),
      (
        "log.csv", "duration,prefill,decode_seqs\n1,,2\n",
        "log.csv:1: error: no column 'decode_ctx'; the columns are 'duration', 'prefill', 'decode_seqs'"
      ),
      (
        "log.csv", "duration,prefill,decode_seqs,decode_ctx\n1,12,2,9\n",
        "log.csv:2: error: 'prefill' wants 'new@cached' with blanks between, found '12'"
      ),
      (
        "log.csv", "duration,prefill,decode_seqs,decode_ctx\n-1,,2,9\n",
        "log.csv:2: error: 'duration' wants seconds from 1e-09 to below an hour, found -1.0"
      ),
      (
        "log.csv", "duration,prefill,decode_seqs,decode_ctx\n1e-308,,2,9\n",
        "log.csv:2: error: 'duration' wants seconds from 1e-09 to below an hour, found 1e-308"
      ),
      (
        "log.csv", "duration,prefill,decode_seqs,decode_ctx\n1,,9,2\n",
        "log.csv:2: error: 'decode_ctx' wants at least a token for each of the 9 sequences, found 2"
      ),
      ("log.csv", "duration,prefill,decode_seqs,decode_ctx\n", "log.csv: error: the log has no steps"),
      ("log.txt", "x", "log.txt: error: a step log is a .jsonl or .csv file, perhaps with .gz"),
    ])
  func mistakesAreNamedWithTheirLine(name: String, text: String, message: String) {
    #expect(throws: FitError(message, hasPlace: true)) { try Self.read(text, name) }
  }

  @Test func aMissingFileIsUnreadable() {
    #expect(throws: WorkloadError.self) { try StepLogReader.steps(path: "/nowhere/log.csv") }
  }
}
