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

  /// Everything cumulative at one moment.
  struct Mark: Equatable {
    /// For each deployment, the integrals in the order of `TimeSeries.Level`.
    var levels: [[Int128]]
    /// Bytes moved over each kind of link.
    var bytes: [Int64]
  }

  private(set) var interval: SimDuration
  private(set) var marks: [Mark]

  /// - Parameter start: the mark at time zero.
  init(interval: SimDuration, start: Mark) {
    precondition(interval > .zero, "a time series needs an interval")
    self.interval = interval
    marks = [start]
  }

  /// When the next mark is due.
  var nextTime: SimTime {
    let (time, overflow) = interval.picoseconds.multipliedReportingOverflow(by: Int64(marks.count))
    return overflow ? .never : SimTime(picoseconds: time)
  }

  mutating func add(_ mark: Mark) {
    marks.append(mark)
    guard marks.count > Self.mostIntervals else { return }
    marks = stride(from: 0, to: marks.count, by: 2).map { marks[$0] }
    interval = SimDuration(picoseconds: interval.picoseconds * 2)
  }

  /// The averages, the last over what is left until `end`.
  func series(until end: SimTime, last: Mark, deployments: [DeploymentPlan], links: [LinkFamily]) -> TimeSeries {
    var marks = marks
    let lastEdge = SimTime(picoseconds: interval.picoseconds * Int64(marks.count - 1))
    let rest = end - lastEdge
    if rest > .zero { marks.append(last) }
    let count = marks.count - 1
    func length(_ index: Int) -> Double {
      index == count - 1 && rest > .zero ? Double(rest.picoseconds) : Double(interval.picoseconds)
    }
    var series = TimeSeries(interval: interval, end: end)
    series.deployments = deployments.indices.map { deployment in
      let tokens = Double(deployments[deployment].limits.blockSize)
      return TimeSeries.Level.allCases.enumerated().map { position, level in
        (0..<count).map { index in
          let before = marks[index].levels[deployment][position]
          let integral = Double(marks[index + 1].levels[deployment][position] - before)
          return integral / length(index) * (level.countsBlocks ? tokens : 1)
        }
      }
    }
    series.links = links.enumerated().map { position, link in
      TimeSeries.Link(
        kind: link,
        bytesPerSecond: (0..<count).map { index in
          Double(marks[index + 1].bytes[position] - marks[index].bytes[position]) / (length(index) * 1e-12)
        })
    }
    return series
  }
}

extension TimeSeries.Level {
  /// Whether the engine integrates blocks where results tell tokens.
  var countsBlocks: Bool {
    switch self {
    case .peerTokens, .hostTokens, .lentTokens: true
    case .queued, .running, .offGPU, .localTokens: false
    }
  }
}

extension ClusterRun {
  /// What has been integrated until now; brings every engine up to date.
  func mark(at now: SimTime) -> SeriesRecorder.Mark {
    var levels = plan.deployments.map { _ in [Int128](repeating: 0, count: TimeSeries.Level.allCases.count) }
    for engine in engines {
      engine.bringUpToDate(to: now)
      for (position, level) in TimeSeries.Level.allCases.enumerated() {
        levels[engine.deployment][position] += engine.integral(of: level)
      }
    }
    return SeriesRecorder.Mark(levels: levels, bytes: seriesLinks.map { bytesMoved(over: $0.kinds, at: now) })
  }

  /// The links of a time series, and the resources at which their bytes are counted, each byte once.
  var seriesLinks: [(family: LinkFamily, kinds: [LinkKind])] {
    [(.nvlink, [.nvlinkOut]), (.pcie, [.pcieToHost, .pcieFromHost]), (.network, [.networkOut])]
  }

  private func bytesMoved(over kinds: [LinkKind], at time: SimTime) -> Int64 {
    kinds.reduce(0) { $0 + transport.network.bytesMoved(over: $1, at: time) }
  }
}

extension Engine {
  fileprivate func integral(of level: TimeSeries.Level) -> Int128 {
    switch level {
    case .queued: levels.queued
    case .running: levels.running
    case .offGPU: levels.offGPU
    case .localTokens: totals.kvTokenTime
    case .peerTokens: levels.peerBlocks
    case .hostTokens: levels.hostBlocks
    case .lentTokens: levels.lentBlocks
    }
  }
}
