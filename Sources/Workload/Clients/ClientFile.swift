import TextIO

/// Reads tables of clients, as made of ServeGen's profiles.
public enum ClientFile {
  /// Shapes that a table may have: outside, gaps leave the range of a `Double`.
  public static let shapes = 0.01...1e9

  /// Reads the rates, and the lengths where there is a file of them.
  ///
  /// The rates have the columns `client` (a number), `window_start_s`, `rate_rps`, `family` (`Gamma` or `Weibull`) and
  /// `shape`; the mean gap is that of the rate. Windows are as long as the least distance between two starts of one
  /// client. The lengths have `client`, `window_start_s`, `field` (`input_tokens` or `output_tokens`; others are left)
  /// and, in the fourth column, two or more quantiles at equal steps from 0 to 1.
  ///
  /// - Parameters:
  ///   - window: the length of windows, seconds; nil finds it.
  ///   - leavesOutClientsWithoutLengths: else such clients are a mistake.
  /// - Returns: the population, and the share of expected requests that were left out with their clients.
  /// - Throws: at the first bad row, with file and line.
  public static func population(
    rates path: String, lengths lengthPath: String?, window: Double? = nil, leavesOutClientsWithoutLengths: Bool = false
  ) throws(WorkloadError) -> (population: ClientPopulation, leftOut: Double) {
    var windows: [Int32: [(start: Double, rate: Double, gaps: ClientPopulation.Gaps, line: Int)]] = [:]
    let table = try CheckedTable(path, required: ["client", "window_start_s", "rate_rps", "family", "shape"])
    let rows = try table.map { row throws(WorkloadError) in try Self.window(row) }
    for row in rows where row.rate > 0 {
      windows[row.client, default: []].append((row.start, row.rate, row.gaps, row.line))
    }
    var gap = Double.infinity
    for client in windows.keys {
      windows[client]?.sort { ($0.start, $0.line) < ($1.start, $1.line) }
      for (one, next) in zip(windows[client] ?? [], (windows[client] ?? []).dropFirst()) {
        if next.start == one.start {
          throw WorkloadError(
            .badContents, file: path, line: next.line,
            "client \(client) has its window of \(one.start) s in line \(one.line) already")
        }
        gap = min(gap, next.start - one.start)
      }
    }
    guard let length = window ?? (gap.isFinite ? gap : nil) else {
      throw WorkloadError(
        .badContents, file: path, line: 1,
        "no client has two windows, so their length is not known: give it as 'window'")
    }
    let lengths = try lengthPath.map { path throws(WorkloadError) in try self.lengths(path) } ?? [:]
    var population = ClientPopulation(source: path, clients: [])
    var lacking: [(client: Int32, requests: Double)] = []
    var all = 0.0
    for (client, own) in windows.sorted(by: { $0.key < $1.key }) {
      let spans = own.indices.map { index in
        let next = index + 1 < own.count ? own[index + 1].start : .infinity
        return ClientPopulation.Window(
          start: own[index].start, end: min(own[index].start + length, next), rate: own[index].rate,
          gaps: own[index].gaps)
      }
      let requests = spans.reduce(0) { $0 + $1.rate * ($1.end - $1.start) }
      all += requests
      if lengthPath != nil, lengths[client] == nil {
        lacking.append((client, requests))
        continue
      }
      population.clients.append(ClientPopulation.Client(number: client, windows: spans, lengths: lengths[client] ?? []))
    }
    let share = all > 0 ? lacking.reduce(0) { $0 + $1.requests } / all : 0
    if !lacking.isEmpty, !leavesOutClientsWithoutLengths {
      let percent = inWords((share * 1000).rounded() / 10)
      throw WorkloadError(
        .badContents, file: lengthPath, line: 1,
        "no lengths of \(lacking.count) of \(windows.count) clients, who send \(percent) % of the "
          + "requests: \(Printable.list(lacking.map { "\($0.client)" })); "
          + "'leave_out_clients_without_lengths: true' does without them")
    }
    return (population, share)
  }

  private static func window(
    _ row: CheckedTable.Row
  ) throws(WorkloadError) -> (client: Int32, start: Double, rate: Double, gaps: ClientPopulation.Gaps, line: Int) {
    let shape = try row.number("shape", shapes)
    let gaps: ClientPopulation.Gaps
    switch row.text("family") {
    case "Gamma": gaps = .gamma(shape: shape)
    case "Weibull" where ArrivalProcess.weibullShapes.contains(shape): gaps = .weibull(shape: shape)
    case "Weibull":
      throw row.error(
        "shape",
        "of a Weibull distribution is from \(ArrivalProcess.weibullShapes.lowerBound) to "
          + "\(ArrivalProcess.weibullShapes.upperBound), found \(shape)")
    case let other:
      throw row.error("family", "wants Gamma or Weibull, found '\(Printable.excerpt(other ?? ""))'")
    }
    return (
      Int32(try row.integer("client", 0...1_000_000)), try row.seconds("window_start_s"),
      try row.number("rate_rps", 0...ArrivalProcess.highestRate), gaps, row.line
    )
  }

  private static func lengths(_ path: String) throws(WorkloadError) -> [Int32: [ClientPopulation.Lengths]] {
    let column = "quantiles_0_to_1_step_0.005"
    let table = try CheckedTable(path, required: ["client", "window_start_s", "field", column])
    var parts: [Int32: [Double: (prompt: [Double]?, output: [Double]?)]] = [:]
    let rows = try table.map { row throws(WorkloadError) -> (Int32, Double, String, [Double])? in
      guard let field = row.text("field"), ["input_tokens", "output_tokens"].contains(field) else { return nil }
      return (
        Int32(try row.integer("client", 0...1_000_000)), try row.seconds("window_start_s"), field,
        try quantiles(row, column)
      )
    }
    for case (let client, let start, let field, let values)? in rows {
      if field == "input_tokens" {
        parts[client, default: [:]][start, default: (nil, nil)].prompt = values
      } else {
        parts[client, default: [:]][start, default: (nil, nil)].output = values
      }
    }
    return parts.compactMapValues { windows in
      let whole = windows.sorted { $0.key < $1.key }.compactMap { start, part in
        part.prompt.flatMap { prompt in
          part.output.map { ClientPopulation.Lengths(start: start, prompt: prompt, output: $0) }
        }
      }
      return whole.isEmpty ? nil : whole
    }
  }

  private static func quantiles(_ row: CheckedTable.Row, _ column: String) throws(WorkloadError) -> [Double] {
    let words = (row.text(column) ?? "").split(separator: " ")
    guard words.count >= 2 else { throw row.error(column, "wants two or more quantiles, found \(words.count)") }
    var values: [Double] = []
    for word in words {
      guard let value = DecimalText.double(String(word)), value >= 0, value <= Double(LengthDistribution.largest),
        value >= values.last ?? 0
      else {
        throw row.error(
          column, "wants tokens in rising order, found '\(Printable.excerpt(String(word)))' after \(values.last ?? 0)")
      }
      values.append(value)
    }
    return values
  }
}
