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
    _ plan: ClusterPlan, _ policyName: String, _ stepping: Stepping
  ) throws -> (text: Data, result: RunResult) {
    var plan = plan
    plan.stepping = stepping
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("timeline-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try TimelineWriter(
      path: path, provenance: RandomPlan.provenance, policy: policyName, seed: 1, replication: 0,
      warmUpEnd: plan.warmUpEnd)
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
}
