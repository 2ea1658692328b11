import Cluster
import Metrics
import Report
import Scenario
import SimCore
import Synchronization

/// Which request's story is told.
public enum StoryChoice: Sendable, Hashable {
  /// The one of that number.
  case request(Int64)
  /// The one with the longest, among those that are counted; of a class, where one is given.
  case worst(StoryLatency, RequestClass?)
}

/// A latency by which a request may be chosen.
public enum StoryLatency: String, Sendable, Hashable, CaseIterable {
  case ttft, e2e, tpot

  /// What a request is chosen by. One that was not done when the run ended counts with the time that it had waited.
  func value(of outcome: RequestOutcome) -> SimDuration? {
    if outcome.status == .rejected { return nil }
    switch self {
    case .ttft: return outcome.timeToFirstToken ?? outcome.timeSpent.total
    case .e2e: return outcome.endToEndLatency ?? outcome.timeSpent.total
    case .tpot: return outcome.timePerOutputToken
    }
  }

  var words: String {
    switch self {
    case .ttft: "longest time to first token"
    case .e2e: "longest end-to-end time"
    case .tpot: "longest time per output token"
    }
  }
}

/// No story can be told of a run.
public struct NoStory: Error, Sendable, Hashable, CustomStringConvertible {
  public var description: String
}

/// Tells the story of a request in every run of a batch.
public enum RequestStories {
  public typealias Told = (heading: StoryHeading, story: RequestStory)

  /// Makes each run, twice where the request is chosen by a latency: once to find it, once to watch it.
  ///
  /// - Parameters:
  ///   - width: runs made at once.
  ///   - stop: asked by the runs under way.
  /// - Returns: a story for each run, in order.
  /// - Throws: `NoStory` where a run has no such request; `CancellationError`; what runs throw.
  public static func tell(
    _ choice: StoryChoice, in batch: RunBatch, width: Int, stop: StopRequest = StopRequest()
  ) async throws -> [Told] {
    let runs = batch.runs.map(\.run)
    let told = try await ConcurrentMap.results(count: runs.count, width: width) { index in
      Result { try story(choice, of: runs[index], stop) }
    }
    // The first run's failure, whichever ended first.
    return try told.map { try $0.get() }
  }

  private static func story(_ choice: StoryChoice, of run: PlannedRun, _ stop: StopRequest) throws -> Told {
    let request: Int64
    var words: String?
    switch choice {
    case .request(let number): request = number
    case .worst(let latency, let requestClass):
      let (worst, count) = try worst(latency, requestClass, of: run, stop)
      guard let worst else {
        let kind = requestClass.map { "\($0.rawValue) " } ?? ""
        throw NoStory(description: "under '\(run.label)' no \(kind)request that is counted has that latency")
      }
      request = worst
      words = "the \(latency.words) of \(count)"
    }
    let recorder = StoryRecorder(of: request)
    let found = Mutex<RequestOutcome?>(nil)
    let result = try run.result(
      sink: { outcome in if outcome.id == request { found.withLock { $0 = outcome } } }, observer: recorder,
      isCancelled: { stop.isRequested })
    guard let outcome = found.withLock({ $0 }) else {
      let numbers = result.injected > 0 ? "their numbers go from 0 to \(result.injected - 1)" : "there are none"
      throw NoStory(description: "there is no request \(request) under '\(run.label)': \(numbers)")
    }
    let heading = StoryHeading(
      scenario: run.provenance.scenarioName, alternative: run.alternative, seed: run.plan.seed,
      replication: run.replication, deployments: run.plan.deployments.map(\.name), choice: words)
    return (heading, recorder.story(outcome))
  }

  /// The request with the longest latency, the first of several; and how many have one.
  private static func worst(
    _ latency: StoryLatency, _ requestClass: RequestClass?, of run: PlannedRun, _ stop: StopRequest
  ) throws -> (request: Int64?, count: Int) {
    let longest = Mutex<(request: Int64?, value: SimDuration, count: Int)>((nil, .zero, 0))
    let (warmUpEnd, deployments) = (run.plan.warmUpEnd, run.plan.deployments)
    _ = try run.result(
      sink: { outcome in
        let queued = outcome.arrival + deployments[Int(outcome.deployment)].frontEnd
        guard queued >= warmUpEnd, requestClass.map({ $0 == outcome.requestClass }) ?? true,
          let value = latency.value(of: outcome)
        else { return }
        longest.withLock { longest in
          longest.count += 1
          let isFirst = longest.request.map { outcome.id < $0 } ?? true
          if longest.request == nil || value > longest.value || value == longest.value && isFirst {
            longest.request = outcome.id
            longest.value = value
          }
        }
      }, isCancelled: { stop.isRequested })
    return longest.withLock { ($0.request, $0.count) }
  }
}
