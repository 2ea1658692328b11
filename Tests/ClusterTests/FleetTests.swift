import Foundation
import Metrics
import Network
import Replica
import Scheduling
import SimCore
import StepTime
import Synchronization
import TestSupport
import Testing
import Workload

@testable import Cluster

/// Fleets that change within a run.
struct FleetTests {
  /// How many random clusters are tried: `SPILLWAY_RANDOM_CLUSTERS`, or fewer.
  private static let batches =
    ProcessInfo.processInfo.environment["SPILLWAY_RANDOM_CLUSTERS"].flatMap { Int($0) }.map { $0 / 10 }
    ?? Effort.engineCases(12)

  @Test("both steppings agree on random fleets, and nothing is lost", arguments: 0..<batches)
  func steppingsAgree(batch: Int) throws {
    for seed in UInt64(batch * 10)..<UInt64(batch * 10 + 10) {
      let random = RandomFleet(seed: seed)
      do {
        let segment = try random.result(stepping: .segment)
        let iteration = try random.result(stepping: .iteration)
        let difference = firstDifference(segment, iteration)
        #expect(difference == nil, "seed \(seed), policy \(random.policyName): \(difference ?? "")")
      } catch {
        Issue.record("seed \(seed), policy \(random.policyName): \(error)")
      }
    }
  }

  @Test("random fleets hand requests over, with KV and without")
  func somethingHappens() throws {
    var (handedOver, requeued, bytes) = (Int64(0), Int64(0), Int64(0))
    for seed in UInt64(0)..<60 {
      for engine in try RandomFleet(seed: seed).result(stepping: .segment).engines {
        handedOver += engine.handedOver
        requeued += engine.requeued
        bytes += engine.handedOverBytes
      }
    }
    #expect(handedOver > 5 && requeued > 20 && bytes > 0)
  }

  // MARK: By hand

  /// Replicas on GPUs 0, 1, ...; an iteration takes 1 ms, a block holds 4 tokens in 25 MB: 0.1 ms over NVLink.
  private func outcomes(
    _ requests: [(at: Double, prompt: Int, output: Int)], replicas: Int = 2, _ changes: FleetChange...,
    blocks: Int = 100,
    policy: any SchedulingPolicy.Type = VLLMv1Policy.self
  ) throws -> (rows: [RequestOutcome], result: RunResult) {
    let limits = EngineLimits(
      maxBatchedTokens: 64, maxSequences: 8, blockSize: 4, kvBlocks: blocks, maxModelLength: 10_000, layers: 8)
    let deployment = DeploymentPlan(
      name: "main", model: "toy", replicas: (0..<replicas).map { ReplicaPlan(gpus: [$0]) },
      policy: PolicyChoice(policy), limits: limits,
      cost: BoundStepCost(perStep: .milliseconds(1), maxBatchedTokens: 64, maxSequences: 8),
      blockBytesPerGPU: 25_000_000,
      fragmentBytes: 25_000_000, transferMode: .fragmented)
    let listed = requests.enumerated().map { index, request in
      Request(
        id: Int64(index), stream: 0, arrival: SimTime.zero + .milliseconds(request.at),
        promptTokens: Int32(request.prompt),
        outputTokens: Int32(request.output))
    }
    let stream = StreamPlan(
      stream: WorkloadStream(
        name: "listed", arrivals: .listed(listed), components: [WorkloadComponent(lengths: .recorded)]), deployment: 0)
    let server = ToyServer(
      port: 250, lane: 25, leavingInterference: 0, arrivingInterference: 0, fromHostInterference: 0)
    var results: [([RequestOutcome], RunResult)] = []
    for stepping in Stepping.allCases {
      var plan = ClusterPlan(
        servers: [server.spec], deployments: [deployment], streams: [stream], stepping: stepping, checksInvariants: true
      )
      plan.fleet = changes
      let rows = Mutex<[RequestOutcome]>([])
      let result = try Simulation.run(
        plan, provenance: RandomPlan.provenance, policy: "toy", sink: { row in rows.withLock { $0.append(row) } })
      results.append((rows.withLock { $0 }.sorted { $0.id < $1.id }, result))
    }
    #expect(results[0].0 == results[1].0)
    #expect(firstDifference(results[0].1, results[1].1) == nil)
    return (results[0].0, results[0].1)
  }

  private func change(at milliseconds: Double, _ action: FleetChange.Action) -> FleetChange {
    FleetChange(at: SimTime.zero + .milliseconds(milliseconds), deployment: 0, action)
  }

  private func finished(_ row: RequestOutcome) -> Double {
    (Double((row.finished - SimTime.zero).picoseconds) / 1e9 * 1000).rounded() / 1000
  }

