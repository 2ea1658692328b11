import SimCore
import TextIO

extension TraceReader {
  /// Finds the format from the first line, or holds the line against the format that was named.
  func readFirstLine(_ line: UnsafeBufferPointer<UInt8>) throws(WorkloadError) {
    let isJSON = FieldText(line).trimmed.bytes.first == 0x7b
    if let format = description.format, format.isJSON != isJSON {
      throw error(
        "the format '\(format.rawValue)' wants "
          + (format.isJSON ? "a JSON object on every line" : "a header of column names")
          + ", found \(FieldText(line).quoted)")
    }
    var names: [String] = []
    if isJSON {
      var scanner = JSONObjectScanner(line)
      do throws(JSONObjectScanner.Problem) {
        while let member = try scanner.next() { names.append(member.key.string) }
      } catch {
        throw self.error(error.message)
      }
    } else {
      if let problem = fields.split(line) { throw error(problem) }
      for index in 0..<fields.count { names.append(fields.field(index, of: line).string) }
    }
    guard let format = description.format ?? TraceFormat.recognise(names, isJSON: isJSON) else {
      throw error(
        "no trace format has these columns: \(Printable.list(names)); known formats: "
          + TraceFormat.allCases.map { "\($0.rawValue) (\($0.requiredNames.joined(separator: ",")))" }
          .joined(separator: ", "))
    }
    report.format = format
    if isJSON {
      putBack(line)
      return
    }
    headerNames = names
    for index in 0..<fields.count {
      let column = format.column(fields.field(index, of: line))
      if column.rawValue < TraceColumn.redundant.rawValue, columns.contains(column) {
        throw error("the header names two columns for the same thing: \(Printable.list(names))")
      }
      columns.append(column)
      if column == .unmodelled { report.unmodelledColumns.append(names[index]) }
      if column == .blocks { try note(blocksNamed: fields.field(index, of: line)) }
    }
    for (column, name) in zip(TraceColumn.required, format.requiredNames) where !columns.contains(column) {
      throw error("the format '\(format.rawValue)' wants a column '\(name)', found \(Printable.list(names))")
    }
  }

  func readCSV(_ line: UnsafeBufferPointer<UInt8>) throws(RowProblem) -> RawRow {
    if let problem = fields.split(line) { throw RowProblem(message: problem) }
    guard fields.count == columns.count else {
      throw RowProblem(message: "the row has \(fields.count) fields, the header \(columns.count)")
    }
    var row = RawRow()
    for index in 0..<fields.count where columns[index].rawValue < TraceColumn.redundant.rawValue {
      try read(fields.field(index, of: line), as: columns[index], name: headerNames[index], into: &row)
    }
    if keepsBlocks, let index = columns.firstIndex(of: .blocks) {
      row.blocks = try blocks(fields.field(index, of: line), name: headerNames[index])
    }
    try row.checkPrefix()
    if report.format == .burstGPT {
      row.isFailed = row.record.outputTokens == 0
      if !row.isFailed, row.record.promptTokens == 0 {
        throw RowProblem(message: "'Request tokens' wants a whole number of at least 1, found '0'")
      }
    }
    return row
  }

  func readJSON(_ line: UnsafeBufferPointer<UInt8>) throws(RowProblem) -> RawRow {
    var row = RawRow()
    var seen: UInt16 = 0
    var scanner = JSONObjectScanner(line)
    while true {
      let member: (key: FieldText, value: FieldText, isNumber: Bool)?
      do throws(JSONObjectScanner.Problem) {
        member = try scanner.next()
      } catch {
        throw RowProblem(message: error.message)
      }
      guard let member else { break }
      let column = report.format.column(member.key)
      if column == .redundant { continue }
      if column == .unmodelled {
        noteUnmodelled(member.key)
        continue
      }
      if column == .blocks {
        do throws(WorkloadError) {
          try note(blocksNamed: member.key)
        } catch {
          throw RowProblem(message: error.message)
        }
        if keepsBlocks { row.blocks = try blocks(member.value, name: member.key.string) }
        continue
      }
      let bit = UInt16(1) << UInt16(column.rawValue)
      if seen & bit != 0 { throw RowProblem(message: "the key \(member.key.quoted) comes twice") }
      seen |= bit
      if column != .requestClass, !member.isNumber {
        throw RowProblem(message: "\(member.key.quoted) wants a number, found \(member.value.quoted)")
      }
      try read(member.value, as: column, name: nil, key: member.key, into: &row)
    }
    try row.checkPrefix()
    for (index, name) in report.format.requiredNames.enumerated() where seen & (1 << UInt16(index)) == 0 {
      throw RowProblem(message: "the row lacks '\(name)'")
    }
    return row
  }

