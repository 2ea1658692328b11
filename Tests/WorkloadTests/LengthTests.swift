import CGSL
import Glibc
import SimCore
import Testing
import Workload

@Suite struct LengthTests {
  static let count = 100_000

  func draw(_ distribution: LengthDistribution) throws -> [Int] {
    try requests(stream(.batch(count: Self.count), prompt: distribution)).map { Int($0.promptTokens) }
  }

  /// Probabilities of whole numbers when a continuous variable is rounded and clipped to at least 1.
  func rounded(_ highest: Int, _ cdf: (Double) -> Double) -> [(value: Int, p: Double)] {
    (1...highest).map { ($0, $0 == 1 ? cdf(1.5) : cdf(Double($0) + 0.5) - cdf(Double($0) - 0.5)) }
  }

  @Test func `Log-normal lengths by mean and cv`() throws {
    let values = try draw(LengthDistribution(.logNormalByMean(mean: 200, cv: 1)))
    let sigma = log1p(1.0).squareRoot()
    let mu = log(200.0) - sigma * sigma / 2
    #expect(chiSquareP(values, rounded(20_000) { gsl_cdf_lognormal_P($0, mu, sigma) }) > 0.001)
    #expect(abs(mean(values.map(Double.init)) - 200) < 4 * 200 / Double(Self.count).squareRoot())
  }

  @Test func `Log-normal lengths by median and p90`() throws {
    let values = try draw(LengthDistribution(.logNormalByMedian(median: 100, p90: 400))).sorted()
    #expect(abs(values[Self.count / 2] - 100) <= 2)
    #expect(abs(values[Self.count * 9 / 10] - 400) <= 10)
  }

  @Test func `Gamma lengths`() throws {
    let values = try draw(LengthDistribution(.gamma(mean: 80, cv: 0.5)))
    #expect(chiSquareP(values, rounded(1000) { gsl_cdf_gamma_P($0, 4, 20) }) > 0.001)
  }

  @Test func `Uniform lengths`() throws {
    let values = try draw(LengthDistribution(.uniform(low: 5, high: 44)))
    #expect(chiSquareP(values, (5...44).map { ($0, 1.0 / 40) }) > 0.001)
    #expect(values.min() == 5 && values.max() == 44)
  }

  @Test(arguments: [0.0, 0.7, 1.0, 1.3, 3.0], [1, 20]) func `Zipf lengths`(exponent: Double, low: Int) throws {
    let values = try draw(LengthDistribution(.zipf(exponent: exponent, low: low, high: 500)))
    let weights = (low...500).map { pow(Double($0), -exponent) }
    let sum = weights.reduce(0, +)
    #expect(chiSquareP(values, zip(low...500, weights).map { ($0, $1 / sum) }) > 0.001)
    #expect(values.allSatisfy { (low...500).contains($0) })
  }

  @Test func `Quantiles are joined by straight lines`() throws {
    let points = [(0.0, 10.0), (0.5, 20), (0.9, 100), (1, 1000)].map { QuantilePoint(p: $0.0, tokens: $0.1) }
    let values = try draw(LengthDistribution(.quantiles(points))).sorted()
    #expect(values[Self.count / 4] == 15)
    #expect(abs(values[Self.count * 7 / 10] - 60) <= 1)
    #expect(values.first == 10 && values.last! <= 1000)
  }

  @Test func `Samples give back their values and nothing else`() throws {
    let values = try draw(LengthDistribution(.sample(LengthSample(source: "test", tokens: [3, 3, 8, 100]))))
    #expect(chiSquareP(values, [(3, 0.5), (8, 0.25), (100, 0.25)]) > 0.001)
  }

  @Test func `Clipping piles up at the limit, drawing again truncates`() throws {
    var distribution = LengthDistribution(.gamma(mean: 80, cv: 0.5), minimum: 50, maximum: 100)
    let clipped = try draw(distribution)
    #expect(clipped.min() == 50 && clipped.max() == 100)
    let share = Double(clipped.count { $0 == 50 }) / Double(Self.count)
    #expect(abs(share - gsl_cdf_gamma_P(50.5, 4, 20)) < 0.01)
    distribution.outside = .redraw
    let total = gsl_cdf_gamma_P(100.5, 4, 20) - gsl_cdf_gamma_P(49.5, 4, 20)
    let expected = (50...100).map {
      (value: $0, p: (gsl_cdf_gamma_P(Double($0) + 0.5, 4, 20) - gsl_cdf_gamma_P(Double($0) - 0.5, 4, 20)) / total)
    }
    #expect(chiSquareP(try draw(distribution), expected) > 0.001)
  }

  @Test func `Pairs stay together`() throws {
    let sample = LengthPairSample(
      source: "test", pairs: [.init(prompt: 1, output: 10), .init(prompt: 2, output: 20)])
    var description = stream(.batch(count: 1000))
    description.components = [WorkloadComponent(lengths: .pairs(sample))]
    let all = try requests(description)
    #expect(all.allSatisfy { $0.outputTokens == 10 * $0.promptTokens })
    #expect(Set(all.map(\.promptTokens)) == [1, 2])
  }

  @Test func `Mixtures follow their weights`() throws {
    var description = stream(.batch(count: Self.count))
    description.components = [
      WorkloadComponent(
        weight: 3, requestClass: .online, tenant: 1, lengths: .independent(prompt: .fixed(1), output: .fixed(1))),
      WorkloadComponent(
        weight: 1, requestClass: .offline, tenant: 2, priority: 5,
        lengths: .independent(prompt: .fixed(9), output: .fixed(9))),
    ]
    let all = try requests(description)
    #expect(chiSquareP(all.map { Int($0.tenant) }, [(1, 0.75), (2, 0.25)]) > 0.001)
    #expect(all.allSatisfy { ($0.tenant == 2) == ($0.requestClass == .offline && $0.priority == 5) })
  }
}
