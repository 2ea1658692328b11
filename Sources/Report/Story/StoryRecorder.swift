import Metrics
import Observing
import Replica
import SimCore

/// Writes down what happens to one request of a run.
///
/// Only events of the engine where the request is are used, and those come in one order, so the story is the same under
/// both steppings. Memory is that of the requests in flight and of the iterations in the request's lifetime.
public final class StoryRecorder: RunObserver {
  private typealias Stay = RequestStory.Stay

  private let request: Int64
  /// Where every request of an engine stands, but for those that have gone.
  private var places: [Int: [Int64: RequestPhase]] = [:]
  private var levels: [Int: PoolLevels] = [:]
  /// What keeps the first in line of each engine out.
  private var limits: [Int: AdmissionLimit] = [:]
  private var replicas: [Int: ReplicaStart] = [:]
  private var stays: [Stay] = []
  private var isOpen = false
  /// When the request was done; nil while it is not.
  private var doneAt: SimTime?
  /// Iterations and waits for KV while the request was at their engine.
  private var iterations: [IterationRun] = []
  private var waits: [TransferWait] = []
  /// What kept the first in line out, from when: of the engine where the request waits.
  private var limitChanges: [LimitChange] = []
  private var moves: [(id: Int64, move: RequestStory.Move)] = []

  /// - Parameter request: its number in the run.
  public init(of request: Int64) { self.request = request }

  public func observe(_ event: RunEvent) {
    switch event {
    case .replica(let start): replicas[start.engine] = start
    case .phase(let change): change.request == request ? enter(change) : note(change)
    case .iterations(let run): if concerns(run.engine, from: run.start, to: run.end) { iterations.append(run) }
    case .blocked(let wait): if concerns(wait.engine, from: wait.start, to: wait.end) { waits.append(wait) }
    case .transferBegan(let start):
      guard start.requests.contains(request) else { return }
      let move = RequestStory.Move(
        kind: start.kind, tier: start.tier, lenders: start.lenders, bytes: start.bytes, requests: start.requests.count,
        start: start.time, end: .never)
      moves.append((start.id, move))
    case .transferEnded(let end):
      if let index = moves.firstIndex(where: { $0.id == end.id }) { moves[index].move.end = end.time }
    case .levels(let now): levels[now.engine] = now
    case .limit(let change):
      limits[change.engine] = change.limit
      if isOpen, stays.last?.engine == change.engine { limitChanges.append(change) }
    case .link: break
    }
  }

  public func runEnded(at time: SimTime) {
    if isOpen { close(at: time) }
  }

  /// The story, once the run is over.
  ///
  /// - Parameter outcome: the request's, as results count it.
  public func story(_ outcome: RequestOutcome) -> RequestStory {
    var told = stays
    for index in told.indices { told[index] = divided(told[index]) }
    if let first = told.first, first.start > outcome.arrival {
      var before = Stay(phase: .queued, engine: first.engine, start: outcome.arrival, end: first.start)
      before.parts = [(.frontEnd, first.start - outcome.arrival)]
      told.insert(before, at: 0)
    }
    return RequestStory(
      outcome: outcome, replicas: replicas.filter { engine, _ in told.contains { $0.engine == engine } }, stays: told,
      moves: moves.map(\.move))
  }

  // MARK: The request itself

  private func enter(_ change: PhaseChange) {
    if isOpen { close(at: change.time) }
    guard change.phase != .completed else {
      doneAt = change.time
      return
    }
    let engine = change.engine
    var stay = Stay(phase: change.phase, engine: engine, start: change.time, end: change.time)
    let others = places[engine] ?? [:]
    stay.waiting = others.filter { $0.value == .queued }.keys.sorted()
    stay.running = others.filter { Self.isOnGPU($0.value) }.keys.sorted()
    stay.levels = levels[engine]
    if stays.last?.engine != engine || limitChanges.isEmpty {
      limitChanges.append(LimitChange(engine: engine, limit: limits[engine] ?? .none, time: change.time))
    }
    stays.append(stay)
    isOpen = true
  }

  /// Ends the last stay; one that took no time is left out.
  private func close(at time: SimTime) {
    isOpen = false
    guard let last = stays.indices.last else { return }
    if stays[last].start == time { stays.removeLast() } else { stays[last].end = time }
  }

  // MARK: Others

  private static func isOnGPU(_ phase: RequestPhase) -> Bool {
    switch phase {
    case .prefilling, .decoding, .paused: true
    case .queued, .pagingOut, .offGPU, .pagingIn, .completed: false
    }
  }

