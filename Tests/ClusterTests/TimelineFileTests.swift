import Cluster
import Foundation
import Metrics
import Report
import SimCore
import TestSupport
import Testing

/// Timelines are the same under both steppings, and keep the rules of the format that they are written in.
struct TimelineFileTests {
  private static func timeline(
    _ plan: ClusterPlan, _ policyName: String, _ stepping: Stepping, limit: Int = TimelineWriter.usualLimit
  ) throws -> (text: Data, result: RunResult) {
    var plan = plan
    plan.stepping = stepping
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("timeline-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try TimelineWriter(
      path: path, provenance: RandomPlan.provenance, policy: policyName, seed: 1, replication: 0,
      warmUpEnd: plan.warmUpEnd, limit: limit)
    let result = try Simulation.run(
      plan, provenance: RandomPlan.provenance, policy: policyName, observer: writer)
    return (try Data(contentsOf: URL(fileURLWithPath: path)), result)
  }

  @Test("both steppings write the same bytes on random clusters and fleets", arguments: Effort.seeds(8, from: 100))
  func steppingsWriteTheSame(seed: UInt64) throws {
    let cluster = RandomPlan(seed: seed)
    var plans = [(cluster.plan, cluster.policyName)]
    if seed % 2 == 0 {
      let fleet = RandomFleet(seed: seed)
      plans.append((fleet.plan, fleet.policyName))
    }
    for (plan, policy) in plans {
      let (segments, _) = try Self.timeline(plan, policy, .segment)
      let (iterations, _) = try Self.timeline(plan, policy, .iteration)
      #expect(segments == iterations, "seed \(seed)")
    }
  }

  @Test("another reader reads it, and finds slices in order, pairs whole, and the run's totals", arguments: 0..<3)
  func rulesAreKept(seed: UInt64) throws {
    var random = RandomPlan(seed: seed)
    random.plan.warmUpEnd = .zero
    let (text, result) = try Self.timeline(random.plan, random.policyName, .segment)
    let file = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    let events = try #require(file["traceEvents"] as? [[String: Any]])
    #expect((file["otherData"] as? [String: String])?["policy"] == random.policyName)
    var named: Set<Int> = []
    var iterations = 0
    var ends: [Int: Double] = [:]
    var open: [String: [String]] = [:]
    for event in events {
      let name = try #require(event["name"] as? String)
      let process = try #require(event["pid"] as? Int)
      let arguments = event["args"] as? [String: Any] ?? [:]
      let time = event["ts"] as? Double ?? -1
      let key = "\(event["cat"] as? String ?? "") \(event["id"] as? String ?? "")"
      switch event["ph"] as? String {
      case "M":
        if name == "process_name" { named.insert(process) }
      case "X":
        let duration = try #require(event["dur"] as? Double)
        // Doubles hold microseconds of such a run to better than a nanosecond.
        #expect(time >= ends[process] ?? 0 && duration > 0)
        ends[process] = time + duration - 1e-3
        if event["cat"] as? String == "iteration", !name.hasPrefix("given up") {
          iterations += try #require(arguments["iterations"] as? Int)
        }
      case "b":
        #expect(time >= 0 && !key.hasSuffix(" "))
        open[key, default: []].append(name)
      case "e":
        #expect(open[key]?.popLast() == name)
      case "C":
        #expect(time >= 0 && !arguments.isEmpty && arguments.values.allSatisfy { ($0 as? Double ?? -1) >= 0 })
      default: Issue.record("unknown kind of event: \(event)")
      }
      #expect(named.contains(process))
    }
    #expect(open.values.allSatisfy { $0.isEmpty })
    #expect(iterations == Int(result.engines.reduce(0) { $0 + $1.iterations }))
    let requests = Set(events.filter { $0["cat"] as? String == "request" }.compactMap { $0["id"] as? String })
    #expect(requests.count == Int(result.injected) - result.groups.reduce(0) { $0 + Int($1.rejected) })
  }

