import Hardware
import Network
import SimCore
import TestSupport
import Testing

/// A prediction is what happens when nothing else starts.
@Suite struct PredictionTests {
  @Test(arguments: UInt64(0)..<40) func predictionsComeTrueBesideWhatIsUnderWay(seed: UInt64) throws {
    var random = RandomStream(seed: seed, replication: 0, purpose: "prediction")
    var network = TransferNetwork([ToyServer().spec])
    func proposal(_ random: inout RandomStream) -> ProposedTransfer {
      let gpu = random.below(4)
      let other: Endpoint = random.below(2) == 0 ? .host : .gpu(4 + random.below(4))
      let out = random.below(2) == 0
      return ProposedTransfer(
        from: out ? .gpu(gpu) : other, to: out ? other : .gpu(gpu), bytes: Int64(1 + random.below(2_000_000_000)),
        fragmentBytes: 1 << (12 + random.below(8)), mode: TransferMode.allCases[random.below(5)], pulled: !out)
    }
    func start(_ proposed: ProposedTransfer, at time: SimTime, tag: Int64) {
      network.start(
        from: proposed.source, to: proposed.destination, bytes: proposed.bytes, fragmentBytes: proposed.fragmentBytes,
        mode: proposed.mode, pulled: proposed.pulled, at: time, tag: tag)
    }
    for _ in 0..<random.below(6) { start(proposal(&random), at: .zero, tag: 0) }
    var completions: ContiguousArray<TransferCompletion> = []
    // Some are half-way, some may be done.
    let now = SimTime(seconds: 0.02 * random.uniform())
    while network.nextChange < now { network.advance(to: network.nextChange, into: &completions) }
    network.advance(to: now, into: &completions)
    let proposed = (0...random.below(3)).map { _ in proposal(&random) }
    let before = network.flowCount
    let predicted = try #require(network.predictedDuration(of: proposed, at: now))
    #expect(network.flowCount == before)
    completions.removeAll()
    for transfer in proposed { start(transfer, at: now, tag: 1) }
    while network.nextChange != .never { network.advance(to: network.nextChange, into: &completions) }
    let last = try #require(completions.last { $0.tag == 1 })
    #expect(last.time - now == predicted)
    #expect(network.predictedDuration(of: [], at: last.time) == .zero)
  }
}