  private func note(_ change: PhaseChange) {
    let before = places[change.engine]?[change.request]
    places[change.engine, default: [:]][change.request] = change.phase == .completed ? nil : change.phase
    guard isOpen, let last = stays.indices.last, stays[last].engine == change.engine, !Self.isOnGPU(stays[last].phase)
    else { return }
    let wasThere = before.map(Self.isOnGPU) ?? false
    if Self.isOnGPU(change.phase), !wasThere { stays[last].preferred.append(change.request) }
    if wasThere, !Self.isOnGPU(change.phase) { stays[last].left.append(change.request) }
  }

  // MARK: What the time went into

  /// Whether something lies in the request's time at an engine. Iterations are told late: the request may have gone.
  private func concerns(_ engine: Int, from start: SimTime, to end: SimTime) -> Bool {
    guard let first = stays.first else { return false }
    return end > first.start && start < (doneAt ?? .never) && stays.contains { $0.engine == engine }
  }

  private func divided(_ stay: Stay) -> Stay {
    var stay = stay
    var times: [RequestStory.Part: SimDuration] = [:]
    func overlap(_ start: SimTime, _ end: SimTime) -> SimDuration {
      let span = min(end, stay.end) - max(start, stay.start)
      return span > .zero ? span : .zero
    }
    func add(_ part: RequestStory.Part, _ span: SimDuration) { if span > .zero { times[part, default: .zero] += span } }
    let blocked = waits.filter { $0.engine == stay.engine }.reduce(SimDuration.zero) {
      $0 + overlap($1.start, $1.end)
    }
    switch stay.phase {
    case .pagingOut: add(.pagingOut, stay.duration)
    case .offGPU: add(.offGPU, stay.duration)
    case .pagingIn: add(.pagingIn, stay.duration)
    case .queued:
      var open = stay.duration
      for (part, span) in limited(stay) {
        add(part, span)
        open -= span
      }
      // Waits for KV are told apart only where nothing else keeps the first in line out.
      let kv = unlimited(stay).reduce(SimDuration.zero) { sum, piece in
        waits.filter { $0.engine == stay.engine }.reduce(sum) {
          let span = min($1.end, piece.end) - max($1.start, piece.start)
          return span > .zero ? $0 + span : $0
        }
      }
      add(.waitedForKV, kv)
      add(.waitedForBoundary, open - kv)
    case .prefilling, .decoding, .paused:
      var open = stay.duration - blocked
      for run in iterations where run.engine == stay.engine {
        let span = overlap(run.start, run.end)
        if span == .zero { continue }
        open -= span
        let tokens = run.chunks.first { $0.request == request }?.tokens
        let takesPart =
          stay.phase == .prefilling ? tokens != nil : stay.phase == .decoding && run.decodes > 0
        if takesPart, !run.isAborted {
          stay.iterations += run.count
          stay.promptTokens += tokens ?? 0
        }
        let work: RequestStory.Part =
          stay.phase == .prefilling ? .prefill : run.chunks.isEmpty ? .decode : .decodeBesidePrompts
        add(!takesPart ? .heldUp : run.isAborted ? .givenUp : work, span)
      }
      add(.waitedForKV, blocked)
      add(.nothingRan, open)
    case .completed: break
    }
    stay.parts = RequestStory.Part.allCases.compactMap { part in times[part].map { (part, $0) } }
    return stay
  }

  /// What kept the first in line out during a stay, piece by piece.
  private func limits(during stay: Stay) -> [(limit: AdmissionLimit, start: SimTime, end: SimTime)] {
    let own = limitChanges.filter { $0.engine == stay.engine }
    return own.enumerated().compactMap { index, change in
      let start = max(change.time, stay.start)
      let end = min(index + 1 < own.count ? own[index + 1].time : .never, stay.end)
      return end > start ? (change.limit, start, end) : nil
    }
  }

  private func limited(_ stay: Stay) -> [(part: RequestStory.Part, time: SimDuration)] {
    limits(during: stay).compactMap { piece in
      let part: RequestStory.Part
      switch piece.limit {
      case .none: return nil
      case .memory: part = .waitedForMemory
      case .sequences: part = .waitedForBatch
      case .tokens: part = .waitedForTokens
      case .policy: part = .waitedForPolicy
      }
      return (part, piece.end - piece.start)
    }
  }

  private func unlimited(_ stay: Stay) -> [(start: SimTime, end: SimTime)] {
    limits(during: stay).filter { $0.limit == .none }.map { ($0.start, $0.end) }
  }
}
