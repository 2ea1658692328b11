import Assembly
import Metrics
import SimCore
import StepTime
import Testing

@testable import Cluster
@testable import Validation

/// Predicted load over time: what ran and waited, also between the iterations.
struct LoadComparisonTests {
  private func iteration(
    engine: Int = 0, _ start: Double, _ cost: Double, running: Int, waiting: Int = 0
  ) -> IterationRecord {
    IterationRecord(
      engine: engine, start: SimTime(seconds: start), cost: SimDuration(seconds: cost), chunks: [], decodes: running,
      decodeContext: 0, readContext: 0, running: running, waiting: waiting, kvBlocks: 0, preempted: 0)
  }

  private func request(engine: Int32 = 0, _ arrival: Double, _ finished: SimTime) -> RequestOutcome {
    RequestOutcome(
      id: 0, stream: 0, deployment: 0, replica: engine, requestClass: .online, tenant: 0, status: .completed,
      arrival: SimTime(seconds: arrival), finished: finished, promptTokens: 1, outputTokens: 1)
  }

  private func points(_ curve: [MeasuredLoad]) -> [[Double]] {
    curve.map { [$0.time, Double($0.running), Double($0.waiting)] }
  }

  @Test("load holds in a gap between two iterations while anybody is there")
  func holds() {
    let curve = LoadComparison.curve(
      [iteration(0, 1, running: 1, waiting: 1), iteration(1.5, 1, running: 1)],
      [request(0, SimTime(seconds: 1)), request(0.2, SimTime(seconds: 2.5))])
    #expect(points(curve) == [[0, 1, 1], [1.5, 1, 0], [2.5, 0, 0]])
  }

  @Test("load is zero from when the last request has left until the next is there, costs rounded to ticks or not")
  func idle() {
    let roundedUp = SimTime(seconds: 1) + SimDuration(picoseconds: 32)
    let curve = LoadComparison.curve(
      [iteration(0, 1, running: 1), iteration(5, 1, running: 1)],
      [request(0, roundedUp), request(5, SimTime(seconds: 6))])
    #expect(points(curve).map { $0[1] } == [1, 0, 1, 0])
    #expect(curve[1].time == roundedUp.seconds && curve[3].time == 6)
  }

  @Test("an engine that waits for the others of a lock step keeps its load, an empty one has none")
  func lockStep() {
    // The first engine is done after a tenth of each step; it empties at 2 s, the second goes on to 3 s.
    let curve = LoadComparison.curve(
      [
        iteration(0, 0.1, running: 3), iteration(engine: 1, 0, 1, running: 2), iteration(1, 0.1, running: 3),
        iteration(engine: 1, 1, 1, running: 2), iteration(engine: 1, 2, 1, running: 2),
      ], [request(0, SimTime(seconds: 2)), request(engine: 1, 0, SimTime(seconds: 3))])
    #expect(points(curve).map { $0[1] } == [3, 5, 5, 5, 5, 2, 0])
    #expect(curve.map(\.time) == [0, 0, 1, 1, 2, 2, 3])
  }

  /// Iterations that a recorded host lengthens do not end on ticks; the engine starts the next on one.
  @Test("the curve of a simulation does not touch zero while requests are there")
  func neverTouchesZero() throws {
    var experiment = try experiment(
      ComparisonTests.requests.map { request in
        var request = request
        request.arrival = 0
        return request
      })
    let usual = try experiment.predict(try experiment.bound())
    experiment.steps = usual.iterations.map { iteration in
      var step = MeasuredStep(
        start: iteration.start.seconds, duration: iteration.cost.seconds, chunks: [], decodes: iteration.decodes,
        decodeContext: Int(iteration.decodeContext))
      step.hostTime = 0.7e-3
      (step.running, step.waiting) = (iteration.running, iteration.waiting)
      return step
    }
    experiment.load = experiment.steps.map { MeasuredLoad(time: $0.start, running: $0.running ?? 0, waiting: 0) }
    #expect(try experiment.bound(PredictionOptions(host: .recorded)).engine.description.host != .usual)
    let load = try #require(try ExperimentComparison(experiment).load)
    #expect(load.predicted.count > 50)
    #expect(load.predicted.dropLast().allSatisfy { $0.running > 0 })
    #expect(load.predicted.last?.running == 0)
  }
}