  private static func events(_ text: Data) throws -> (facts: [String: String], events: [[String: Any]]) {
    let file = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    return (
      file["otherData"] as? [String: String] ?? [:], try #require(file["traceEvents"] as? [[String: Any]])
    )
  }

  @Test("phases lie within their request, one after the other; counters count them; lengths add up to the results'")
  func phasesAndCounters() throws {
    for seed in Effort.seeds(4, from: 20) {
      var random = RandomPlan(seed: seed)
      random.plan.warmUpEnd = .zero
      let (text, result) = try Self.timeline(random.plan, random.policyName, .segment)
      let events = try Self.events(text).events
      var requests: [String: (start: Double, end: Double)] = [:]
      var phases: [String: [(start: Double, end: Double)]] = [:]
      var starts: [String: Double] = [:]
      var changes: [Int: [(time: Double, change: Int)]] = [:]
      for event in events where event["cat"] as? String == "request" {
        let id = try #require(event["id"] as? String)
        let name = try #require(event["name"] as? String)
        let time = try #require(event["ts"] as? Double)
        let begins = event["ph"] as? String == "b"
        if name == "request" {
          changes[try #require(event["pid"] as? Int), default: []].append((time, begins ? 1 : -1))
          if begins { starts[id] = time } else { requests[id] = (starts[id] ?? -1, time) }
        } else if begins {
          phases[id, default: []].append((time, time))
        } else {
          let last = phases[id]?.popLast()
          phases[id, default: []].append((try #require(last).start, time))
        }
      }
      #expect(!requests.isEmpty)
      var whole = 0.0
      for (id, span) in requests {
        var time = span.start
        for phase in phases[id] ?? [] {
          #expect(phase.start == time && phase.end > phase.start, "seed \(seed), request \(id)")
          time = phase.end
        }
        #expect(time == span.end, "seed \(seed), request \(id)")
        whole += span.end - span.start
      }
      let integral = result.engines.reduce(0.0) { $0 + Double($1.requestTime) * 1e-6 }
      #expect(abs(whole - integral) <= 1e-6 * max(1, integral), "seed \(seed)")
      for event in events where event["ph"] as? String == "C" && event["name"] as? String == "requests" {
        let values = try #require(event["args"] as? [String: Int])
        let time = try #require(event["ts"] as? Double)
        let process = try #require(event["pid"] as? Int)
        var there = 0
        for change in changes[process] ?? [] where change.time <= time { there += change.change }
        let counted: Int = values.values.reduce(0, +)
        #expect(counted == there, "seed \(seed), at \(time)")
      }
    }
  }

  @Test("a timeline that would be too large keeps whole requests and transfers, one in a power of two, and says so")
  func tooLarge() throws {
    let random = RandomPlan(seed: 5)
    let (whole, _) = try Self.timeline(random.plan, random.policyName, .segment)
    #expect(try Self.events(whole).facts["sampled_one_in"] == nil)
    var kept = Int.max
    for part in [2, 7, 40] {
      let limit = whole.count / part
      let (text, _) = try Self.timeline(random.plan, random.policyName, .segment, limit: limit)
      #expect(text.count <= limit && text.count > limit / 16, "\(text.count) of \(limit)")
      let (other, _) = try Self.timeline(random.plan, random.policyName, .iteration, limit: limit)
      #expect(text == other)
      let (facts, events) = try Self.events(text)
      let stride = try #require(facts["sampled_one_in"].flatMap(Int.init))
      #expect(stride > 1 && stride & (stride - 1) == 0)
      var open: [String: Int] = [:]
      for event in events {
        guard let id = (event["id"] as? String).flatMap(Int.init) else { continue }
        #expect(id % stride == 0)
        open["\(event["cat"] as? String ?? "") \(id)", default: 0] += event["ph"] as? String == "b" ? 1 : -1
      }
      #expect(open.values.allSatisfy { $0 == 0 })
      #expect(events.count < kept)
      kept = events.count
    }
  }
}
