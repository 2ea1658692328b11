import CGSL
import SimCore
import Testing
import Workload

/// Fixed seeds: a p-value below 0.001 would come once in a thousand seeds, and these have been drawn once.
@Suite struct ArrivalTests {
  static let count = 100_000

  @Test func `Poisson gaps are exponential and independent`() throws {
    let g = gaps(try requests(stream(.poisson(rate: 4), requests: Self.count)))
    #expect(chiSquareP(g) { gsl_cdf_exponential_P($0, 0.25) } > 0.001)
    #expect(abs(mean(g) - 0.25) < 4 * 0.25 / Double(Self.count).squareRoot())
    let m = mean(g)
    let covariance = zip(g, g.dropFirst()).reduce(0) { $0 + ($1.0 - m) * ($1.1 - m) } / Double(Self.count)
    #expect(abs(covariance / (0.25 * 0.25)) < 4 / Double(Self.count).squareRoot())
  }

  @Test(arguments: [0.5, 1.0, 2.0, 4.0]) func `Gamma gaps have the mean and cv asked for`(cv: Double) throws {
    let g = gaps(try requests(stream(.gamma(rate: 2, cv: cv, endsAtMean: false), requests: Self.count)))
    let shape = 1 / (cv * cv)
    // Gaps are whole nanoseconds, which shows where the density is infinite at 0: only the part above is compared.
    let floor = gsl_cdf_gamma_P(1e-6, shape, 0.5 / shape)
    let above = g.filter { $0 > 1e-6 }
    #expect(chiSquareP(above) { (gsl_cdf_gamma_P($0, shape, 0.5 / shape) - floor) / (1 - floor) } > 0.001)
    let expectedAbove = (1 - floor) * Double(Self.count)
    #expect(abs(Double(above.count) - expectedAbove) <= 4 * (expectedAbove * floor).squareRoot() + 1e-6)
    #expect(abs(mean(g) - 0.5) < 4 * 0.5 * cv / Double(Self.count).squareRoot())
    #expect(abs(coefficientOfVariation(g) / cv - 1) < 0.1)
  }

  @Test func `Weibull gaps have the cv their shape was solved for`() throws {
    let shape = try #require(ArrivalProcess.weibullShape(cv: 2))
    let g = gaps(try requests(stream(.weibull(rate: 10, shape: shape), requests: Self.count)))
    let scale = 0.1 / gsl_sf_gamma(1 + 1 / shape)
    #expect(chiSquareP(g) { gsl_cdf_weibull_P($0, scale, shape) } > 0.001)
    #expect(abs(coefficientOfVariation(g) - 2) < 0.1)
    #expect(abs(try #require(ArrivalProcess.weibullShape(cv: 1)) - 1) < 1e-12)
    #expect(ArrivalProcess.weibullShape(cv: 1e9) == nil)
  }

