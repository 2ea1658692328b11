import Assembly
import Cluster
import Metrics
import Models
import SimCore
import StepTime
import Testing

@testable import Validation

/// What figures mean, and that a measurement made of a simulation is predicted to the last digit.
struct ComparisonTests {
  /// A dozen requests that queue for memory: four at once, then one every 50 ms.
  static let requests: [MeasuredRequest] = (0..<12).map { index in
    MeasuredRequest(
      id: "r\(index)", arrival: index < 4 ? 0 : 0.05 * Double(index), promptTokens: 300 + 40 * index,
      outputTokens: 30 + 7 * index)
  }

  /// What a simulation did, as if it had been measured.
  private func measured(
    _ experiment: MeasuredExperiment, stretch: Double = 1
  ) throws -> (MeasuredExperiment, BoundExperiment) {
    let bound = try experiment.bound()
    var experiment = experiment
    let run = try experiment.predict(bound)
    for index in experiment.requests.indices {
      experiment.requests[index].firstToken = run.requests[index].firstToken.seconds
      experiment.requests[index].lastToken = run.requests[index].finished.seconds
      experiment.requests[index].preemptions = Int(run.requests[index].preemptions)
    }
    experiment.steps = run.iterations.map { iteration in
      var step = MeasuredStep(
        start: iteration.start.seconds, duration: iteration.cost.seconds * stretch,
        chunks: iteration.chunks.map { MeasuredStep.Chunk(tokens: $0.tokens, cached: $0.cached) },
        decodes: iteration.decodes, decodeContext: Int(iteration.decodeContext))
      (step.running, step.waiting, step.preempted) = (iteration.running, iteration.waiting, iteration.preempted)
      return step
    }
    experiment.load = experiment.steps.map {
      MeasuredLoad(time: $0.start, running: $0.running ?? 0, waiting: $0.waiting ?? 0)
    }
    return (experiment, bound)
  }

