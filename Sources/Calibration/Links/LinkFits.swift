import Catalogue
import Statistics

/// Fits the figures of the transfer model to what was measured.
///
/// The model: a copy takes issue + latency + bytes / bandwidth, many copies each their issue. Errors are relative, so
/// that copies of 4 KiB count as much as copies of 1 GiB; the regression is robust, so that a disturbed reading counts
/// little.
public struct LinkFits {
  private let readings: LinkReadings
  private let memoryBandwidth: Double
  private var figures: [FittedFigure] = []

  /// Every figure that the document's readings allow.
  ///
  /// - Parameters:
  ///   - document: with `@transfer`, `@contention` and `@interference`, as far as they were measured.
  ///   - memoryBandwidth: of the GPU by its data sheet, bytes per second; interference is a share of it.
  /// - Throws: ``ProfileTextError`` for rows that are not readings.
  public static func figures(
    of document: ProfileDocument, memoryBandwidth: Double
  ) throws(ProfileTextError) -> [FittedFigure] {
    var fits = LinkFits(readings: try LinkReadings(document), memoryBandwidth: memoryBandwidth)
    fits.fitLink("host_link", write: "device_to_host", read: "host_to_device")
    fits.fitLink("peer_link", write: "peer_write", read: "peer_read")
    fits.fitBothDirections()
    fits.fitSharedWays()
    fits.fitGathering()
    fits.fitInterference()
    fits.fitCollectives()
    fits.fitPageKernels()
    return fits.figures
  }

  private init(readings: LinkReadings, memoryBandwidth: Double) {
    self.readings = readings
    self.memoryBandwidth = memoryBandwidth
  }

  // MARK: One link

  private mutating func fitLink(_ link: String, write: String, read: String) {
    guard let writing = fitPath(write), let reading = fitPath(read) else { return }
    let perWrite = fitIssue("\(link).issue", write, writing.bandwidth)
    // Reading a peer costs more to issue than writing to it; on the host's link there is one figure for both ways.
    let perRead =
      link == "peer_link"
      ? fitIssue("\(link).read_issue", read, reading.bandwidth)
      : fitIssue("\(link).issue", read, reading.bandwidth)
    if link == "peer_link" {
      append(perWrite)
      append(perRead)
    } else {
      append(mean(perWrite, perRead))
    }
    append(figure("\(link).write_bandwidth", "B/s", writing))
    append(figure("\(link).read_bandwidth", "B/s", reading))
    fitLatency(link, [(write, writing, perWrite), (read, reading, perRead)], sharedIssue: link != "peer_link")
    fitKernelBandwidth(link, [write, read])
    append(
      location(
        "\(link).stream_bandwidth", "B/s", readings.transfers("stream_gathered", write).map(\.rate),
        origin: "stream_gathered \(write): chunks gathered and copied in turn, every layout"))
  }

  private struct PathFit {
    var path: String
    var bandwidth: Double
    var interval: ClosedRange<Double>
    var errors: [Double]
  }

  /// Seconds of synchronised copies against their bytes.
  private func fitPath(_ path: String) -> PathFit? {
    let rows = readings.transfers("copy_synchronised", path)
    var observations = Observations(terms: ["base", "byte"])
    for row in rows {
      observations.append([1, row.bytes], target: row.seconds, weight: 1 / (row.seconds * row.seconds))
    }
    guard let fit = try? observations.fit(.bisquare), fit["byte"].estimate > 0 else { return nil }
    let slope = fit["byte"]
    let low = 1 / slope.interval.upperBound
    let high = slope.interval.lowerBound > 0 ? 1 / slope.interval.lowerBound : 1 / slope.estimate
    return PathFit(
      path: path, bandwidth: 1 / slope.estimate, interval: min(low, high)...max(low, high),
      errors: zip(rows, fit.residuals).map { abs($1) / $0.seconds })
  }

  private func figure(_ name: String, _ unit: String, _ fit: PathFit) -> FittedFigure {
    FittedFigure(
      name: name, value: fit.bandwidth, unit: unit, interval: fit.interval, medianError: Timing(fit.errors).median,
      worstError: fit.errors.max() ?? 0, points: fit.errors.count,
      origin: "copy_synchronised \(fit.path): line through seconds against bytes")
  }

