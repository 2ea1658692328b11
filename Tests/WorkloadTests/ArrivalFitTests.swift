import SimCore
import Testing
import Workload

/// Processes fitted to their own arrivals are found again.
struct ArrivalFitTests {
  private func times(_ process: ArrivalProcess, seconds: Double) throws -> [SimTime] {
    try requests(stream(process, duration: SimDuration(seconds: seconds)), seed: 5).map(\.arrival)
  }

  private func fits(_ process: ArrivalProcess, seconds: Double = 3600) throws -> ArrivalFits {
    ArrivalFits(times: try times(process, seconds: seconds), seed: 1, draws: 30)
  }

  @Test func aPoissonProcessIsTheSimplest() throws {
    let fits = try fits(.poisson(rate: 3))
    let best = try #require(fits.fits.first)
    #expect(best.name == "poisson" && best.marksInside >= best.marks.count - 1 && fits.tick == nil)
    guard case .poisson(let rate) = best.process else { return }
    #expect(abs(rate - 3) < 0.12)
  }

  @Test func burstsOfTwoRatesAreFoundAgain() throws {
    let rates = OnOffRates(
      onRate: 20, offRate: 1, onDuration: .seconds(15), offDuration: .seconds(60), durations: .exponential)
    let fits = try fits(.onOff(rates), seconds: 7200)
    let found = try #require(fits.fits.first { $0.name == "on-off" })
    guard case .onOff(let again) = found.process else { return }
    #expect(abs(again.onRate / 20 - 1) < 0.1 && abs(again.offRate - 1) < 0.25)
    #expect(abs(again.onDuration.seconds / 15 - 1) < 0.35 && abs(again.offDuration.seconds / 60 - 1) < 0.35)
    #expect(found.marksInside >= found.marks.count - 1 && fits.fits[0].name == "on-off")
    let poisson = try #require(fits.fits.first { $0.name == "poisson" })
    #expect(poisson.marksInside == 0, "what it gives is nothing like these bursts")
  }

  @Test func gapsThatVaryAreFoundAgain() throws {
    let fits = try fits(.gamma(rate: 4, cv: 3, endsAtMean: false))
    let gamma = try #require(fits.fits.first { $0.name == "gamma" })
    guard case .gamma(let rate, let cv, _) = gamma.process else { return }
    #expect(abs(rate / 4 - 1) < 0.1 && abs(cv / 3 - 1) < 0.1 && gamma.marksInside >= gamma.marks.count - 1)
  }

  @Test func aRateThatDriftsHasSteps() throws {
    let steps = (0..<12).map { RateStep(from: SimDuration(seconds: Double($0) * 300), rate: $0 % 3 == 0 ? 12 : 3) }
    let fits = try fits(.piecewise(steps: steps, cv: 1))
    let found = try #require(fits.fits.first { $0.name == "piecewise" })
    guard case .piecewise(let again, let cv) = found.process else { return }
    #expect(again.count >= 11 && abs(cv - 1) < 0.1 && found.marksInside >= found.marks.count - 1)
  }

  @Test func coarseTicksAreSeen() throws {
    let ticks = try times(.poisson(rate: 5), seconds: 600).map {
      SimTime(picoseconds: $0.picoseconds / 3_000_000_000_000 * 3_000_000_000_000)
    }
    #expect(ArrivalFits(times: ticks, seed: 1, draws: 10).tick == .seconds(3))
  }
}
