import CGSL
import SimCore
import TestSupport
import Testing
import Workload

/// Clients that come and go.
struct ClientTests {
  private typealias Window = ClientPopulation.Window

  private func client(_ number: Int32, _ windows: [ClientPopulation.Window]) -> ClientPopulation.Client {
    ClientPopulation.Client(number: number, windows: windows)
  }

  private func offered(_ population: ClientPopulation, replication: Int = 0) throws -> [Request] {
    try requests(stream(.clients(population)), replication: replication)
  }

  @Test("gaps are of the window's family", arguments: [0.4, 2.5])
  func gapsFollowTheFamily(shape: Double) throws {
    for gaps in [ClientPopulation.Gaps.gamma(shape: shape), .weibull(shape: shape)] {
      let population = ClientPopulation(
        source: "t", clients: [client(1, [Window(start: 0, end: 20_000, rate: 2, gaps: gaps)])])
      // The first gap is the rest of one that began before.
      let drawn = Array(WorkloadTests.gaps(try offered(population)).dropFirst().prefix(20_000))
      let p = chiSquareP(drawn) { gap in
        switch gaps {
        case .gamma: gsl_cdf_gamma_P(gap, shape, 1 / shape / 2)
        case .weibull: gsl_cdf_weibull_P(gap, 1 / gsl_sf_gamma(1 + 1 / shape) / 2, shape)
        }
      }
      #expect(p > 1e-4, "\(gaps): \(p)")
    }
  }

  @Test("a window expects its rate from its first moment, however bursty the client")
  func windowsExpectTheirRates() throws {
    for gaps in [ClientPopulation.Gaps.gamma(shape: 0.2), .weibull(shape: 0.4), .gamma(shape: 4)] {
      // On average 12 requests, then none for a while, then 6.
      let population = ClientPopulation(
        source: "t",
        clients: [
          client(
            7,
            [Window(start: 0, end: 10, rate: 1.2, gaps: gaps), Window(start: 50, end: 60, rate: 0.6, gaps: gaps)])
        ])
      var counts: [[Double]] = [[], []]
      for replication in 0..<4000 {
        let times = try offered(population, replication: replication).map(\.arrival.seconds)
        #expect(times.allSatisfy { $0 < 10 || (50...60).contains($0) })
        counts[0].append(Double(times.filter { $0 < 10 }.count))
        counts[1].append(Double(times.filter { $0 >= 50 }.count))
      }
      for (count, expected) in zip(counts, [12.0, 6.0]) {
        let error = coefficientOfVariation(count) * mean(count) / Double(count.count).squareRoot()
        #expect(abs(mean(count) - expected) < 4 * error, "\(gaps): \(mean(count)) where \(expected) are expected")
      }
      #expect(population.expectedRequests == 18)
    }
  }

  private var five: ClientPopulation {
    ClientPopulation(
      source: "t",
      clients: (1...5).map { number in
        client(
          Int32(number),
          [Window(start: Double(number) * 100, end: 900, rate: 0.2 * Double(number), gaps: .gamma(shape: 0.3))])
      })
  }

  @Test func whoTakesPartBringsAllOfItsRequests() throws {
    let all = try offered(five)
    #expect(Set(all.map(\.tenant)) == [1, 2, 3, 4, 5] && all.map(\.arrival) == all.map(\.arrival).sorted())
    var part = five
    part.share = 0.5
    var taking: [Int] = []
    for replication in 0..<200 {
      let some = try offered(part, replication: replication)
      let tenants = Set(some.map(\.tenant))
      taking.append(tenants.count)
      if replication == 0 {
        let expected = all.filter { tenants.contains($0.tenant) }
        #expect(some.map(\.arrival) == expected.map(\.arrival) && some.map(\.tenant) == expected.map(\.tenant))
      }
    }
    #expect(abs(mean(taking.map(Double.init)) - 2.5) < 0.4 && Set(taking).count > 3)
  }

  @Test func aPartOfTheTablesStartsAtItsOwnZero() throws {
    var part = five
    part.from = SimDuration(seconds: 450)
    part.to = SimDuration(seconds: 600)
    let some = try offered(part)
    #expect(some.allSatisfy { $0.arrival.seconds < 150 } && Set(some.map(\.tenant)).isSubset(of: [1, 2, 3, 4, 5]))
    #expect(!some.contains { $0.tenant == 5 && $0.arrival.seconds < 50 }, "the fifth comes at 500 s")
    #expect(some.contains { $0.tenant == 5 })
    part.rateScale = 10
    #expect(try offered(part).count > 5 * some.count)
  }

  @Test func lengthsAreThoseOfTheClientAndTheTime() throws {
    var population = five
    for index in population.clients.indices {
      let base = 100 * Double(index + 1)
      population.clients[index].lengths = [
        ClientPopulation.Lengths(start: 0, prompt: [base, base + 50], output: [7, 7]),
        ClientPopulation.Lengths(start: 600, prompt: [base + 50, base + 99], output: [9, 9]),
      ]
    }
    var description = stream(.clients(population))
    description.components = [WorkloadComponent(lengths: .recorded)]
    let all = try requests(description)
    for request in all {
      let base = 100 * request.tenant
      let isLate = request.arrival.seconds >= 600
      #expect((isLate ? base + 50...base + 99 : base...base + 50).contains(request.promptTokens))
      #expect(request.outputTokens == (isLate ? 9 : 7))
    }
    #expect(Set(all.map(\.promptTokens)).count > 100)
    population.clients[0].lengths = []
    description.arrivals = .clients(population)
    #expect(description.problems().map(\.key) == ["lengths"])
  }