  /// What each of many copies costs beyond its bytes.
  private func fitIssue(_ name: String, _ path: String, _ bandwidth: Double) -> FittedFigure? {
    let rows = readings.transfers("fragments", path)
    let costs = rows.map { $0.seconds / $0.copies - $0.bytes / $0.copies / bandwidth }
    return location(
      name, "s", costs, origin: "fragments \(path): seconds per copy less its bytes",
      relativeTo: rows.map { $0.seconds / $0.copies })
  }

  /// What a single synchronised copy costs beyond its issue and its bytes.
  private mutating func fitLatency(
    _ link: String, _ paths: [(path: String, fit: PathFit, issue: FittedFigure?)], sharedIssue: Bool
  ) {
    let known = paths.compactMap(\.issue?.value)
    if known.count < paths.count { return }
    let shared = known.reduce(0, +) / Double(known.count)
    var costs: [Double] = []
    var times: [Double] = []
    for (path, fit, issue) in paths {
      // Beyond 1 MiB the bytes' time drowns the rest.
      for row in readings.transfers("copy_synchronised", path) where row.bytes <= 1_048_576 {
        costs.append(row.seconds - row.bytes / fit.bandwidth - (sharedIssue ? shared : issue?.value ?? 0))
        times.append(row.seconds)
      }
    }
    append(
      location(
        "\(link).latency", "s", costs,
        origin:
          "copy_synchronised \(paths.map(\.path).joined(separator: " ")) up to 1 MiB: seconds less issue and bytes",
        relativeTo: times))
  }

  private mutating func fitKernelBandwidth(_ link: String, _ paths: [String]) {
    let rows = paths.flatMap { readings.transfers("copy_by_kernel", $0) }
    guard let most = rows.map(\.bytes).max() else { return }
    append(
      location(
        "\(link).kernel_bandwidth", "B/s", rows.filter { $0.bytes == most }.map(\.rate),
        origin: "copy_by_kernel \(paths.joined(separator: " ")) of \(Int(most)) bytes"))
  }

  // MARK: Several at once

  /// Both directions of one GPU's lane to the host.
  private mutating func fitBothDirections() {
    append(
      location(
        "host_link.both_directions_bandwidth", "B/s", [rate("host_both_ways_1")].compactMap { $0 },
        origin: "contention host_both_ways_1: bytes over the time until both have ended"))
  }

  /// The bytes of all flows of a pattern over the time until the last has ended; `nil` where it was not measured.
  private func rate(_ pattern: String) -> Double? {
    let flows = readings.flows(pattern)
    return flows.map(\.seconds).max().map { last in flows.reduce(0) { $0 + $1.bytes } / last }
  }

  /// GPUs that get less from the host together than alone share a way to it.
  private mutating func fitSharedWays() {
    guard let alone = rate("host_to_1") else { return }
    var groups: [(gpus: Set<Int>, totals: [Double])] = []
    var pairs = 0
    for pattern in readings.patterns where pattern == "host_to_2" || pattern.hasPrefix("host_to_pair_") {
      guard let total = rate(pattern) else { continue }
      pairs += 1
      if total > 1.8 * alone { continue }
      // Pairs with a GPU in common are behind the same switch.
      var group = (gpus: Set(readings.flows(pattern).compactMap { Int($0.to.dropFirst("gpu".count)) }), totals: [total])
      for other in groups where !other.gpus.isDisjoint(with: group.gpus) {
        group = (group.gpus.union(other.gpus), group.totals + other.totals)
      }
      groups.removeAll { !$0.gpus.isDisjoint(with: group.gpus) }
      groups.append(group)
    }
    for (gpus, totals) in groups {
      let names = gpus.sorted().map(String.init).joined(separator: " ")
      append(
        location(
          "pcie_switch[\(names)].upstream_bandwidth", "B/s", totals,
          origin: "contention host_to_2 and host_to_pair_*: bytes per second together"))
    }
    if pairs > 0 {
      append(
        FittedFigure(
          name: "pcie_switch.pairs_examined", value: Double(pairs), unit: "", interval: Double(pairs)...Double(pairs),
          medianError: 0, worstError: 0, points: pairs,
          origin: "contention host_to_2 and host_to_pair_*: pairs compared with one GPU alone"))
    }
    fitHostMemory()
  }