  /// A column or key says what blocks prompts are made of.
  private func note(blocksNamed name: FieldText) throws(WorkloadError) {
    let tokens = description.blockTokens ?? PromptBlocks.tokens(ofColumn: name)
    if blockTokens == nil {
      blockTokens = tokens
      report.blockColumn = name.string
    }
    guard tokens == blockTokens else {
      throw error("\(name.quoted) stands for blocks of \(tokens) tokens, an earlier one for \(blockTokens ?? 0)")
    }
  }

  /// Whole numbers apart by spaces, or a JSON list of them.
  private func blocks(_ text: FieldText, name: String) throws(RowProblem) -> [Int] {
    guard let blocks = PromptBlocks.parse(text) else {
      throw RowProblem(
        message: "'\(name)' wants whole numbers from 0, "
          + (report.format.isJSON ? "in a list" : "apart by spaces") + ", found \(text.quoted)")
    }
    return blocks
  }

  private func noteUnmodelled(_ key: FieldText) {
    for name in report.unmodelledColumns where name.utf8.elementsEqual(key.bytes) { return }
    // A file of ever new keys is no trace; a few dozen names are enough to say so.
    if report.unmodelledColumns.count < 64 { report.unmodelledColumns.append(key.string) }
  }

  private func read(
    _ text: FieldText, as column: TraceColumn, name: String?, key: FieldText? = nil, into row: inout RawRow
  ) throws(RowProblem) {
    func wants(_ what: String) -> RowProblem {
      RowProblem(message: "'\(name ?? key?.string ?? "")' wants \(what), found \(text.quoted)")
    }
    /// A whole number, or `standard` where nothing is written.
    func whole(_ range: ClosedRange<Int64>, _ standard: Int64?) throws(RowProblem) -> Int64? {
      if text.bytes.isEmpty { return standard }
      guard let number = text.integer, range.contains(number) else {
        throw wants("a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
    switch column {
    case .time:
      switch report.format.timeNotation {
      case .date:
        guard let time = text.timestamp else {
          throw wants("a date and time such as '2023-11-16 18:17:03.9799600'")
        }
        row.time = time
      case .number(let scale):
        guard let time = text.decimal(scale: scale) else {
          throw wants("a number of \(scale == 9 ? "milliseconds" : "seconds")")
        }
        row.time = time
      }
    case .prompt, .output:
      // A failed request of BurstGPT has no response, and some have no prompt; `readCSV` looks at both together.
      let least: Int64 = report.format == .burstGPT ? 0 : 1
      guard let tokens = text.integer, tokens >= least else { throw wants("a whole number of at least \(least)") }
      guard tokens <= Int64(description.maximumTokens) else {
        throw wants("at most \(description.maximumTokens) tokens")
      }
      if column == .prompt { row.record.promptTokens = Int32(tokens) } else { row.record.outputTokens = Int32(tokens) }
    case .requestClass:
      if text.equals("offline") {
        row.record.isOffline = true
      } else if !text.bytes.isEmpty, !text.equals("online") {
        throw wants("'online' or 'offline'")
      }
    case .tenant:
      if text.bytes.isEmpty { return }
      guard let tenant = text.integer, tenant >= 0, tenant <= 1_000_000 else {
        throw wants("a whole number from 0 to 1000000")
      }
      row.record.tenant = Int32(tenant)
    case .priority:
      if text.bytes.isEmpty { return }
      guard let priority = text.integer, abs(priority) <= 1_000_000 else {
        throw wants("a whole number from -1000000 to 1000000")
      }
      row.record.priority = Int32(priority)
    case .deadline:
      if text.bytes.isEmpty { return }
      guard let time = text.decimal(scale: 12), time > 0, time <= Int128(WorkloadStream.longest.picoseconds) else {
        throw wants("a number of seconds above 0, at most 50 days")
      }
      row.record.deadline = SimDuration(picoseconds: Int64(time))
    case .prefixTokens:
      row.record.prefixTokens = try Int32(whole(0...Int64(description.maximumTokens), 0) ?? 0)
    case .prefixGroup:
      row.record.prefixGroup = try Int32(whole(0...Int64(Request.largestSession), 0) ?? 0)
    case .session:
      row.record.session = try Int32(whole(0...Int64(Request.largestSession), nil) ?? -1)
    case .turn:
      row.record.turn = try Int32(whole(0...Int64(Request.largestSession), 0) ?? 0)
    case .redundant, .unmodelled, .blocks: break
    }
  }
}
