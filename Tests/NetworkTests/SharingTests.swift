import Hardware
import Network
import SimCore
import TestSupport
import Testing

/// How an NVSwitch server and its host share links. `0>1 at 300` reads: GPU 0 to GPU 1 gets 300 GB/s.
@Suite struct SharingTests {
  let server = ToyServer()

  @Test func disjointPairsScaleLinearly() {
    expectRates("0>1 at 300", on: server)
    expectRates("0>1 at 300 | 2>3 at 300", on: server)
    expectRates("0>1 at 300 | 2>3 at 300 | 4>5 at 300 | 6>7 at 300", on: server)
  }

  @Test func sendersShareTheReceiversPort() {
    expectRates("0>1 at 150 | 2>1 at 150", on: server)
    expectRates("0>1 at 100 | 2>1 at 100 | 3>1 at 100", on: server)
  }

  @Test func receiversShareTheSendersPort() {
    expectRates("0>1 at 150 | 0>2 at 150", on: server)
    expectRates("0>1 at 100 | 0>2 at 100 | 0>3 at 100", on: server)
  }

  @Test func portsFillByTheirFullerDirection() {
    var network = TransferNetwork([server.spec])
    #expect(network.portLoad(ofGPU: 0) == 0)
    network.startStream(from: .gpu(0), to: .gpu(1), bytesPerSecond: 75e9, at: .zero)
    network.startStream(from: .gpu(2), to: .gpu(0), bytesPerSecond: 150e9, at: .zero)
    #expect(network.portLoad(ofGPU: 0) == 512 && network.portLoad(ofGPU: 1) == 256)
    network.startStream(from: .gpu(0), to: .host, bytesPerSecond: 25e9, at: .zero)
    #expect(network.portLoad(ofGPU: 0) == 512, "what goes to the host does not use the port")
    var changed: ContiguousArray<Int> = []
    network.takeChangedGPUs(into: &changed)
    #expect(changed.sorted() == [0, 1, 2] && network.traffic(onGPU: 2).portLoad == 512)
  }

  @Test func oppositeDirectionsOfNVLinkDoNotMeet() {
    expectRates("0>1 at 300 | 1>0 at 300", on: server)
    expectRates("0>1 at 300 | 1>2 at 300 | 2>0 at 300", on: server)
  }

  @Test func whatAnotherCannotUseIsTaken() {
    // Three into GPU 1 get 100 each; GPU 0's port has 200 left for GPU 4.
    expectRates("0>1 at 100 | 2>1 at 100 | 3>1 at 100 | 0>4 at 200", on: server)
    // The stream is content with 40, the other takes the rest.
    expectRates("0>1 limit 40 at 40 | 2>1 at 260", on: server)
    expectRates("0>1 limit 400 at 150 | 2>1 at 150", on: server)
    expectRates("0>1 limit 40 at 40 | 2>1 limit 50 at 50 | 3>1 at 105 | 4>1 at 105", on: server)
  }

  @Test func gpuMemoryIsALinkToo() {
    expectRates("0>1 at 200 | 2>1 at 200", on: ToyServer(port: 1000, gpuMemory: 400))
  }

  @Test func bothWaysOverPCIeIsLessThanTwiceOneWay() {
    // The figures of an A100 server: 26 GB/s alone, 18.8 GB/s each with both directions loaded.
    let a100 = ToyServer(lane: 26, bothWays: 37.6, upstream: 26)
    expectRates("h>0 at 26", on: a100)
    expectRates("0>h at 26", on: a100)
    expectRates("h>0 at 18.8 | 0>h at 18.8", on: a100)
    expectRates("h>0 at 26 | 1>h at 26", on: a100)
    // H100: 50 GB/s one way, 83.4 both.
    expectRates("h>0 at 41.7 | 0>h at 41.7", on: ToyServer(lane: 50, bothWays: 83.4))
    // A slow stream leaves the rest of the joint limit.
    expectRates("0>h limit 10 at 10 | h>0 at 26", on: a100)
    expectRates("0>h limit 15 at 15 | h>0 at 22.6", on: a100)
  }

  @Test func gpusBehindOneSwitchShareItsWayToTheHost() {
    let pairs = ToyServer(switches: [[0, 1], [2, 3], [4, 5], [6, 7]])
    expectRates("h>0 at 12.5 | h>1 at 12.5", on: pairs)
    expectRates("h>0 at 25 | h>2 at 25", on: pairs)
    expectRates("h>0 at 25 | 1>h at 25", on: pairs)
    // Eight at once get four times one GPU, not eight times.
    expectRates((0..<8).map { "h>\($0) at 12.5" }.joined(separator: " | "), on: pairs)
    // With slow host memory, less still: 60 GB/s among eight.
    let slowHost = ToyServer(switches: [[0, 1], [2, 3], [4, 5], [6, 7]], hostMemory: 60)
    expectRates((0..<8).map { "h>\($0) at 7.5" }.joined(separator: " | "), on: slowHost)
  }

  @Test func nvlinkAndPCIeOfOneGPUDoNotMeet() {
    expectRates("0>1 at 300 | 0>h at 25 | h>1 at 25", on: server)
  }

  @Test func bridgedPairsHaveTheirOwnLink() {
    let bridged = ToyServer(gpus: 4, fabric: .bridgedPairs([.init(0, 1), .init(2, 3)]))
    expectRates("0>1 at 300 | 2>3 at 300", on: bridged)
    // GPUs 0 and 2 are joined only by PCIe.
    expectRates("0>2 at 25", on: bridged)
    expectRates("0>1 at 300 | 0>2 at 12.5 | 0>h at 12.5", on: bridged)
  }

  @Test func peersBehindOneSwitchDoNotUseItsWayToTheHost() {
    let noFabric = ToyServer(gpus: 4, fabric: .none, switches: [[0, 1], [2, 3]], upstream: 10)
    expectRates("0>1 at 25", on: noFabric)
    expectRates("0>2 at 10", on: noFabric)
    expectRates("0>1 at 20 | 0>2 at 5 | 1>h at 5", on: noFabric)
  }

  @Test func serversMeetOverTheirNetworkCards() {
    let server = ToyServer(gpus: 2, lane: 100, cards: 2, card: 50)
    expectRates("0>2 at 50 | 1>3 at 50", on: server, server)
    expectRates("0>2 at 25 | 1>2 at 25", on: server, server)
    let oneCard = ToyServer(gpus: 2, lane: 100, cards: 1, card: 50)
    expectRates("0>2 at 25 | 1>3 at 25 | 3>1 at 50", on: oneCard, oneCard)
    expectRates("0>h1 at 50", on: oneCard, oneCard)
    expectRates("h>h1 at 25 | 0>h1 at 25", on: oneCard, oneCard)
  }
}