  /// Host memory, where copies got less of it together than their own links give: what reads and what writes take of
  /// it, so that in every such pattern reads / `memory_bandwidth` + writes / `memory_write_bandwidth` is 1.
  private mutating func fitHostMemory() {
    var observations = Observations(terms: ["read", "write"])
    var patterns: [(name: String, reads: Double, writes: Double)] = []
    for pattern in readings.patterns where pattern.hasPrefix("host_") || pattern.hasSuffix("_to_host") {
      guard let rates = hostRates(pattern), rates.isLimited else { continue }
      patterns.append((pattern, rates.reads, rates.writes))
      observations.append([rates.reads / 1e9, rates.writes / 1e9], target: 1)
    }
    if patterns.isEmpty { return }
    let origin =
      "contention " + patterns.map(\.name).joined(separator: " ") + ": where copies got less than their links give"
    if patterns.count > 2, let fit = try? observations.fit(.leastSquares, nonNegative: ["read", "write"]),
      fit["read"].estimate > 0, fit["write"].estimate > 0
    {
      let errors = fit.residuals.map { abs($0) }
      for (term, name) in [("read", "host.memory_bandwidth"), ("write", "host.memory_write_bandwidth")] {
        let share = fit[term]
        let high = share.interval.lowerBound > 0 ? 1e9 / share.interval.lowerBound : 1e9 / share.estimate
        append(
          FittedFigure(
            name: name, value: 1e9 / share.estimate, unit: "B/s", interval: (1e9 / share.interval.upperBound)...high,
            medianError: Timing(errors).median, worstError: errors.max() ?? 0, points: patterns.count, origin: origin))
      }
    } else if let most = patterns.map({ $0.reads + $0.writes }).max() {
      append(location("host.memory_bandwidth", "B/s", [most], origin: origin))
    }
  }

  /// What the flows of a pattern read from and wrote to the host until the last had ended, bytes per second, and
  /// whether their own links would have given more.
  private func hostRates(_ pattern: String) -> (reads: Double, writes: Double, isLimited: Bool)? {
    let flows = readings.flows(pattern)
    guard flows.count > 2, let last = flows.map(\.seconds).max() else { return nil }
    func rate(_ flows: [LinkReadings.Flow]) -> Double { flows.reduce(0) { $0 + $1.bytes } / last }
    let reads = rate(flows.filter { $0.from == "host" })
    let writes = rate(flows.filter { $0.to == "host" })
    let lane = self.rate(writes == 0 ? "host_to_1" : reads == 0 ? "1_to_host" : "host_both_ways_1")
    guard let lane else { return nil }
    let lanes = Double(flows.count) / (reads > 0 && writes > 0 ? 2 : 1)
    return (reads, writes, reads + writes < 0.95 * lane * lanes)
  }

  // MARK: Kernels

  private mutating func fitGathering() {
    let rows = readings.transfers("gather", "kernel") + readings.transfers("scatter", "kernel")
    append(location("gpu.gather_rate", "B/s", rows.map(\.rate), origin: "gather and scatter of every layout, local"))
  }

  /// A kernel's stretch against the traffic as a share of memory bandwidth, a line through the origin.
  private mutating func fitInterference() {
    let kinds = [
      ("leaving", ["leaving", "leaving_pulled", "to_host"]), ("arriving", ["arriving", "arriving_pulled"]),
      ("from_host", ["from_host"]),
    ]
    for (kernel, prefix) in [("reading", "gpu.copy_interference"), ("product", "product_interference")] {
      for (kind, traffic) in kinds {
        let rows = readings.interference.filter { $0.kernel == kernel && traffic.contains($0.traffic) }
        let origin = "interference of \(kernel) beside \(rows.map(\.traffic).joined(separator: " "))"
        // One term through the origin; equal weights, so that the heaviest traffic says most.
        let weight = rows.reduce(0) { $0 + $1.rate * $1.rate }
        if weight == 0 { continue }
        let slope = rows.reduce(0) { $0 + ($1.stretch - 1) * $1.rate } / weight * memoryBandwidth
        // Two standard deviations of a single time, which are 1.35 times narrower than its quartiles are apart.
        let noise = rows.reduce(0) { $0 + $1.rate * $1.rate * $1.spread * $1.spread }.squareRoot() / weight
        let reach = 2 / 1.35 * noise * memoryBandwidth
        let errors = rows.map { abs($0.stretch - 1 - slope * $0.rate / memoryBandwidth) / $0.stretch }
        append(
          FittedFigure(
            name: "\(prefix)_\(kind)", value: slope, unit: "", interval: (slope - reach)...(slope + reach),
            medianError: Timing(errors).median, worstError: errors.max() ?? 0, points: rows.count, origin: origin))
      }
    }
  }

