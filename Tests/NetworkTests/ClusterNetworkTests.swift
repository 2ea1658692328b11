import Hardware
import SimCore
import TestSupport
import Testing

@testable import Network

/// Servers of two or four GPUs joined by network cards, leaf switches and a spine. GPUs are counted through all
/// servers: of two servers of two GPUs, 0 and 1 are on the first, 2 and 3 on the second.
@Suite struct ClusterNetworkTests {
  /// A card of 50 GB/s for each GPU, PCIe lanes of 100.
  let pair = ToyServer(gpus: 2, lane: 100, cards: 2, card: 50)

  @Test func aCardForEachGPUOrOneForAll() {
    expectRates("0>2 at 50 | 1>3 at 50", on: pair, pair)
    let oneCard = ToyServer(gpus: 2, lane: 100, cards: 1, card: 50)
    expectRates("0>2 at 25 | 1>3 at 25", on: oneCard, oneCard)
    // Two cards for four GPUs: 0 and 1 share the first, 2 and 3 the second.
    let four = ToyServer(gpus: 4, lane: 100, cards: 2, card: 50)
    expectRates("0>4 at 25 | 1>5 at 25 | 2>6 at 50", on: four, four)
    // Four cards for two GPUs: each uses the first of its own.
    let many = ToyServer(gpus: 2, lane: 100, cards: 4, card: 50)
    expectRates("0>2 at 50 | 1>3 at 50", on: many, many)
  }

  @Test func aSlowPCIeLaneIsTheLimit() {
    expectRates("0>2 at 30", on: ToyServer(gpus: 2, lane: 30, cards: 2, card: 50), pair)
    // Sending to the network and to the host share the GPU's lane.
    let slow = ToyServer(gpus: 2, lane: 60, cards: 2, card: 50)
    expectRates("0>2 at 30 | 0>h at 30", on: slow, slow)
  }

  /// Behind one PCIe switch, a card reaches its GPUs without the switch's way to the host; others go over two switches.
  @Test func aGPUBehindAnotherSwitchSharesTheWayToTheHost() {
    let server = ToyServer(gpus: 4, lane: 100, switches: [[0, 1], [2, 3]], upstream: 40, cards: 1, card: 50)
    expectRates("0>4 at 50", on: server, server)
    expectRates("2>4 at 40", on: server, server)
    expectRates("2>4 at 20 | 2>h at 20", on: server, server)
    // From GPU 0 what arrives for GPU 2 of the other server leaves over the card's switch and enters over its own.
    expectRates("0>6 at 20 | h1>6 at 20", on: server, server)
  }

  @Test func withoutGPUDirectEveryByteGoesThroughHostMemory() {
    // 30 GB/s of host memory, of which each byte takes 2: written, and read again.
    let staged = ToyServer(gpus: 2, lane: 100, hostMemory: 30, cards: 2, card: 50, gpuDirect: false)
    expectRates("0>2 at 15", on: staged, staged)
    expectRates("0>2 at 15", on: staged, pair)
    expectRates("0>2 at 15", on: pair, staged)
    expectRates("0>2 at 10 | h>0 at 10", on: staged, pair)
  }

  /// Card i of every server is on leaf i: GPUs of one rail meet there, others over the spine at a quarter of the cards.
  @Test func railsMeetOnTheirLeaf() {
    let rails = toyNetwork(.rails, oversubscription: 4)
    expectRates("0>2 at 50 | 1>3 at 50", on: pair, pair, network: rails)
    // A leaf has two cards of 50 here, so 25 to the spine.
    expectRates("0>3 at 25", on: pair, pair, network: rails)
    expectRates("0>3 at 12.5 | 2>1 at 12.5", on: pair, pair, network: rails)
    // The other direction of the spine is another.
    expectRates("0>3 at 25 | 1>2 at 25", on: pair, pair, network: rails)
    expectRates("0>3 at 25 | 0>2 at 25", on: pair, pair, network: rails)
  }

