import Cluster
import Configuration
import Metrics
import Observing
import Replica
import Scenario
import Scheduling
import SimCore
import Statistics
import Testing

/// T16's times: how long after the neighbour's queue is full the borrower begins to leave, and how long after a new
/// lease it is back on the peer.
struct AquaLendingTests {
  @Test func theLenderIsServedInTimeAndTheBorrowerComesBack() throws {
    let diagnostics = Diagnostics()
    var overrides = ScenarioOverrides()
    overrides.variants = ["published"]
    overrides.ignoresExpectations = true
    let study = try ScenarioReader.study(
      path: scenarioFolder + "/lending-protocol.yaml", overrides: overrides, policies: .builtIn,
      metrics: MetricKey.all.map(\.name), into: diagnostics)
    let scenario = try #require(study?.scenarios.first, "\(diagnostics)")
    let run = try #require(try Planner.runs(of: scenario, replications: 0..<1, spillwayVersion: "").first)
    let times = LendingTimes()
    _ = try Simulation.run(run.plan, provenance: run.provenance, policy: run.label, observer: times)
    let full = try #require(times.queueFull, "the neighbour's burst fills its queue")
    let leaving = try #require(times.evacuations.first { $0 >= full })
    #expect((leaving - full).seconds <= 6, "the borrower begins to leave after \((leaving - full).seconds) s")
    let lease = try #require(times.leases.first { $0 > leaving }, "the neighbour lends again")
    let back = try #require(times.returns.first { $0 > leaving })
    #expect((back - lease).seconds <= 10, "back on the peer \((back - lease).seconds) s after the lease")
    print("T16: leaves \((leaving - full).seconds) s after the queue is full, back \((back - lease).seconds) s")
  }
}

/// When things happen that T16 is about.
private final class LendingTimes: RunObserver {
  /// When 10 requests first waited at one of the neighbour's replicas.
  var queueFull: SimTime?
  var evacuations: [SimTime] = []
  var returns: [SimTime] = []
  /// When a neighbour's replica gave memory away.
  var leases: [SimTime] = []
  private var isNeighbour: [Bool] = []
  private var queued: [Set<Int64>] = []
  private var capacity: [Int] = []

  func observe(_ event: RunEvent) {
    switch event {
    case .replica(let start):
      isNeighbour.append(start.deployment == "neighbour")
      queued.append([])
      capacity.append(0)
    case .phase(let change) where isNeighbour[change.engine]:
      if change.phase == .queued {
        queued[change.engine].insert(change.request)
      } else {
        queued[change.engine].remove(change.request)
      }
      if queued[change.engine].count >= 10, queueFull == nil { queueFull = change.time }
    case .levels(let levels) where isNeighbour[levels.engine]:
      if levels.localCapacity < capacity[levels.engine] { leases.append(levels.time) }
      capacity[levels.engine] = levels.localCapacity
    case .transferBegan(let start):
      if start.kind == .evacuation { evacuations.append(start.time) }
      if start.kind == .returning || start.kind == .pageOut && start.tier == .peer { returns.append(start.time) }
    default: break
    }
  }
}
