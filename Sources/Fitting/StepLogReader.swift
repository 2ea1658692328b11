import TextIO
import Workload

/// Reads step logs: a line or row per iteration, plain or gzip.
///
/// JSON lines:
///
///     {"duration": 0.0124, "prefill": [[512, 0]], "decode_seqs": 31, "decode_ctx": 20480, "sched": 0.0003, "update":
///     0.0001}
///
/// CSV with the same columns, prefill as `new@cached` with blanks between sequences:
///
///     duration,prefill,decode_seqs,decode_ctx,sched,update
///     0.0124,512@0,31,20480,0.0003,0.0001
///
/// Times are seconds. `prefill` lists the sequences that process prompt tokens: how many, over how many that were in
/// the cache before. `decode_ctx` is what the decoding sequences attend to, all together. `sched` and `update`, the
/// host's time before and after the kernels, may be left out; other keys and columns are passed over.
public enum StepLogReader {
  /// Whether a file is read here, by its name: `.jsonl`, `.ndjson` or `.csv`, perhaps with `.gz`.
  public static func recognises(path: String) -> Bool { format(of: path) != nil }

  private enum Format { case lines, table }

  private static func format(of path: String) -> Format? {
    let name = path.lowercased()
    let bare = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    if bare.hasSuffix(".jsonl") || bare.hasSuffix(".ndjson") { return .lines }
    return bare.hasSuffix(".csv") ? .table : nil
  }

  /// The steps of a file, in order.
  ///
  /// - Throws: `WorkloadError` when the file cannot be read or is damaged; ``FitError`` with file and line for contents
  ///   that are not a log.
  public static func steps(path: String) throws -> [LoggedStep] {
    let steps: [LoggedStep]
    switch format(of: path) {
    case .lines?: steps = try lines(path)
    case .table?: steps = try table(path)
    case nil: throw FitError("\(path): error: a step log is a .jsonl or .csv file, perhaps with .gz", hasPlace: true)
    }
    if steps.isEmpty { throw FitError("\(path): error: the log has no steps", hasPlace: true) }
    return steps
  }

  private static func lines(_ path: String) throws -> [LoggedStep] {
    var steps: [LoggedStep] = []
    let bytes = try FileContents.bytes(path: path)
    for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy({ $0 == 32 || $0 == 13 || $0 == 9 }) { continue }
      let place = Place(path: path, line: index + 1)
      let object: JSONNode
      do throws(JSONError) {
        object = try JSONReader.value(of: Array(line), line: index + 1)
      } catch {
        throw FitError("\(path):\(error)", hasPlace: true)
      }
      guard object.members != nil else { throw place.error("wants a JSON object, found \(object.shape)") }
      func number(_ key: String) throws -> Double? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let number = value.number else { throw place.error("'\(key)' wants a number, found \(value.shape)") }
        return number
      }
      guard let listed = object["prefill"]?.array else {
        throw place.error("'prefill' wants a list of [new tokens, cached tokens], found nothing of the kind")
      }
      let chunks = try listed.map { item in
        let pair = (item.array ?? []).compactMap(\.number)
        guard pair.count == 2, item.array?.count == 2 else {
          throw place.error("'prefill' wants pairs of [new tokens, cached tokens], found \(item.shape)")
        }
        return try place.chunk(pair[0], pair[1])
      }
      steps.append(try place.step(chunks, number))
    }
    return steps
  }

  private static func table(_ path: String) throws -> [LoggedStep] {
    let table = try CSVTable(path: path)
    if let name = table.repeatedColumn {
      throw FitError("\(path):1: error: the column '\(Printable.excerpt(name))' is repeated", hasPlace: true)
    }
    for column in ["duration", "prefill", "decode_seqs", "decode_ctx"] where !table.columns.contains(column) {
      let found = Printable.list(table.columns)
      throw FitError("\(path):1: error: no column '\(column)'; the columns are \(found)", hasPlace: true)
    }
    return try table.rows.map { line, fields in
      let place = Place(path: path, line: line)
      func text(_ column: String) -> String? { table.columns.firstIndex(of: column).map { fields[$0] } }
      func number(_ column: String) throws -> Double? {
        guard let text = text(column), !text.isEmpty else { return nil }
        guard let number = DecimalText.double(text) else {
          throw place.error("'\(column)' wants a number, found '\(Printable.excerpt(text))'")
        }
        return number
      }
      let chunks = try (text("prefill") ?? "").split(separator: " ").map { word in
        let parts = word.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let tokens = DecimalText.double(parts[0]), let cached = DecimalText.double(parts[1])
        else {
          throw place.error("'prefill' wants 'new@cached' with blanks between, found '\(Printable.excerpt(word))'")
        }
        return try place.chunk(tokens, cached)
      }
      return try place.step(chunks, number)
    }
  }

  /// A line of a log, and the checks of what stands there.
  private struct Place {
    let path: String
    let line: Int

    func error(_ message: String) -> FitError { FitError("\(path):\(line): error: \(message)", hasPlace: true) }

    func chunk(_ tokens: Double, _ cached: Double) throws -> LoggedStep.Chunk {
      guard let tokens = Int(exactly: tokens), let cached = Int(exactly: cached),
        (1...LoggedStep.mostPromptTokens).contains(tokens),
        (0...1 << 30).contains(cached)
      else {
        throw error(
          "'prefill' wants whole numbers, from 1 to \(LoggedStep.mostPromptTokens) new tokens, "
            + "found \(tokens) over \(cached)")
      }
      return LoggedStep.Chunk(tokens: tokens, cached: cached)
    }

    func step(_ chunks: [LoggedStep.Chunk], _ number: (String) throws -> Double?) throws -> LoggedStep {
      func wanted(_ key: String) throws -> Double {
        guard let value = try number(key) else { throw error("'\(key)' is missing") }
        return value
      }
      func count(_ key: String, limit: Int) throws -> Int {
        let value = try wanted(key)
        guard let count = Int(exactly: value), (0...limit).contains(count) else {
          throw error("'\(key)' wants a whole number from 0 to \(limit), found \(value)")
        }
        return count
      }
      let duration = try wanted("duration")
      guard duration >= LoggedStep.leastDuration, duration < 3600 else {
        throw error("'duration' wants seconds from \(LoggedStep.leastDuration) to below an hour, found \(duration)")
      }
      let decodes = try count("decode_seqs", limit: LoggedStep.mostDecodes)
      let context = try count("decode_ctx", limit: LoggedStep.mostContext)
      let prompts = chunks.reduce(0) { $0 + $1.tokens }
      guard prompts <= LoggedStep.mostPromptTokens else {
        throw error("the step processes \(prompts) prompt tokens, more than \(LoggedStep.mostPromptTokens)")
      }
      guard decodes + chunks.count > 0 else { throw error("the step has neither prefill nor decoding sequences") }
      guard context >= decodes else {
        throw error("'decode_ctx' wants at least a token for each of the \(decodes) sequences, found \(context)")
      }
      var host: Double?
      if let before = try number("sched"), let after = try number("update") {
        guard before >= 0, after >= 0, before + after < duration else {
          throw error("'sched' and 'update' want to be parts of the duration, found \(before) and \(after)")
        }
        host = before + after
      }
      return LoggedStep(
        duration: duration, chunks: chunks, decodes: decodes, decodeContext: Int64(context), hostTime: host)
    }
  }
}
