import TextIO

/// Reads recorded lengths, once, for all runs that draw from them.
public enum LengthFile {
  /// Reads pairs from a CSV file (plain or gzip) with a header that names a prompt and an output column.
  ///
  /// Known names are `prompt_tokens`/`output_tokens`, `num_prefill_tokens`/`num_decode_tokens`,
  /// `input_length`/`output_length` and `ContextTokens`/`GeneratedTokens`; others can be named.
  ///
  /// - Throws: when the file can't be read, names no such columns, or holds a length that isn't a whole number
  ///   from 1.
  public static func pairs(
    _ path: String, promptColumn: String? = nil, outputColumn: String? = nil
  ) throws(WorkloadError) -> LengthPairSample {
    let lines = try LineReader(path, expecting: "a file of lengths")
    var fields = CSVFields()
    let (_, names) = try header(lines, &fields)
    func find(_ named: String?, _ known: [String], _ what: String) throws(WorkloadError) -> Int {
      if let index = names.firstIndex(where: { named == nil ? known.contains($0) : $0 == named }) { return index }
      let wanted = named.map { "'\($0)'" } ?? known.map { "'\($0)'" }.joined(separator: ", ")
      throw WorkloadError(
        .badContents, file: path, line: 1,
        "no column with \(what) lengths; expected \(wanted), found "
          + Printable.list(names))
    }
    let prompt = try find(
      promptColumn, ["prompt_tokens", "num_prefill_tokens", "input_length", "ContextTokens"], "prompt")
    let output = try find(
      outputColumn, ["output_tokens", "num_decode_tokens", "output_length", "GeneratedTokens"], "output")
    var pairs: [LengthPairSample.Pair] = []
    while let line = try lines.next() {
      if line.isEmpty { continue }
      try split(line, &fields, lines, count: names.count)
      let pair = LengthPairSample.Pair(
        prompt: try length(fields.field(prompt, of: line), names[prompt], lines),
        output: try length(fields.field(output, of: line), names[output], lines))
      pairs.append(pair)
    }
    if pairs.isEmpty { throw WorkloadError(.badContents, file: path, line: lines.line, "the file holds no lengths") }
    return LengthPairSample(source: path, pairs: pairs)
  }

  /// Reads one length per line, with or without a header line; of a CSV file, the first column or the one named.
  public static func values(_ path: String, column: String? = nil) throws(WorkloadError) -> LengthSample {
    let lines = try LineReader(path, expecting: "a file of lengths")
    var fields = CSVFields()
    let (start, names) = try header(lines, &fields)
    var tokens: [Int32] = []
    var index = 0
    if let column {
      guard let found = names.firstIndex(of: column) else {
        throw WorkloadError(
          .badContents, file: path, line: 1,
          "no column '\(column)', found " + Printable.list(names))
      }
      index = found
    } else if let first = names.first, first.first.map({ $0.isNumber || $0 == "-" }) == true {
      tokens.append(try length(fields.field(0, of: start), nil, lines))
    }
    while let line = try lines.next() {
      if line.isEmpty { continue }
      try split(line, &fields, lines, count: names.count)
      tokens.append(try length(fields.field(index, of: line), nil, lines))
    }
    if tokens.isEmpty { throw WorkloadError(.badContents, file: path, line: lines.line, "the file holds no lengths") }
    return LengthSample(source: path, tokens: tokens)
  }

  private static func header(
    _ lines: LineReader, _ fields: inout CSVFields
  ) throws(WorkloadError) -> (line: UnsafeBufferPointer<UInt8>, names: [String]) {
    guard let line = try lines.next() else {
      throw WorkloadError(.badContents, file: lines.path, "the file is empty; expected lengths")
    }
    if let problem = fields.split(line) { throw WorkloadError(.badContents, file: lines.path, line: 1, problem) }
    return (line, (0..<fields.count).map { fields.field($0, of: line).string })
  }

  private static func split(
    _ line: UnsafeBufferPointer<UInt8>, _ fields: inout CSVFields, _ lines: LineReader, count: Int
  ) throws(WorkloadError) {
    var problem = fields.split(line)
    if problem == nil, fields.count != count {
      problem = "the row has \(fields.count) fields, the first line \(count)"
    }
    if let problem { throw WorkloadError(.badContents, file: lines.path, line: lines.line, problem) }
  }

  private static func length(_ text: FieldText, _ name: String?, _ lines: LineReader) throws(WorkloadError) -> Int32 {
    guard let tokens = text.integer, tokens >= 1, tokens <= Int64(LengthDistribution.largest) else {
      throw WorkloadError(
        .badContents, file: lines.path, line: lines.line,
        "\(name.map { "'\($0)'" } ?? "a length") wants a whole number from 1 to \(LengthDistribution.largest), "
          + "found \(text.quoted)")
    }
    return Int32(tokens)
  }
}
