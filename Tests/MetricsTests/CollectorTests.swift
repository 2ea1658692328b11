import SimCore
import Testing

@testable import Metrics

private func request(
  _ id: Int64 = 0, class requestClass: RequestClass = .online, arrival: Double = 0, firstToken: Double = 1,
  finished: Double = 2, tokens: Int32 = 11
) -> RequestOutcome {
  RequestOutcome(
    id: id, stream: 0, deployment: 0, replica: 0, requestClass: requestClass, tenant: 0, status: .completed,
    arrival: SimTime(seconds: arrival), scheduled: SimTime(seconds: arrival),
    firstToken: SimTime(seconds: firstToken), finished: SimTime(seconds: finished), promptTokens: 100,
    outputTokens: tokens, generatedTokens: tokens)
}

@Suite struct CollectorTests {
  @Test func everyLimitOfTheObjectiveMustHold() {
    let outcome = request()  // TTFT 1 s, TPOT 100 ms, end to end 2 s
    func good(_ ttft: Double?, _ tpot: Double?, _ e2e: Double?) -> Bool {
      ServiceObjective(
        timeToFirstToken: ttft.map { .seconds($0) }, timePerOutputToken: tpot.map { .seconds($0) },
        endToEnd: e2e.map { .seconds($0) }
      ).isMet(by: outcome)
    }
    #expect(good(nil, nil, nil))
    #expect(good(1, 0.1, 2))
    #expect(!good(0.999_999, 0.1, 2))
    #expect(!good(1, 0.099_999_999, 2))
    #expect(!good(1, 0.1, 1.999_999))
    #expect(!good(nil, nil, 1))
  }

  @Test func oneTokenCountsAsZeroTimePerOutputToken() {
    let single = request(tokens: 1)
    let objective = ServiceObjective(timePerOutputToken: SimDuration(picoseconds: 0))
    #expect(single.timePerOutputToken == nil)
    #expect(objective.isMet(by: single))
    #expect(!objective.isMet(by: request(tokens: 2)))
    var group = GroupCollector(deployment: 0, requestClass: .online, objective: objective)
    group.record(single)
    #expect(group.tpot.count == 0 && group.e2el.count == 1 && group.good == 1)
  }

  @Test func aRequestsOwnDeadlineMustHoldToo() {
    var group = GroupCollector(deployment: 0, requestClass: .online)
    #expect(!group.hasGoal)
    for (finished, deadline) in [(2.0, 2.0), (2.0, 1.999), (2.0, .infinity)] {
      var outcome = request(finished: finished)
      outcome.deadline = deadline.isFinite ? SimTime(seconds: deadline) : .never
      group.record(outcome)
    }
    #expect(group.good == 2 && group.deadlines == 2 && group.hasGoal)
    var one = Fingerprint()
    var other = Fingerprint()
    var outcome = request()
    one.combine(outcome)
    outcome.deadline = SimTime(seconds: 9)
    other.combine(outcome)
    #expect(one != other)
  }

  @Test func onlyCompletedRequestsCanBeGood() {
    var outcome = request()
    outcome.status = .unfinished
    #expect(!ServiceObjective().isMet(by: outcome))
  }

  @Test func timePerOutputTokenRoundsToTheNearestPicosecond() {
    var outcome = request(tokens: 4)
    outcome.firstToken = .zero
    outcome.finished = SimTime(picoseconds: 10)
    #expect(outcome.timePerOutputToken?.picoseconds == 3)
    outcome.finished = SimTime(picoseconds: 11)
    #expect(outcome.timePerOutputToken?.picoseconds == 4)
    outcome.generatedTokens = 3
    #expect(outcome.timePerOutputToken?.picoseconds == 6)  // 5.5, halves up
  }

  @Test func requestsOfTheWarmUpAreLeftOutButFingerprinted() {
    var collector = RunCollector(
      groups: [GroupCollector(deployment: 0, requestClass: .online)], warmUpEnd: SimTime(seconds: 10))
    #expect(!collector.counts(arrival: SimTime(seconds: 9.999)))
    #expect(collector.counts(arrival: SimTime(seconds: 10)))
    let before = collector.fingerprint
    collector.record(request(0, arrival: 9, firstToken: 11, finished: 12), group: 0)
    #expect(collector.fingerprint != before)
    collector.record(request(1, arrival: 10, firstToken: 11, finished: 12), group: 0)
    #expect(collector.groups[0].completed == 1)
    #expect(collector.warmUpRequests == 1)
    #expect(collector.checkConservation(injected: 2) == nil)
    #expect(collector.checkConservation(injected: 3)?.description.contains("3 requests were injected") == true)
  }