  @Test func `Rescaled Gamma arrivals end exactly at N over the rate`() throws {
    let all = try requests(stream(.gamma(rate: 3, cv: 2, endsAtMean: true), requests: 1000))
    let plain = try requests(stream(.gamma(rate: 3, cv: 2, endsAtMean: false), requests: 1000))
    #expect(all.last!.arrival == SimTime(seconds: 1000.0 / 3))
    // One factor stretches them all.
    let factor = all.last!.arrival.seconds / plain.last!.arrival.seconds
    for (a, b) in zip(all, plain) { #expect(abs(a.arrival.seconds - b.arrival.seconds * factor) < 1e-9) }
  }

  @Test func `Rescaling works over weeks and for a single request`() throws {
    let long = try requests(stream(.gamma(rate: 0.001, cv: 5, endsAtMean: true), requests: 4000))
    #expect(long.last!.arrival == SimTime(seconds: 4_000_000))
    let one = try requests(stream(.gamma(rate: 0.01, cv: 100, endsAtMean: true), requests: 1))
    #expect(one.map(\.arrival) == [SimTime(seconds: 100)])
    #expect(try requests(stream(.poisson(rate: 1e-9), requests: 3)).isEmpty, "thirty years are past the clock's end")
  }

  @Test func `Piecewise rates become a unit-rate process on the integrated time scale`() throws {
    let steps = [(0.0, 5.0), (1000, 0), (1500, 40), (2000, 1), (9000, 12)]
    let process = ArrivalProcess.piecewise(
      steps: steps.map { RateStep(from: .seconds($0.0), rate: $0.1) }, cv: 1)
    let all = try requests(stream(process, duration: .seconds(12_000)))
    func integrated(_ t: Double) -> Double {
      var sum = 0.0
      for (index, step) in steps.enumerated() {
        let end = index + 1 < steps.count ? min(t, steps[index + 1].0) : t
        if end > step.0 { sum += (end - step.0) * step.1 }
      }
      return sum
    }
    let times = all.map { integrated($0.arrival.seconds) }
    let unitGaps = zip(times, [0] + times).map { $0.0 - $0.1 }
    #expect(chiSquareP(unitGaps) { gsl_cdf_exponential_P($0, 1) } > 0.001)
    #expect(!all.contains { (1000..<1500).contains($0.arrival.seconds) })
    #expect(abs(Double(all.count) - integrated(12_000)) < 4 * integrated(12_000).squareRoot())
  }

  @Test func `A burst has its own rate, and the base returns after it`() throws {
    let burst = Burst(start: .seconds(1000), duration: .seconds(500), rate: 20)
    let all = try requests(stream(.bursts(base: 2, bursts: [burst], cv: 1), duration: .seconds(3000)))
    func count(_ range: Range<Double>) -> Double { Double(all.count { range.contains($0.arrival.seconds) }) }
    for (range, expected) in [(0.0..<1000, 2000.0), (1000..<1500, 10_000), (1500..<3000, 3000)] {
      #expect(abs(count(range) - expected) < 4 * expected.squareRoot())
    }
  }

  @Test func `Fixed on and off periods alternate, starting on`() throws {
    let rates = OnOffRates(
      onRate: 50, offRate: 0, onDuration: .seconds(2), offDuration: .seconds(3), durations: .fixed)
    let all = try requests(stream(.onOff(rates), duration: .seconds(5000)))
    #expect(all.allSatisfy { $0.arrival.seconds.truncatingRemainder(dividingBy: 5) <= 2 })
    #expect(abs(Double(all.count) - 100_000) < 4 * 100_000.0.squareRoot())
  }

  @Test func `Exponential on and off periods give the index of dispersion of an interrupted Poisson process`() throws {
    let rates = OnOffRates(
      onRate: 20, offRate: 0, onDuration: .seconds(1), offDuration: .seconds(1), durations: .exponential)
    let all = try requests(stream(.onOff(rates), duration: .seconds(100_000)))
    var counts = [Double](repeating: 0, count: 1000)
    for request in all { counts[Int(request.arrival.seconds / 100)] += 1 }
    #expect(abs(mean(counts) - 1000) < 15)
    let cv = coefficientOfVariation(counts)
    // Var/mean for long windows: 1 + 2 λ σon σoff / (σon + σoff)², all over (σon + σoff): with unit rates, 1 + λ/2;
    // less the transient, λ/2 (1 - e^{-2t}) / 2t, which is 0.05 at t = 100.
    #expect(abs(cv * cv * mean(counts) - (1 + 10 - 0.05)) < 11 * 4 * (2.0 / 1000).squareRoot())
  }

  @Test func `Constant gaps are exact and begin at the start`() throws {
    var description = stream(.constant(gap: SimDuration(picoseconds: 333_333_333_333)), requests: 1000)
    description.start = .seconds(5)
    let all = try requests(description)
    #expect(all.enumerated().allSatisfy { $1.arrival.picoseconds == 5_000_000_000_000 + 333_333_333_333 * Int64($0) })
  }

  @Test func `A batch comes at once and ends`() throws {
    let all = try requests(stream(.batch(count: 7)))
    #expect(all.count == 7 && all.allSatisfy { $0.arrival == .zero })
    #expect(all.map(\.id) == [0, 1, 2, 3, 4, 5, 6])
  }

  @Test func `Limits end a stream`() throws {
    #expect(try requests(stream(.poisson(rate: 5), requests: 0)).isEmpty)
    let timed = try requests(stream(.poisson(rate: 5), duration: .seconds(10)))
    #expect(timed.last!.arrival < SimTime(seconds: 10))
    let silent = ArrivalProcess.piecewise(steps: [RateStep(from: .zero, rate: 0)], cv: 1)
    #expect(try requests(stream(silent)).isEmpty)
  }

  @Test func `GSL and Swift advance one stream alike`() throws {
    var a = RandomStream(seed: 3, replication: 1, purpose: "x")
    var b = a
    for _ in 0..<1000 {
      let drawn = withUnsafeMutablePointer(to: &b.words) {
        $0.withMemoryRebound(to: UInt64.self, capacity: 4) { spillway_xoshiro_next($0) }
      }
      #expect(a.next() == drawn)
    }
  }
}
