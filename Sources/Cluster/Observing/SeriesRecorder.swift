import Metrics
import Network
import Replica
import SimCore

/// Writes down, at equal intervals, what a run has integrated so far; the differences are averages over the intervals.
///
/// Memory is bounded: when there are as many marks as allowed, every second is forgotten and the interval doubles.
struct SeriesRecorder {
  /// The most intervals kept: enough for a picture, small enough to keep for every run of a sweep.
  static let mostIntervals = 4096
  /// Large clusters keep fewer, so that no run holds more numbers than this; but never fewer than `fewestIntervals`.
  static let mostValues = 1 << 20
  static let fewestIntervals = 128

  /// Everything cumulative at one moment.
  struct Mark: Equatable {
    /// For each replica that was there, in order of number, the integrals in the order of `TimeSeries.Level`.
    var levels: [Int128]
    /// For each link, the bytes it had carried.
    var bytes: [Int64]
  }

  let requestedInterval: SimDuration
  let links: [NetworkLink]
  private(set) var interval: SimDuration
  private(set) var marks: [Mark]
  private let limit: Int

  /// - Parameter start: the mark at time zero.
  init(interval: SimDuration, links: [NetworkLink], start: Mark, _ plan: ClusterPlan) {
    precondition(interval > .zero, "a time series needs an interval")
    self.interval = interval
    self.links = links
    requestedInterval = interval
    marks = [start]
    let replicas = plan.deployments.reduce(plan.fleet.count) { $0 + $1.replicas.count }
    let values = replicas * TimeSeries.Level.allCases.count + links.count
    // Even, so that the latest mark stays when every second goes.
    limit = min(max(Self.mostValues / max(1, values), Self.fewestIntervals), Self.mostIntervals) & ~1
  }

  /// When the next mark is due.
  var nextTime: SimTime {
    let (time, overflow) = interval.picoseconds.multipliedReportingOverflow(by: Int64(marks.count))
    return overflow ? .never : SimTime(picoseconds: time)
  }

  mutating func add(_ mark: Mark) {
    marks.append(mark)
    guard marks.count > limit else { return }
    marks = stride(from: 0, to: marks.count, by: 2).map { marks[$0] }
    interval = SimDuration(picoseconds: interval.picoseconds * 2)
  }

  /// The averages, the last over what is left until `end`.
  ///
  /// - Parameter replicas: which replica of which deployment each engine is.
  func series(
    until end: SimTime, last: Mark, replicas: [(deployment: Int, replica: Int)], of deployments: [DeploymentPlan]
  ) -> TimeSeries {
    let averages = Averages(marks, interval, until: end, last: last)
    var series = TimeSeries(interval: interval, requestedInterval: requestedInterval, end: end)
    series.replicas = replicas.enumerated().map { engine, place in
      TimeSeries.Replica(
        deployment: place.deployment, replica: place.replica,
        levels: averages.levels(of: [engine], blockSize: deployments[place.deployment].limits.blockSize))
    }
    series.deployments = deployments.enumerated().map { index, deployment in
      averages.levels(
        of: replicas.indices.filter { replicas[$0].deployment == index }, blockSize: deployment.limits.blockSize)
    }
    series.links = links.enumerated().compactMap { index, link in
      guard last.bytes[index] > 0 else { return nil }
      return TimeSeries.Link(
        name: link.name, kind: link.kind.rawValue, bandwidth: link.bytesPerSecond,
        bytesPerSecond: averages.rates(ofLink: index))
    }
    return series
  }

  /// What lies between marks, over the time between them.
  private struct Averages {
    let marks: [Mark]
    /// Picoseconds between each mark and the next.
    let lengths: [Double]

    init(_ marks: [Mark], _ interval: SimDuration, until end: SimTime, last: Mark) {
      let count = marks.count - 1
      let rest = end - SimTime(picoseconds: interval.picoseconds * Int64(count))
      self.marks = rest > .zero ? marks + [last] : marks
      lengths =
        Array(repeating: Double(interval.picoseconds), count: count) + (rest > .zero ? [Double(rest.picoseconds)] : [])
    }

    func levels(of engines: [Int], blockSize: Int) -> [[Double]] {
      TimeSeries.Level.allCases.enumerated().map { position, level in
        lengths.indices.map { index in
          let integral = engines.reduce(Int128(0)) { sum, engine in
            let place = engine * TimeSeries.Level.allCases.count + position
            return sum + at(place, of: marks[index + 1]) - at(place, of: marks[index])
          }
          return Double(integral) / lengths[index] * (level.countsBlocks ? Double(blockSize) : 1)
        }
      }
    }

    /// An integral; zero before its replica was there.
    private func at(_ place: Int, of mark: Mark) -> Int128 { place < mark.levels.count ? mark.levels[place] : 0 }

    func rates(ofLink link: Int) -> [Double] {
      lengths.indices.map { index in
        Double(marks[index + 1].bytes[link] - marks[index].bytes[link]) / (lengths[index] * 1e-12)
      }
    }
  }
}

extension TimeSeries.Level {
  /// Whether the engine integrates blocks where results tell tokens.
  var countsBlocks: Bool {
    switch self {
    case .capacityTokens, .peerTokens, .hostTokens, .lentTokens: true
    case .queued, .running, .offGPU, .localTokens: false
    }
  }
}

extension ClusterRun {
  /// What has been integrated until now; brings every engine up to date.
  func mark(at now: SimTime) -> SeriesRecorder.Mark {
    var levels: [Int128] = []
    levels.reserveCapacity(engines.count * TimeSeries.Level.allCases.count)
    for engine in engines {
      engine.bringUpToDate(to: now)
      for level in TimeSeries.Level.allCases { levels.append(engine.integral(of: level)) }
    }
    let links = recorder?.links ?? transport.network.links
    return SeriesRecorder.Mark(levels: levels, bytes: transport.network.bytesMoved(over: links, at: now))
  }
}

extension Engine {
  fileprivate func integral(of level: TimeSeries.Level) -> Int128 {
    switch level {
    case .queued: levels.queued
    case .running: levels.running
    case .offGPU: levels.offGPU
    case .localTokens: totals.kvTokenTime
    case .capacityTokens: levels.capacityBlocks
    case .peerTokens: levels.peerBlocks
    case .hostTokens: levels.hostBlocks
    case .lentTokens: levels.lentBlocks
    }
  }
}
