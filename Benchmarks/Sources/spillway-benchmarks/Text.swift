/// A number with a comma between each three digits.
func grouped(_ value: Int) -> String {
  var digits = String(value)
  var parts: [String] = []
  while digits.count > 3 {
    parts.insert(String(digits.suffix(3)), at: 0)
    digits = String(digits.dropLast(3))
  }
  return ([digits] + parts).joined(separator: ",")
}

/// A number with so many decimals.
func decimals(_ value: Double, _ places: Int) -> String {
  var scale = 1.0
  for _ in 0..<places { scale *= 10 }
  let whole = Int((value * scale).rounded())
  let (head, tail) = whole.quotientAndRemainder(dividingBy: Int(scale))
  if places == 0 { return "\(head)" }
  let digits = String(abs(tail))
  return "\(head)." + String(repeating: "0", count: places - digits.count) + digits
}

/// A number as short as it can be written.
func plain(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }

/// Rows under a heading, columns aligned to the right but the first; as Markdown reads it too.
func table(_ heading: [String], _ rows: [[String]]) -> String {
  let widths = heading.indices.map { column in ([heading] + rows).map { $0[column].count }.max() ?? 0 }
  func line(_ cells: [String]) -> String {
    let padded = cells.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return column == 0 ? cell + space : space + cell
    }
    return "| " + padded.joined(separator: " | ") + " |"
  }
  let rule = widths.enumerated().map { column, width in
    column == 0 ? String(repeating: "-", count: width) : String(repeating: "-", count: width - 1) + ":"
  }
  return ([line(heading), "| " + rule.joined(separator: " | ") + " |"] + rows.map(line)).joined(separator: "\n")
}

/// The machine in a line: processor, cores, memory.
func machine() -> String {
  func field(_ name: String, in text: String) -> String? {
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return line?.split(separator: ":").last.map { $0.drop { $0 == " " || $0 == "\t" } }.map(String.init)
  }
  let processors = contents("/proc/cpuinfo")
  let cores = processors.split(separator: "\n").count { $0.hasPrefix("processor") }
  let model = field("model name", in: processors) ?? "unknown processor"
  let memory = field("MemTotal", in: contents("/proc/meminfo")).flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
  return "\(model), \(cores) core\(cores == 1 ? "" : "s"), \(memory / 1_048_576) GiB of memory"
}