  @Test("a drained replica finishes what it has and gets nothing new")
  func drains() throws {
    let (rows, result) = try outcomes(
      [(0, 4, 50), (1, 4, 50), (20, 4, 5), (30, 4, 5)], change(at: 10.5, .drain(replica: 0, handsOver: false)))
    #expect(rows.map(\.replica) == [0, 1, 1, 1])
    #expect(finished(rows[0]) == 50)
    // It stops when its last request is done; from then on no time passes for it.
    #expect(result.engines[0].elapsed == .milliseconds(50) && result.engines[0].idle == .zero)
    #expect(result.engines[1].elapsed == result.simulatedEnd - SimTime.zero)
  }

  /// By 11 ms A has made 11 tokens and holds 14 in 4 blocks: 0.4 ms. The other's iteration ends at 12 ms; the one after
  /// makes A's 12th token.
  @Test("a request is handed over with its KV after the iteration under way")
  func handsOver() throws {
    let (rows, result) = try outcomes(
      [(0, 4, 50), (0, 4, 60)], change(at: 10.5, .drain(replica: 0, handsOver: true)))
    #expect(rows.map(\.replica) == [1, 1])
    #expect(finished(rows[0]) == 51 && finished(rows[1]) == 60)
    #expect(rows[0].recomputedTokens == 0 && rows[0].preemptions == 1 && rows[0].generatedTokens == 50)
    let left = result.engines[0]
    #expect(left.handedOver == 1 && left.handedOverBytes == 100_000_000 && left.requeued == 0)
    // Until its KV has left, at 11.4 ms and the picosecond that requests wait.
    #expect(left.elapsed == .milliseconds(11.4) + SimDuration(picoseconds: 1))
    #expect(result.links.first { $0.name == "nvlinkOut" }?.bytes == 100_000_000)
  }

  /// The iteration that began at 10 ms is lost: 10 tokens are made. The KV of 13 tokens is computed again, beside the
  /// other's decode, from 11 to 12 ms.
  @Test("a replica that is lost loses its iteration, and its requests are computed anew elsewhere")
  func isLost() throws {
    let (rows, result) = try outcomes(
      [(0, 4, 50), (0, 4, 60)], change(at: 10.5, .remove(replica: 0, handsOver: false)))
    #expect(rows.map(\.replica) == [1, 1])
    #expect(finished(rows[0]) == 51 && rows[0].recomputedTokens == 13 && rows[0].preemptions == 1)
    let lost = result.engines[0]
    #expect(lost.requeued == 1 && lost.handedOver == 0 && lost.abortedIterations == 1)
    #expect(lost.abortedWork == .microseconds(500) && lost.elapsed == .milliseconds(10.5))
  }

  /// Where there is no room for its KV it is computed anew: the pool of 20 blocks has 16 in use.
  @Test("KV is given up where there is no room for it")
  func thereIsNoRoom() throws {
    let (rows, result) = try outcomes(
      [(0, 20, 20), (0, 60, 8)], change(at: 3.5, .drain(replica: 0, handsOver: true)), blocks: 20)
    #expect(rows.map(\.status) == [.completed, .completed] && rows.map(\.replica) == [1, 1])
    #expect(result.engines[0].handedOver == 0 && result.engines[0].requeued == 1)
    #expect(rows[0].recomputedTokens == 23)
  }

  /// A leaves replica 0 at 11 ms and is on its way to another until 11.4 ms, which takes leave at 11.2 ms.
  @Test("KV that arrives where a replica has taken leave meanwhile goes on to another", arguments: [1, 2])
  func arrivesTooLate(leaving: Int) throws {
    let (rows, result) = try outcomes(
      [(0, 4, 50), (0, 4, 60), (0, 4, 60)], replicas: 3, change(at: 10.5, .drain(replica: 0, handsOver: true)),
      change(at: 11.2, .remove(replica: leaving, handsOver: true)))
    #expect(rows.allSatisfy { $0.status == .completed && $0.replica == 3 - leaving })
    let wentOn = result.engines[leaving].handedOver == 2
    #expect(rows[0].preemptions == (wentOn ? 2 : 1) && rows[0].recomputedTokens == 0)
    // One of the two it was.
    #expect(wentOn == (leaving == 1))
  }

  @Test("waiting requests go at once; a replica that comes takes requests once it has started")
  func comesAndGoes() throws {
    let (rows, result) = try outcomes(
      [(0, 4, 5), (6, 4, 5), (8, 4, 5), (9, 4, 5), (9.5, 4, 5)], replicas: 1,
      change(at: 5, .add(ReplicaPlan(gpus: [3]), startUp: .milliseconds(3))))
    // At 8 ms it has started, before the arrival of that moment.
    #expect(rows.map(\.replica) == [0, 0, 1, 0, 1] || rows.map(\.replica) == [0, 0, 0, 1, 0])
    #expect(rows[2...].contains { $0.replica == 1 })
    #expect(result.engines[1].elapsed == (result.simulatedEnd - SimTime.zero) - .milliseconds(5))
  }
}
