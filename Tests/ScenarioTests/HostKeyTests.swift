import Cluster
import Metrics
import Scenario
import Scheduling
import SimCore
import StepTime
import Testing

/// `engine.host`: a pace, a table, or one that is drawn for each replica and replication.
@Suite struct HostKeyTests {
  private func scenario(_ host: String) -> String {
    """
    server: hgx-h100-8
    duration: 20 s
    policies: [{name: vllm-v1, async_scheduling: false}]
    replications: 3
    deployments:
      - {name: chat, model: llama-3.1-8b, gpus: [0, 1], replicas: 2, engine: {host: \(host)}}
    workload:
      arrivals: {process: constant}
      rate: 5/s
      prompt_tokens: 500
      output_tokens: 50
    """
  }

  private func results(_ host: String, stepping: Stepping = .segment) throws -> [RunResult] {
    let found = resolve(scenario(host), catalogue: .builtIn)
    let resolved = try #require(found.scenario, "\(found)")
    return try Planner.runs(of: resolved, stepping: stepping, spillwayVersion: "").map {
      try Simulation.run($0.plan, provenance: $0.provenance, policy: $0.label)
    }
  }

  /// Nothing else in this scenario is random.
  @Test func replicationsDifferByTheHostAlone() throws {
    #expect(Set(try results("usual").map(\.fingerprint)).count == 1)
    let varying = try results("varies")
    #expect(Set(varying.map(\.fingerprint)).count == 3)
    #expect(varying.map(\.fingerprint) == (try results("varies", stepping: .iteration)).map(\.fingerprint))
    let means = varying.compactMap { $0.groups.first?.tpot.mean }
    let usual = try #require(try results("usual").first?.groups.first?.tpot.mean)
    #expect(means.count == 3 && means.allSatisfy { abs($0 / usual - 1) < 0.2 }, "\(means), \(usual)")
    #expect((means.max() ?? 0) / (means.min() ?? 1) > 1.005, "\(means)")
  }

  @Test func deviationsMayBeGiven() throws {
    let text = "{between_runs: 0.3, within_run: 0, lasts: 1 s}"
    let resolved = try #require(resolve(scenario(text), catalogue: .builtIn).scenario)
    let expected = HostVariation(betweenRuns: 0.3, withinRun: 0, interval: .seconds(1))
    #expect(resolved.deployments[0].engine.host == HostPace(expected))
    let other = try #require(resolve(scenario("varies"), catalogue: .builtIn).scenario)
    #expect(other.deployments[0].engine.host == HostPace(.measured))
    #expect(resolve(scenario("{between_runs: 2}"), catalogue: .builtIn).scenario == nil)
    #expect(resolve(scenario("{lasts: 0 s}"), catalogue: .builtIn).scenario == nil)
  }
}