  @Test func groupsOfServersMeetOverTheSpine() {
    // Leaves of one server: everything between servers goes over the spine.
    let apart = toyNetwork(.rails, serversPerLeaf: 1, oversubscription: 2)
    expectRates("0>2 at 25 | 1>3 at 25", on: pair, pair, network: apart)
    // Leaves of two servers: within them nothing does.
    let rack = toyNetwork(.topOfRack, serversPerLeaf: 2, oversubscription: 8)
    expectRates("0>2 at 50 | 1>3 at 50", on: pair, pair, pair, network: rack)
    // Of the first leaf 200 / 8 leave; the second has one server, 100 / 8.
    expectRates("0>4 at 12.5", on: pair, pair, pair, network: rack)
    expectRates("0>4 at 6.25 | 1>5 at 6.25 | 2>1 at 50", on: pair, pair, pair, network: rack)
  }

  @Test func withoutOversubscriptionOnlyCardsLimit() {
    let full = toyNetwork(.rails, serversPerLeaf: 1)
    expectRates("0>2 at 50 | 1>3 at 50 | 3>0 at 50 | 2>1 at 50", on: pair, pair, network: full)
  }

  @Test func theSpineAddsItsLatency() {
    func duration(_ from: Int, _ to: Int) -> SimDuration {
      var toy = pair
      toy.latency = 10e-6
      let network = TransferNetwork([toy.spec, toy.spec], network: toyNetwork(.rails, spineLatency: 2e-6))
      return network.uncontendedDuration(
        from: .gpu(from), to: .gpu(to), bytes: 50_000_000, fragmentBytes: 50_000_000, mode: .fragmented)
    }
    #expect(duration(0, 2) == .microseconds(1010))
    #expect(duration(0, 3) == .microseconds(1012))
  }

  /// What a card writes into a GPU comes over PCIe, and slows its kernels like what the host sends.
  @Test func arrivingBytesSlowTheGPU() {
    var toy = pair
    toy.gpuMemory = 100
    toy.fromHostInterference = 3
    toy.leavingInterference = 1
    var network = TransferNetwork([toy.spec, toy.spec])
    network.start(
      from: .gpu(0), to: .gpu(2), bytes: 50_000_000, fragmentBytes: 50_000_000, mode: .fragmented, at: .zero)
    #expect(network.slowdown(ofGPU: 0) == 1024 + 512)
    #expect(network.slowdown(ofGPU: 2) == 1024 + 3 * 512)
    #expect(network.slowdown(ofGPU: 1) == 1024)
  }

  @Test func bytesAreCountedOnEveryLink() {
    let network = toyNetwork(.rails, oversubscription: 4)
    var transfers = TransferNetwork([pair.spec, pair.spec], network: network)
    let bytes: Int64 = 25_000_000_000
    transfers.start(from: .gpu(0), to: .gpu(3), bytes: bytes, fragmentBytes: bytes, mode: .fragmented, at: .zero)
    var completions: ContiguousArray<TransferCompletion> = []
    transfers.advance(to: SimTime(seconds: 2), into: &completions)
    #expect(completions.map(\.time) == [SimTime(seconds: 1)])
    let end = SimTime(seconds: 2)
    for kind in [LinkKind.networkOut, .leafUp, .leafDown, .networkIn] {
      #expect(transfers.bytesMoved(over: kind, at: end) == bytes, "\(kind)")
    }
    let second = SimDuration(seconds: 1)
    #expect(transfers.busyTimes(of: .networkOut, at: end) == [second, .zero, .zero, .zero])
    #expect(transfers.busyTimes(of: .networkIn, at: end) == [.zero, .zero, .zero, second])
    #expect(transfers.busyTimes(of: .leafUp, at: end) == [second, .zero])
    #expect(transfers.busyTimes(of: .leafDown, at: end) == [.zero, second])
  }

  @Test func aServerWithoutACardMeetsNoOther() {
    let network = TransferNetwork(ToyServer(gpus: 2), pair)
    #expect(!network.connects(.gpu(0), .gpu(2)) && !network.connects(.gpu(2), .hostMemory(server: 0)))
    #expect(network.medium(from: 0, to: 2) == nil)
    #expect(TransferNetwork(pair, pair).medium(from: 0, to: 2) == .network)
    #expect(network.medium(from: 2, to: 3) == .nvlink)
  }

  @Test func anImpossibleNetworkIsRefused() {
    #expect(toyNetwork(serversPerLeaf: 0).problems().map(\.field) == ["servers_per_leaf"])
    #expect(toyNetwork(oversubscription: 0).problems().map(\.field) == ["oversubscription"])
    #expect(toyNetwork(spineLatency: -1).problems().map(\.field) == ["spine_latency"])
  }
}