  /// An all-reduce's stretch against the share of the port that copies fill, a line through the origin, for vectors
  /// such as serving has.
  private mutating func fitCollectives() {
    guard let port = readings.sharedPort else { return }
    let rows = readings.sharing.filter {
      $0.load == "all-reduce" && $0.mode == "copy" && ($0.bytes ?? 0) <= SharingCheck.servingVector
        && $0.pages.count == 1
    }
    if rows.isEmpty { return }
    let loads = rows.map { $0.trafficAlone / port }
    let weight = loads.reduce(0) { $0 + $1 * $1 }
    let slope = zip(rows, loads).reduce(0) { $0 + ($1.0.stretch - 1) * $1.1 } / weight
    let slopes = zip(rows, loads).map { ($0.stretch - 1) / $1 }
    let errors = zip(rows, loads).map { abs($0.stretch - 1 - slope * $1) / $0.stretch }
    append(
      FittedFigure(
        name: "gpu.copy_interference_collective", value: slope, unit: "",
        interval: (slopes.min() ?? slope)...(slopes.max() ?? slope), medianError: Timing(errors).median,
        worstError: errors.max() ?? 0, points: rows.count,
        origin: "sharing all-reduce up to 8 MiB beside copy out and back; the interval is the readings' range"))
  }

  /// What a kernel that moves pages adds to a reading kernel's time on its GPU, beyond what its traffic does.
  private mutating func fitPageKernels() {
    let rows = readings.sharing.filter { row in
      row.load == "reading" && row.mode == "kernel" && row.pages.count == 1 && row.pages[0].pager == row.gpu
    }
    let copies = readings.sharing.filter { row in
      row.load == "reading" && row.mode == "copy" && row.pages.count == 1 && row.pages[0].pager == row.gpu
    }
    // The same bytes without a kernel tell what the traffic alone does.
    let parts = rows.compactMap { row in
      copies.first { $0.direction == row.direction }.map {
        (row, 1 + ($0.stretch - 1) * row.trafficAlone / $0.trafficAlone)
      }
    }
    let added = parts.map { $0.0.stretch - $0.1 }
    guard let low = added.min(), let high = added.max() else { return }
    let centre = added.reduce(0, +) / Double(added.count)
    let errors = parts.map { abs($0.1 + centre - $0.0.stretch) / $0.0.stretch }
    append(
      FittedFigure(
        name: "gpu.copy_interference_kernel", value: centre, unit: "", interval: low...high,
        medianError: Timing(errors).median, worstError: errors.max() ?? 0, points: rows.count,
        origin: "sharing reading beside kernel out and back less beside copy; the interval is the readings' range"))
  }

  // MARK: Helpers

  /// The robust centre of values, with errors relative to `totals` where the values are parts of them.
  private func location(
    _ name: String, _ unit: String, _ values: [Double], origin: String, relativeTo totals: [Double]? = nil
  ) -> FittedFigure? {
    guard let low = values.min(), let high = values.max() else { return nil }
    var centre = Timing(values).median
    var interval = low...high
    if values.count > 2, low < high {
      var observations = Observations(terms: ["centre"])
      for value in values { observations.append([1], target: value) }
      if let fit = try? observations.fit(.bisquare) {
        centre = fit["centre"].estimate
        interval = fit["centre"].interval
      }
    }
    let errors = values.indices.map { abs(values[$0] - centre) / (totals?[$0] ?? abs(values[$0])) }
    return FittedFigure(
      name: name, value: max(centre, 0), unit: unit, interval: interval, medianError: Timing(errors).median,
      worstError: errors.max() ?? 0, points: values.count, origin: origin)
  }

  private func mean(_ a: FittedFigure?, _ b: FittedFigure?) -> FittedFigure? {
    guard var both = a, let b else { return a ?? b }
    both.value = (both.value + b.value) / 2
    both.interval =
      min(both.interval.lowerBound, b.interval.lowerBound)...max(both.interval.upperBound, b.interval.upperBound)
    both.medianError = max(both.medianError, b.medianError)
    both.worstError = max(both.worstError, b.worstError)
    both.points += b.points
    both.origin += "; mean with " + b.origin
    return both
  }

  private mutating func append(_ figure: FittedFigure?) { if let figure { figures.append(figure) } }
}
