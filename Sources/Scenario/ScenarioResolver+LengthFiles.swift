import Reading
import Units
import Workload

extension ScenarioResolver {
  /// Pairs of lengths from a CSV file whose first line names the columns; `nil` after reporting why not.
  func readPairs(_ file: String, at position: Position) -> LengthPairSample? {
    guard let rows = readNumbers(file, columns: ["prompt_tokens", "output_tokens"], at: position) else { return nil }
    return LengthPairSample(source: located(file), pairs: rows.map { .init(prompt: $0[0], output: $0[1]) })
  }

  /// Lengths from a file with one per line, with or without a first line `tokens`; `nil` after reporting why not.
  func readSample(_ file: String, at position: Position) -> LengthSample? {
    guard let rows = readNumbers(file, columns: ["tokens"], at: position) else { return nil }
    return LengthSample(source: located(file), tokens: rows.map { $0[0] })
  }

  /// The named columns of a CSV file of token counts, row by row.
  ///
  /// The first line may be left out when the file has just these columns. The first bad row is reported, with its
  /// line; more of them would say the same.
  private func readNumbers(_ file: String, columns: [String], at position: Position) -> [[Int32]]? {
    let path = located(file)
    let bytes: [UInt8]
    do throws(UnreadableFile) {
      bytes = try Document.readBytes(path: path)
    } catch {
      diagnostics.error(at: position, "'\(path)' cannot be read: \(error.reason)")
      return nil
    }
    guard bytes.count <= Document.byteLimit else {
      error(position, "'\(path)' has more than \(Document.byteLimit) bytes; a sample of lengths needs fewer rows")
      return nil
    }
    var indices = Array(columns.indices)
    var rows: [[Int32]] = []
    for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      let text = String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
      let cells = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
      if text.allSatisfy({ $0 == " " }) || text.hasPrefix("#") { continue }
      let place = Position.file(path, line: index + 1, column: 1)
      if rows.isEmpty, cells.contains(where: { columns.contains($0) }) {
        let found = columns.map { cells.firstIndex(of: $0) }
        if let missing = zip(columns, found).first(where: { $0.1 == nil }) {
          error(place, "the first line lacks the column '\(missing.0)'")
          return nil
        }
        indices = found.compactMap { $0 }
        continue
      }
      var row: [Int32] = []
      for (column, index) in zip(columns, indices) {
        let cell = index < cells.count ? cells[index] : ""
        guard let value = try? Quantity.count(cell), (1...LengthDistribution.largest).contains(value) else {
          error(
            place,
            "'\(column)' wants a whole number from 1 to \(LengthDistribution.largest), found '\(cell.prefix(40))'")
          return nil
        }
        row.append(Int32(value))
      }
      rows.append(row)
    }
    if rows.isEmpty { error(position, "'\(path)' has no rows") }
    return rows.isEmpty ? nil : rows
  }
}