  @Test func conservationAndLittlesLawHoldExactlyOverAMixedRun() {
    var collector = RunCollector(groups: [GroupCollector(deployment: 0, requestClass: .online)])
    collector.record(request(0, arrival: 0, firstToken: 1, finished: 4), group: 0)
    collector.record(request(1, arrival: 2, firstToken: 3, finished: 5), group: 0)
    var refused = request(2, arrival: 3)
    refused.status = .rejected
    refused.rejectionReason = .exceedsPool
    (refused.scheduled, refused.firstToken, refused.finished) = (.never, .never, .never)
    collector.record(refused, group: 0)
    var waiting = request(3, arrival: 6)
    waiting.status = .unfinished
    (waiting.scheduled, waiting.firstToken, waiting.finished) = (.never, .never, .never)
    waiting.generatedTokens = 0
    collector.record(waiting, group: 0)
    #expect(collector.checkConservation(injected: 4) == nil)
    let group = collector.groups[0]
    #expect((group.completed, group.rejected, group.unfinished) == (2, 1, 1))
    #expect(group.rejectedExceedsPool == 1)

    // in system:  0──2: 1   2──4: 2   4──5: 1   5──6: 0   6──8: 1
    let requestTime: Int128 = 9_000_000_000_000
    #expect(collector.checkLittlesLaw(requestTime: requestTime, until: SimTime(seconds: 8)) == nil)
    #expect(collector.checkLittlesLaw(requestTime: requestTime + 1, until: SimTime(seconds: 8)) != nil)
  }

  @Test func littlesLawReadsAsLEqualsLambdaW() {
    // Two requests, three seconds each, in ten seconds: L = 0.6.
    let law = LittlesLaw(
      requestTime: 6_000_000_000_000, requests: 2, meanStay: 3, duration: .seconds(10))
    #expect(law.meanInSystem == 0.6)
    #expect(law.relativeDifference < 1e-15)
    let broken = LittlesLaw(requestTime: 6_000_000_000_000, requests: 2, meanStay: 4, duration: .seconds(10))
    #expect(abs(broken.relativeDifference - 0.25) < 1e-12)
  }

  @Test func theSinkSeesEveryRequest() async {
    await confirmation(expectedCount: 3) { seen in
      var collector = RunCollector(
        groups: [GroupCollector(deployment: 0, requestClass: .online)], warmUpEnd: SimTime(seconds: 1),
        sink: { _ in seen() })
      for id in 0..<3 {
        collector.record(request(Int64(id), arrival: Double(id), firstToken: 3, finished: 4), group: 0)
      }
    }
  }

  @Test func aSegmentsLatenciesAreOnePerTokenMade() {
    var collector = RunCollector(groups: [GroupCollector(deployment: 0, requestClass: .online)])
    collector.recordInterTokenLatencies(
      group: 0, first: .milliseconds(10), step: .milliseconds(1), iterations: 5, sequences: 3)
    collector.recordInterTokenLatency(group: 0, .seconds(1))
    let itl = collector.groups[0].itl
    #expect(itl.count == 16)
    let milliseconds: Int128 = 1_180  // 3 · (10 + 11 + 12 + 13 + 14) + 1,000
    #expect(itl.sum == milliseconds * 1_000_000_000)
  }

  @Test func everyFieldReachesTheFingerprint() {
    let plain = request()
    var changes: [RequestOutcome] = []
    func change(_ edit: (inout RequestOutcome) -> Void) {
      var copy = plain
      edit(&copy)
      changes.append(copy)
    }
    change { $0.id += 1 }
    change { $0.stream += 1 }
    change { $0.deployment += 1 }
    change { $0.replica += 1 }
    change { $0.requestClass = .offline }
    change { $0.tenant += 1 }
    change { $0.status = .unfinished }
    change { $0.rejectionReason = .exceedsPool }
    change { $0.rejectionReason = .exceedsContext }
    change { $0.arrival.picoseconds += 1 }
    change { $0.scheduled.picoseconds += 1 }
    change { $0.firstToken.picoseconds += 1 }
    change { $0.finished.picoseconds += 1 }
    change { $0.promptTokens += 1 }
    change { $0.outputTokens += 1 }
    change { $0.generatedTokens += 1 }
    change { $0.preemptions += 1 }
    change { $0.recomputedTokens += 1 }
    change { $0.pagedOutBytes += 1 }
    change { $0.pagedInBytes += 1 }
    let values = ([plain] + changes).map { outcome in
      var fingerprint = Fingerprint()
      fingerprint.combine(outcome)
      return fingerprint.value
    }
    #expect(Set(values).count == 21)
  }

  @Test func deploymentFractionsWeighReplicasByTheirTime() {
    var a = EngineTotals(deployment: 0, replica: 0)
    (a.elapsed, a.busy, a.kvCapacityTokens, a.kvTokenTime) = (.seconds(10), .seconds(10), 100, 500_000_000_000_000)
    var b = EngineTotals(deployment: 0, replica: 1)
    (b.elapsed, b.busy, b.kvCapacityTokens, b.kvTokenTime) = (.seconds(10), .seconds(5), 300, 500_000_000_000_000)
    let totals = DeploymentTotals([a, b])
    #expect(totals.busyFraction == 0.75)
    #expect(totals.kvUtilization == 0.25)
    #expect(DeploymentTotals([]).busyFraction == 0)
  }

  /// A thousand replicas in half a day are 500 days, and a clock has 106.
  @Test func aFleetsTimeIsCountedWhole() {
    let replicas = (0..<1_000).map { index in
      var one = EngineTotals(deployment: 0, replica: Int32(index))
      (one.elapsed, one.gpuTime, one.busy) = (.seconds(43_200), .seconds(86_400), .seconds(10_800))
      return one
    }
    let totals = DeploymentTotals(replicas)
    #expect(totals.busyFraction == 0.25 && totals.seconds(of: \.gpuTime) == 86_400_000)
    #expect(totals.sums.elapsed == .max && totals.sums.busy == .max)
  }
}
