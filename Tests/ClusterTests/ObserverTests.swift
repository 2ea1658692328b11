import Cluster
import Metrics
import Observing
import SimCore
import Testing

/// What an observer is shown, and the time series: the same under both steppings, and true to the results.
struct ObserverTests {
  /// Keeps everything.
  private final class Recorder: RunObserver {
    var events: [RunEvent] = []
    var end: SimTime?
    func observe(_ event: RunEvent) { events.append(event) }
    func runEnded(at time: SimTime) { end = time }

    /// The events of each engine, in the order shown.
    var byEngine: [Int: [RunEvent]] {
      Dictionary(grouping: events.filter { $0.engine != nil }) { $0.engine ?? -1 }
    }
    /// What each link was shown to carry.
    var byLink: [String: [LinkRate]] {
      Dictionary(
        grouping: events.compactMap { event in
          if case .link(let rate) = event { rate } else { nil }
        }, by: \.link)
    }
  }

  private static func observed(
    _ random: RandomPlan, _ stepping: Stepping, interval: SimDuration? = nil
  ) throws -> (recorder: Recorder, result: RunResult) {
    var plan = random.plan
    plan.stepping = stepping
    plan.seriesInterval = interval
    let recorder = Recorder()
    let result = try Simulation.run(
      plan, provenance: RandomPlan.provenance, policy: random.policyName, observer: recorder)
    return (recorder, result)
  }

  @Test("both steppings show each engine's events alike, and the same time series", arguments: 0..<20)
  func steppingsShowTheSame(batch: Int) throws {
    for seed in UInt64(batch * 3)..<UInt64(batch * 3 + 3) {
      let random = RandomPlan(seed: seed)
      let interval = SimDuration.milliseconds(Double(7 + seed % 90))
      let (segments, first) = try Self.observed(random, .segment, interval: interval)
      let (iterations, second) = try Self.observed(random, .iteration, interval: interval)
      #expect(first.timeSeries == second.timeSeries, "seed \(seed)")
      #expect(first.timeSeries != nil)
      for (engine, events) in segments.byEngine {
        let others = iterations.byEngine[engine] ?? []
        let different = zip(events, others).first { $0 != $1 }
        if let different { Issue.record("seed \(seed), engine \(engine): \(different.0) and \(different.1)") }
        #expect(events.count == others.count, "seed \(seed), engine \(engine)")
      }
      #expect(segments.byLink == iterations.byLink, "seed \(seed)")
      #expect(segments.end == first.simulatedEnd && iterations.end == segments.end)
    }
  }

  @Test("being observed changes nothing", arguments: 0..<10)
  func observingChangesNothing(seed: UInt64) throws {
    let random = RandomPlan(seed: seed)
    var (_, seen) = try Self.observed(random, .segment, interval: .milliseconds(50))
    seen.timeSeries = nil
    #expect(seen == (try random.result(stepping: .segment)))
  }

  @Test("iterations and waits follow each other, and add up to the engine's times", arguments: 0..<15)
  func iterationsAddUp(seed: UInt64) throws {
    var random = RandomPlan(seed: seed)
    random.plan.end = .never
    random.plan.warmUpEnd = .zero
    let (recorder, result) = try Self.observed(random, .segment)
    for (engine, totals) in result.engines.enumerated() {
      var end = SimTime.zero
      var busy = SimDuration.zero
      var count: Int64 = 0
      var aborted: Int64 = 0
      var blocked = SimDuration.zero
      for event in recorder.byEngine[engine] ?? [] {
        switch event {
        case .iterations(let run):
          #expect(run.start >= end)
          end = run.end
          busy += run.end - run.start
          if run.isAborted { aborted += 1 } else { count += Int64(run.count) }
        case .blocked(let wait):
          #expect(wait.start >= end && wait.end > wait.start)
          end = wait.end
          blocked += wait.end - wait.start
        case .replica, .phase, .transferBegan, .transferEnded, .levels, .limit, .link: break
        }
      }
      #expect(busy == totals.busy && count == totals.iterations && aborted == totals.abortedIterations)
      #expect(blocked == totals.blockedOnTransfer)
    }
  }

  @Test("a request's phases follow from its arrival to its last token; transfers end once", arguments: 0..<15)
  func phasesAreWhole(seed: UInt64) throws {
    var random = RandomPlan(seed: seed)
    random.plan.end = .never
    let (recorder, _) = try Self.observed(random, .segment)
    var last: [Int64: PhaseChange] = [:]
    var open: Set<Int64> = []
    for event in recorder.events {
      switch event {
      case .phase(let change):
        let before = last[change.request]
        if let before {
          #expect(change.time >= before.time && before.phase != .completed)
        } else {
          #expect(change.phase == .queued)
        }
        last[change.request] = change
      case .transferBegan(let start): open.insert(start.id)
      case .transferEnded(let end): #expect(open.remove(end.id) != nil)
      case .replica, .iterations, .blocked, .levels, .limit, .link: break
      }
    }
    #expect(!last.isEmpty)
    #expect(last.values.allSatisfy { $0.phase == .completed })
  }

  /// Queued and running requests and those off the GPU are all that are there; the averages times the intervals are
  /// the integrals that Little's law is checked with.
  @Test("a time series adds up to the run's totals, at any resolution", arguments: [0.5, 3, 40, 1000, 100_000])
  func seriesAddsUp(milliseconds: Double) throws {
    for seed in UInt64(0)..<6 {
      var random = RandomPlan(seed: seed)
      random.plan.warmUpEnd = .zero
      let (_, result) = try Self.observed(random, .segment, interval: .milliseconds(milliseconds))
      let series = try #require(result.timeSeries)
      #expect(series.count <= 4096)
      for deployment in random.plan.deployments.indices {
        var requests = 0.0
        var tokens = 0.0
        for index in 0..<series.count {
          let span = (series.end(of: index) - series.start(of: index)).seconds
          requests +=
            span
            * (series[deployment, .queued][index] + series[deployment, .running][index]
              + series[deployment, .offGPU][index])
          tokens += span * series[deployment, .localTokens][index]
        }
        let totals = result.totals(ofDeployment: Int32(deployment)).sums
        #expect(abs(requests - Double(totals.requestTime) * 1e-12) <= 1e-9 * max(1, requests))
        #expect(abs(tokens - Double(totals.kvTokenTime) * 1e-12) <= 1e-9 * max(1, tokens))
        let replicas = series.replicas.filter { $0.deployment == deployment }
        #expect(replicas.map(\.replica) == Array(random.plan.deployments[deployment].replicas.indices))
        for (position, level) in TimeSeries.Level.allCases.enumerated() {
          for index in 0..<series.count {
            let sum = replicas.reduce(0) { $0 + $1.levels[position][index] }
            let whole = series[deployment, level][index]
            #expect(abs(sum - whole) <= 1e-9 * max(1, whole))
          }
        }
      }
      // Results count the bytes of some kinds of link; those of a kind are what its links carried.
      for total in result.links {
        let carried = series.links.filter { $0.kind == total.name }.reduce(0.0) { sum, link in
          link.bytesPerSecond.indices.reduce(sum) { sum, index in
            #expect(link.utilization(index) <= 1 + 1e-9)
            return sum + link.bytesPerSecond[index] * (series.end(of: index) - series.start(of: index)).seconds
          }
        }
        #expect(abs(carried - Double(total.bytes)) <= 1e-6 * Double(total.bytes), "\(total.name)")
      }
    }
  }
}
