import Scenario
import SimCore
import Workload

/// What requests to a deployment are like on average, drawn from its streams.
package struct TypicalRequest {
  package var promptTokens: Double
  package var outputTokens: Double
  /// How many requests were drawn.
  package var count: Int
  /// How fast they come; nil where that depends on how fast they are served, or all come at once.
  package var offered: OfferedLoad?

  /// Requests drawn from each stream at most.
  package static let drawn = 10_000

  /// Tokens a request holds in the KV cache on average while it decodes.
  package var residentTokens: Double { promptTokens + outputTokens / 2 }

  /// - Returns: nil for a deployment without requests.
  /// - Throws: `WorkloadError` when a trace cannot be read.
  package init?(ofDeployment deployment: Int, in scenario: ResolvedScenario) throws {
    var prompt = 0.0
    var output = 0.0
    var count = 0
    var arrivals: [[Double]] = []
    for (number, stream) in scenario.streams.enumerated() where stream.deployment == deployment {
      let source = try RequestSource(
        stream.workload, number: Int32(number), seed: scenario.seed, replication: 0)
      var times: [Double] = []
      for _ in 0..<Self.drawn {
        let now = source.nextTime
        if now == .never { break }
        let request = try source.take()
        source.completed(user: request.user, at: now)
        prompt += Double(request.promptTokens)
        output += Double(request.outputTokens)
        count += 1
        times.append(now.seconds)
      }
      if stream.workload.arrivals.isOpenLoop { arrivals.append(times) }
    }
    guard count > 0 else { return nil }
    promptTokens = prompt / Double(count)
    outputTokens = output / Double(count)
    self.count = count
    offered = OfferedLoad(arrivals, drawn: Self.drawn, duration: scenario.duration?.seconds)
  }
}

/// How fast requests come to a deployment whose clients do not wait for answers.
package struct OfferedLoad {
  /// The time looked at, from the start, seconds.
  package var span: Double
  /// On average over the span.
  package var requestsPerSecond: Double
  /// In the fullest of the span's minutes; nil for a span under two.
  package var busiestMinute: Double?

  /// - Parameters:
  ///   - arrivals: the times of each stream's first requests, seconds.
  ///   - drawn: how many were drawn of each at most; a stream with so many may have more.
  ///   - duration: when arrivals stop; nil where every stream ends by itself.
  init?(_ arrivals: [[Double]], drawn: Int, duration: Double?) {
    let known = arrivals.filter { $0.count >= drawn }.compactMap(\.last).min()
    guard let span = known ?? duration ?? arrivals.compactMap(\.last).max(), span > 0 else { return nil }
    let times = arrivals.joined().filter { $0 <= span }
    guard !times.isEmpty else { return nil }
    self.span = span
    requestsPerSecond = Double(times.count) / span
    guard span >= 120 else { return }
    var minutes = [Int](repeating: 0, count: Int(span / 60))
    for time in times where Int(time / 60) < minutes.count { minutes[Int(time / 60)] += 1 }
    busiestMinute = minutes.max().map { Double($0) / 60 }
  }
}

extension ArrivalProcess {
  /// Whether requests come whatever becomes of those before, and not all at once.
  fileprivate var isOpenLoop: Bool {
    switch self {
    case .closedLoop, .batch: false
    default: true
    }
  }
}
