import Metrics
import Testing

@testable import Statistics

/// What recordings say that predictions may be wrong by, and what that does to intervals.
struct ModelErrorTests {
  private static func seen(
    _ latencies: [Double], _ throughputs: [Double] = [0.02, -0.01], isOfThisEngine: Bool = true
  ) -> TrustBasis.SeenError {
    TrustBasis.SeenError(
      title: "r", latencyErrors: latencies, throughputErrors: throughputs, differences: [],
      isOfThisEngine: isOfThisEngine)
  }

  private static let ttft = MetricKey.latency(.ttft, .mean)

  @Test("the share is the conformal quantile of absolute errors, the largest where there are too few")
  func quantile() throws {
    let hundred = (1...100).map { Double($0) / 1000 * ($0 % 2 == 0 ? -1 : 1) }
    #expect(ModelError.bound(hundred, confidence: 0.95) == 0.096)
    #expect(ModelError.bound(hundred, confidence: 0.5) == 0.051)
    #expect(ModelError.bound([0.01, -0.08, 0.03], confidence: 0.95) == 0.08)
    let error = try #require(ModelError(Self.seen(hundred), confidence: 0.95))
    #expect(error.latency == 0.096 && error.throughput == 0.02)
    #expect(ModelError(Self.seen(hundred, isOfThisEngine: false), confidence: 0.95) == nil)
  }

  /// A prediction that is off by a share e is of a true value of predicted / (1 + e).
  @Test("with one replication the ends are the true values at which the prediction is off by the share")
  func single() throws {
    let error = try #require(ModelError(Self.seen([0.1]), confidence: 0.95))
    let summary = try #require(Summary([110], confidence: 0.95))
    #expect(summary.interval == nil)
    let interval = try #require(summary.widened(by: error, for: Self.ttft, confidence: 0.95).interval)
    #expect(abs(110 / interval.lower - 1.1) < 1e-12 && abs(110 / interval.upper - 0.9) < 1e-12)
  }

  @Test("replications and model deviate independently: on each side the squares add up")
  func independent() throws {
    let error = try #require(ModelError(Self.seen([0.1]), confidence: 0.95))
    let summary = try #require(Summary([95, 100, 105, 101, 99], confidence: 0.95))
    let own = try #require(summary.interval)
    let wide = try #require(summary.widened(by: error, for: Self.ttft, confidence: 0.95).interval)
    let below = own.estimate - own.lower
    let above = own.upper - own.estimate
    let model = (below: 100 - 100 / 1.1, above: 100 / 0.9 - 100)
    #expect(abs(own.estimate - wide.lower - (below * below + model.below * model.below).squareRoot()) < 1e-9)
    #expect(abs(wide.upper - own.estimate - (above * above + model.above * model.above).squareRoot()) < 1e-9)
    // Figures that recordings were not compared in stay as they are.
    let other = try #require(MetricKey.named("kv_utilization"))
    #expect(summary.widened(by: error, for: other, confidence: 0.95) == summary)
    #expect(summary.widened(by: nil, for: Self.ttft, confidence: 0.95) == summary)
  }

  @Test("latencies' ends and means have recorded errors, spreads and longest ones have not")
  func figures() {
    #expect(MetricKey.named("p99_tpot_ms")?.recordedError == .latency)
    #expect(MetricKey.named("output_throughput")?.recordedError == .throughput)
    for name in ["std_ttft_ms", "max_e2el_ms", "mean_itl_ms", "mean_queue_ms", "good_fraction", "preemptions"] {
      #expect(MetricKey.named(name)?.recordedError == nil, "\(name)")
    }
  }

  @Test("a ratio on one engine keeps its interval; engines that differ add both their errors")
  func ratios() throws {
    func basis(_ decode: Double, _ errors: [Double]) -> TrustBasis {
      TrustBasis(
        parts: [TrustBasis.Part(basis: "measured", decode: decode, prefill: 1)], nearest: Self.seen(errors))
    }
    func error(_ basis: TrustBasis) -> ModelError? { basis.nearest.flatMap { ModelError($0, confidence: 0.95) } }
    let (fast, slow) = (basis(1, [0.1]), basis(2, [0.05]))
    #expect(ComparedModelErrors(error(fast), fast, baseline: error(fast), fast) == nil)
    let errors = try #require(ComparedModelErrors(error(fast), fast, baseline: error(slow), slow))
    let comparison = try #require(Comparison([50], baseline: [100], confidence: 0.95))
    let wide = comparison.widened(by: errors, for: Self.ttft, values: (50, 100), confidence: 0.95)
    let ratio = try #require(wide.ratioInterval)
    let above = ((0.5 / 0.9 - 0.5) * (0.5 / 0.9 - 0.5) + 0.025 * 0.025).squareRoot()
    #expect(wide.ratio == 0.5 && abs(ratio.upper - 0.5 - above) < 1e-12)
    // 50 may be up to 50 / 0.9, and 100 as little as 100 / 1.05.
    let difference = try #require(wide.differenceInterval)
    let (own, base) = (50 / 0.9 - 50, 100 - 100 / 1.05)
    #expect(abs(difference.upper - (-50) - (own * own + base * base).squareRoot()) < 1e-9)
    #expect(comparison.widened(by: nil, for: Self.ttft, values: (50, 100), confidence: 0.95) == comparison)
  }

  @Test("deployments of which no error was seen are named, all at once")
  func unseen() throws {
    let known = TrustBasis(parts: [], nearest: Self.seen([0.1]))
    var far = Self.seen([0.1], isOfThisEngine: false)
    far.differences = ["GPU"]
    #expect(UnseenEngines(among: [(name: "a", trust: known)]) == nil)
    let problems = try #require(
      UnseenEngines(among: [
        (name: "a", trust: known), (name: "b", trust: nil), (name: "c", trust: TrustBasis(parts: [], nearest: far)),
      ])
    ).problems
    #expect(problems.count == 2 && problems[0].contains("'b'") && problems[1].contains("r, differs in GPU"))
  }
}