  @Test("a measurement that is a simulation is predicted exactly, figure by figure and step by step")
  func closedCircle() throws {
    let (experiment, _) = try measured(try experiment(Self.requests, blocks: 80))
    let comparison = try ExperimentComparison(experiment, replaysSchedule: true)
    #expect(comparison.figures.count == 3 * 4 + 3)
    for figure in comparison.figures { #expect(abs(figure.error ?? 1) < 1e-9, "\(figure)") }
    let preemptions = try #require(comparison.figures.first { $0.metric == .preemptions })
    #expect(preemptions.measured > 0, "memory is meant to be tight here")
    let steps = try #require(comparison.steps)
    #expect(steps.all.count == experiment.steps.count && steps.left == 0)
    #expect(steps.all.median < 1e-9 && steps.all.p95 < 1e-9 && abs(steps.all.sum) < 1e-9)
    let schedule = try #require(comparison.schedule)
    #expect(schedule.equal == schedule.measuredSteps && schedule.equalFromStart == schedule.equal)
    #expect(schedule.firstDifference == nil)
    let load = try #require(comparison.load)
    #expect(load.running.meanDistance < 1e-6 && load.waiting.meanDistance < 1e-6)
    #expect(load.waiting.measuredPeak > 0 && load.waiting.measuredPeak == load.waiting.predictedPeak)
  }

  @Test("steps that took longer than predicted are errors of the sum, of the sign that says too fast")
  func stepErrors() throws {
    let (experiment, bound) = try measured(try experiment(Self.requests), stretch: 1.25)
    let steps = StepComparison(experiment, bound)
    #expect(abs(steps.all.sum + 0.2) < 1e-9 && abs(steps.all.median - 0.2) < 1e-9)
    #expect(steps.byKind.reduce(0) { $0 + $1.figures.count } == steps.all.count)
  }

  @Test("a host that took half as long again lengthens iterations by what the engine's costs say")
  func slowHost() throws {
    var (experiment, usual) = try measured(try experiment(Self.requests))
    let costs = usual.engine.bound.costs
    let host = try #require(costs.host)
    for index in experiment.steps.indices {
      let step = experiment.steps[index]
      let tokens = step.chunks.reduce(0) { $0 + $1.tokens }
      experiment.steps[index].hostTime =
        1.5 * host.usual(decodes: step.decodes, chunks: step.chunks.count, promptTokens: tokens)
    }
    let recorded = PredictionOptions(host: .recorded)
    let bound = try experiment.bound(recorded)
    let pace = bound.engine.description.host
    #expect(pace.changes.allSatisfy { abs($0.pace - 1.5) < 1e-9 })
    #expect(bound.notes.contains { $0.contains("1.5 of its usual time") })
    let slow = try experiment.predict(bound)
    let first = try #require(slow.iterations.first)
    let layers = Double(experiment.model.layerCount)
    let extra =
      0.5 * (host.slowdown + costs.perSequence * Double(first.chunks.count) + costs.prefillPerLayer * layers)
    #expect(abs(first.cost.seconds - experiment.steps[0].duration - extra) < 1e-9)
    // What the host launches is the floor, with graphs broken at the attention, and without graphs.
    let beside = try #require(bound.step.cost.host)
    func prefill(_ tokens: Int, pace: Double) -> Double {
      let iteration = BoundHost.Iteration(decodes: 0, chunks: 1, chunkTokens: tokens)
      return beside.iteration(kernels: .milliseconds(1), pace: pace, iteration).time.seconds
    }
    let ownWork = costs.perStep + costs.perSequence + costs.prefillPerLayer * layers
    let slower = host.slowdown + costs.perSequence + costs.prefillPerLayer * layers
    #expect(abs(prefill(513, pace: 2) - (ownWork + slower + layers * host.launchPerLayer)) < 1e-9)
    #expect(abs(prefill(512, pace: 1) - (ownWork + layers * host.launchPerBrokenLayer)) < 1e-9)
    let steps = StepComparison(experiment, bound)
    #expect(steps.all.sum > 0.05, "the log itself was made with the usual host")
    // Without what the host spent, or told to, the usual host is simulated.
    let plain = try experiment.predict(try experiment.bound())
    #expect(plain.requests == (try experiment.predict(usual)).requests)
    experiment.steps[3].hostTime = nil
    #expect(try experiment.bound(recorded).engine.description.host == .usual)
  }

  @Test("under measured durations the simulation takes as long as the measurement")
  func replay() throws {
    // All at once, so that slower steps change nothing of the schedule.
    var requests = Self.requests
    for index in requests.indices { requests[index].arrival = 0 }
    var (experiment, bound) = try measured(try experiment(requests, blocks: 80))
    var clock = 0.0
    for index in experiment.steps.indices {
      experiment.steps[index].start = clock
      experiment.steps[index].duration *= 1.5
      clock += experiment.steps[index].duration
    }
    let plain = try experiment.predict(bound)
    let replayed = try experiment.predict(bound, replaysDurations: true)
    let schedule = ScheduleComparison(experiment, replayed)
    #expect(schedule.equal == experiment.steps.count)
    let last = plain.requests.map(\.finished).max()?.seconds ?? 0
    #expect(abs((replayed.requests.map(\.finished).max()?.seconds ?? 0) - 1.5 * last) < 1e-6 * last)
    #expect(plain.iterations.count == replayed.iterations.count)
  }

  @Test("latencies are those of requests that have them, matched one by one")
  func definitions() throws {
    var first = MeasuredRequest(id: "a", arrival: 1, promptTokens: 10, outputTokens: 5)
    (first.firstToken, first.lastToken) = (1.5, 3.5)
    var second = MeasuredRequest(id: "b", arrival: 2, promptTokens: 10, outputTokens: 1)
    (second.firstToken, second.lastToken) = (2.25, 2.25)
    var cutOff = MeasuredRequest(id: "c", arrival: 2, promptTokens: 10, outputTokens: 9)
    cutOff.firstToken = 3
    func outcome(_ number: Int64, _ times: (Double, Double, Double), _ tokens: Int32) -> RequestOutcome {
      RequestOutcome(
        id: number, stream: 0, deployment: 0, replica: 0, requestClass: .online, tenant: 0, status: .completed,
        arrival: SimTime(seconds: times.0), firstToken: SimTime(seconds: times.1),
        finished: SimTime(seconds: times.2), promptTokens: 10, outputTokens: tokens, generatedTokens: tokens)
    }
    let pairs = [
      RequestPair(measured: first, predicted: outcome(0, (1, 2, 4), 5)),
      RequestPair(measured: second, predicted: outcome(1, (2, 2.5, 2.5), 1)),
      RequestPair(measured: cutOff, predicted: outcome(2, (2, 2.5, 6), 9)),
    ]
    let figures =
      pairs.latencies("E")
      + pairs.totals(
        "E",
        PredictedRun(
          requests: [], iterations: [], preemptions: 0, fingerprint: "", notes: []))
    func value(_ metric: ComparedMetric, _ statistic: ComparedStatistic) throws -> (Double, Double) {
      let figure = try #require(figures.first { $0.metric == metric && $0.statistic == statistic })
      return (figure.measured, figure.predicted)
    }
    // 500, 250, 1000 ms against 1000, 500, 500.
    #expect(try value(.ttft, .mean) == (1750.0 / 3, 2000.0 / 3))
    #expect(try value(.ttft, .p50) == (500, 500))
    #expect(try value(.ttft, .p90) == (900, 900))
    // Only the first has more than one token and an end.
    #expect(try value(.tpot, .p99) == (500, 500))
    #expect(try value(.e2el, .mean) == (1375, 1750))
    #expect(try value(.makespan, .value) == (2.5, 3))
    #expect(try value(.throughput, .value) == (6 / 2.5, 2))
    #expect(!figures.contains { $0.metric == .preemptions }, "none were recorded")
  }

  @Test("bounds: shares, short times to first token, a preemption more")
  func bounds() {
    func holds(_ metric: ComparedMetric, _ measured: Double, _ predicted: Double) -> Bool {
      ErrorBounds.target.holds(
        ComparedFigure(experiment: "E", metric: metric, statistic: .mean, measured: measured, predicted: predicted))
    }
    #expect(holds(.tpot, 10, 10.5) && !holds(.tpot, 10, 10.51) && !holds(.tpot, 10, 9.4))
    #expect(holds(.ttft, 1000, 1050) && !holds(.ttft, 1000, 1060))
    #expect(holds(.ttft, 50, 45) && !holds(.ttft, 50, 44.9) && holds(.ttft, 12, 15) && !holds(.ttft, 12, 15.1))
    #expect(holds(.makespan, 100, 102) && !holds(.makespan, 100, 102.1))
    #expect(holds(.preemptions, 3, 4) && holds(.preemptions, 40, 44) && !holds(.preemptions, 40, 45))
    let nothing = ComparedFigure(experiment: "E", metric: .preemptions, statistic: .value, measured: 0, predicted: 0)
    #expect(nothing.error == 0)
  }

  @Test("two classes are compared apart as well")
  func classes() throws {
    var requests = Self.requests
    for index in requests.indices where index % 3 == 0 {
      requests[index].requestClass = .offline
      requests[index].priority = 1
    }
    let (experiment, _) = try measured(try experiment(requests, blocks: 80) { $0.order = .priority })
    let comparison = try ExperimentComparison(experiment)
    #expect(Set(comparison.byClass.keys) == [.online, .offline])
    #expect(comparison.byClass[.offline]?.count == 12)
    for figure in comparison.byClass.values.joined() { #expect(abs(figure.error ?? 1) < 1e-9) }
  }

  @Test("hardware: drivers' names find the catalogue's GPU, another card's does not")
  func hardware() throws {
    func name(_ gpu: String, memory: Int64? = nil) -> String? {
      KitHardware.gpuName(for: MeasuredHardware(gpu: gpu, memory: memory))
    }
    #expect(name("NVIDIA H200") == "h200-sxm-141gb" && name("NVIDIA H100 80GB HBM3") == "h100-sxm-80gb")
    #expect(name("NVIDIA A100-SXM4-40GB") == "a100-sxm-40gb" && name("NVIDIA A100-SXM4-80GB") == "a100-sxm-80gb")
    #expect(name("NVIDIA H100 PCIe") == nil && name("NVIDIA H100 NVL") == nil && name("NVIDIA B300") == nil)
    #expect(name("NVIDIA A100", memory: 42_000_000_000) == "a100-sxm-40gb")
    var unknown = try experiment(Self.requests)
    unknown.hardware.gpu = "NVIDIA B300"
    said("name a server with '--server'") { _ = try unknown.bound() }
  }

  @Test("requests that do not fit are refused and told; without recorded blocks memory decides")
  func limits() throws {
    var requests = Self.requests
    requests[3].promptTokens = 3000
    let small = try experiment(requests, blocks: 60)
    let run = try small.predict(try small.bound())
    #expect(run.requests.count == 12 && run.notes.contains { $0.contains("1 requests do not fit") })
    let open = try experiment(requests) { $0.kvBlocks = nil }
    let bound = try open.bound()
    #expect(bound.kvBlocks > 40_000 && bound.notes.contains { $0.contains("estimated from memory") })
  }
}