  @Test func tablesAreReadAndMistakesTold() throws {
    let folder = try TemporaryFolder()
    let header = "client,window_start_s,rate_rps,cv_iat,family,shape,scale_s\n"
    let rates = try folder.write(
      header + "2,600,0.5,1,Gamma,1,2\n2,0,1,1,Weibull,0.5,1\n3,1200,2,1,Gamma,0.5,1\n3,1800,0,1,Gamma,1,1\n", "r.csv")
    let read = try ClientFile.population(rates: rates, lengths: nil).population
    #expect(read.clients.map(\.number) == [2, 3])
    #expect(read.clients[0].windows.map(\.start) == [0, 600] && read.clients[0].windows.map(\.end) == [600, 1200])
    #expect(read.clients[1].windows == [Window(start: 1200, end: 1800, rate: 2, gaps: .gamma(shape: 0.5))])
    #expect(read.expectedRequests == 600 + 300 + 1200)

    let quantiles = "client,window_start_s,field,quantiles_0_to_1_step_0.005\n"
    let lengths = try folder.write(
      quantiles + "2,0,input_tokens,1 5 9\n2,0,output_tokens,3 4\n2,0,reason_ratio,0 1\n", "l.csv")
    let some = try ClientFile.population(rates: rates, lengths: lengths, leavesOutClientsWithoutLengths: true)
    #expect(some.population.clients.map(\.number) == [2] && abs(some.leftOut - 1200.0 / 2100) < 1e-12)
    #expect(some.population.clients[0].lengths == [.init(start: 0, prompt: [1, 5, 9], output: [3, 4])])

    func message(_ text: String, lengths: String? = nil) throws -> String {
      let path = try folder.write(text, "bad.csv")
      do throws(WorkloadError) {
        _ = try ClientFile.population(rates: path, lengths: lengths)
        return "none"
      } catch { return "\(error.line ?? 0): \(error.message)" }
    }
    #expect(try message(header + "1,0,1,1,Pareto,1,1\n") == "2: 'family' wants Gamma or Weibull, found 'Pareto'")
    #expect(try message(header + "1,0,-1,1,Gamma,1,1\n").hasPrefix("2: 'rate_rps' wants a number from 0"))
    #expect(try message(header + "1,0,1,1,Weibull,0.01,1\n").hasPrefix("2: 'shape' of a Weibull distribution"))
    #expect(
      try message(header + "1,0,1,1,Gamma,1,1\n1,0,1,1,Gamma,1,1\n")
        == "3: client 1 has its window of 0.0 s in line 2 already")
    #expect(try message(header + "1,0,1,1,Gamma,1,1\n").hasPrefix("1: no client has two windows"))
    #expect(try message("client,rate_rps\n").hasPrefix("1: lacks the column"))
    #expect(
      try message(header + "2,0,1,1,Gamma,1,1\n2,600,1,1,Gamma,1,1\n5,0,2,1,Gamma,1,1\n", lengths: lengths)
        .hasPrefix("1: no lengths of 1 of 2 clients, who send 50 % of the requests: '5'"))
    let falling = try folder.write(quantiles + "2,0,input_tokens,5 3\n", "f.csv")
    #expect(try message(header + "2,0,1,1,Gamma,1,1\n2,600,1,1,Gamma,1,1\n", lengths: falling).hasPrefix("2: "))
  }

  @Test func whatNobodySendsIsSaid() {
    var population = five
    population.from = SimDuration(seconds: 900)
    #expect(population.problemsOfArrivals.map(\.key) == ["from"])
    population = ClientPopulation(source: "t", clients: [])
    population.share = 0
    #expect(population.problemsOfArrivals.map(\.key) == ["file", "share"])
  }
}

extension ClientPopulation {
  fileprivate var problemsOfArrivals: [WorkloadProblem] { ArrivalProcess.clients(self).problems() }
}

/// ServeGen's tables of a provider's day, where they are at hand.
@Suite struct ClientDataTests {
  private static let file = "servegen/m-large_clients_days1-7.csv.gz"

  @Test(.enabled(if: RecordedData.published(file) != nil, Comment(rawValue: RecordedData.isMissing(file))))
  func anHourHasTheRequestsAndTheBurstsThatTheTablesExpect() throws {
    let path = try #require(RecordedData.published(Self.file))
    var population = try ClientFile.population(rates: path, lengths: nil).population
    #expect(population.clients.count == 135)
    population.from = SimDuration(seconds: 36_000)
    population.to = SimDuration(seconds: 39_600)
    let hour = (0..<5).map { try? requests(stream(.clients(population)), replication: $0) }.compactMap { $0 }
    let counts = hour.map { Double($0.count) }
    #expect(counts.count == 5 && abs(mean(counts) / population.expectedRequests - 1) < 0.03)
    // Burstier than Poisson arrivals at the same rates, for which the variance of counts is their mean.
    var tens = [Double](repeating: 0, count: 360)
    for request in hour[0] { tens[min(359, Int(request.arrival.seconds / 10))] += 1 }
    let dispersion = coefficientOfVariation(tens) * coefficientOfVariation(tens) * mean(tens)
    #expect(dispersion > 3, "index of dispersion over 10 s: \(dispersion)")
  }
}
