import SimCore
import TestSupport
import Testing

@testable import Network

/// What one transfer costs, and what it does to the memory of the GPUs at its ends.
@Suite struct TimingTests {
  private func seconds(
    _ toy: ToyServer, from source: Endpoint = .gpu(0), to destination: Endpoint = .gpu(1), bytes: Int64,
    fragmentBytes: Int64, _ mode: TransferMode, pulled: Bool = false
  ) -> Double {
    TransferNetwork(toy).uncontendedDuration(
      from: source, to: destination, bytes: bytes, fragmentBytes: fragmentBytes, mode: mode, pulled: pulled
    ).seconds
  }

  private func expectClose(_ found: Double, _ expected: Double, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(abs(found - expected) < 2e-12, "\(found) instead of \(expected)", sourceLocation: sourceLocation)
  }

  let toy = ToyServer(
    port: 250, lane: 50, latency: 12e-6, issue: 4e-6, synchronise: 50e-6, gatherRate: 500, kernelLaunch: 5e-6,
    kernelBandwidth: 40)

  @Test func fragmentsCostTheirIssue() {
    // 1000 fragments of 32 KB: 4 ms of issuing, 32 MB at 250 GB/s.
    let bytes: Int64 = 32_000_000
    expectClose(
      seconds(toy, bytes: bytes, fragmentBytes: 32_000, .fragmented), 1000 * 4e-6 + 12e-6 + 128e-6 + 50e-6)
    // A last fragment of one byte is issued too.
    expectClose(
      seconds(toy, bytes: bytes + 1, fragmentBytes: 32_000, .fragmented), 1001 * 4e-6 + 12e-6 + 128.000004e-6 + 50e-6)
  }

  @Test func smallFragmentsCapTheRateAtAFewGigabytesPerSecond() {
    for (fragmentBytes, expected) in [(8192, 1.9), (32_768, 7.0)] {
      let bytes = Int64(fragmentBytes) * 10_000
      let time = seconds(toy, from: .host, to: .gpu(0), bytes: bytes, fragmentBytes: Int64(fragmentBytes), .fragmented)
      #expect(abs(Double(bytes) / time / 1e9 - expected) < 0.1)
    }
  }

  @Test func coalescingGathersOnceAndScattersOnce() {
    let bytes: Int64 = 100_000_000
    let copy = 4e-6 + 12e-6 + 400e-6 + 50e-6
    let kernel = 5e-6 + 200e-6
    expectClose(seconds(toy, bytes: bytes, fragmentBytes: 1000, .coalesced), copy + 2 * kernel)
    expectClose(seconds(toy, bytes: bytes, fragmentBytes: 1000, .gathered), copy + kernel)
    expectClose(seconds(toy, bytes: bytes, fragmentBytes: 1000, .scattered), copy + kernel)
    // Over PCIe the host's end needs no kernel.
    let slowCopy = 4e-6 + 12e-6 + 2000e-6 + 50e-6
    expectClose(seconds(toy, from: .host, to: .gpu(1), bytes: bytes, fragmentBytes: 9, .coalesced), slowCopy + kernel)
    expectClose(seconds(toy, from: .host, to: .gpu(1), bytes: bytes, fragmentBytes: 9, .gathered), slowCopy)
    expectClose(seconds(toy, from: .gpu(1), to: .host, bytes: bytes, fragmentBytes: 9, .gathered), slowCopy + kernel)
  }

  @Test func blocksAreGatheredOneByOneAndSynchronisedOneByOne() {
    // Ten blocks of 10 MB. Each is gathered, 5 us and 20 us, and issued as two copies, 8 us; its bytes take 40 us.
    // Nobody waits until the last is there.
    let bytes: Int64 = 100_000_000
    let out = 10 * (5e-6 + 8e-6) + 200e-6 + 400e-6 + 12e-6 + 50e-6
    expectClose(seconds(toy, bytes: bytes, fragmentBytes: 10_000_000, .blockwise), out)
    // Fetched, each is waited for: its first byte 12 us, the host's notice 50 us.
    let back = 10 * (5e-6 + 8e-6 + 12e-6 + 50e-6) + 200e-6 + 400e-6
    expectClose(seconds(toy, bytes: bytes, fragmentBytes: 10_000_000, .blockwise, pulled: true), back)
    // A last block of one byte is one more.
    expectClose(
      seconds(toy, bytes: bytes + 1, fragmentBytes: 10_000_000, .blockwise, pulled: true),
      back + 75e-6 + 1 / 500e9 + 1 / 250e9)
    // The kernels run on the GPU that pages, whatever it pages to.
    expectClose(
      seconds(toy, from: .gpu(0), to: .host, bytes: bytes, fragmentBytes: 10_000_000, .blockwise), out + 1600e-6)
    expectClose(
      seconds(toy, from: .host, to: .gpu(0), bytes: bytes, fragmentBytes: 10_000_000, .blockwise, pulled: true),
      back + 1600e-6)
    // One block is a coalesced copy with a second issue.
    expectClose(
      seconds(toy, bytes: bytes, fragmentBytes: bytes, .blockwise),
      seconds(toy, bytes: bytes, fragmentBytes: bytes, .gathered) + 4e-6)
  }

  @Test func gatheringAndScatteringBlocksIsTrafficToo() {
    // Alone 1 GB in one block takes 1000 us of kernel and 3333 us on the link: 230.8 GB/s. Read, written and read again
    // where it is gathered, written, read and written again where it is scattered.
    let bytes: Int64 = 1_000_000_000
    for (pulled, expected) in [(false, [692.0, 231.0]), (true, [231.0, 692.0])] {
      var network = TransferNetwork(ToyServer())
      network.start(
        from: .gpu(0), to: .gpu(1), bytes: bytes, fragmentBytes: bytes, mode: .blockwise, pulled: pulled, at: .zero)
      #expect([0, 1].map { (network.memoryTraffic(ofGPU: $0) / 1e9).rounded() } == expected)
    }
  }

  @Test func aKernelThatMovesBytesTakesMultiprocessorsOfItsOwnGPU() {
    // 300 GB/s of 2000 stretch both ends by 1.15; the kernel adds a half where it runs.
    var toy = ToyServer()
    toy.kernelInterference = 0.5
    let bytes: Int64 = 1_000_000_000
    func slowdowns(_ source: Endpoint, _ destination: Endpoint, _ mode: TransferMode, pulled: Bool = false) -> [Int] {
      var network = TransferNetwork(toy)
      network.start(
        from: source, to: destination, bytes: bytes, fragmentBytes: bytes, mode: mode, pulled: pulled, at: .zero)
      return [0, 1].map { network.slowdown(ofGPU: $0) }
    }
    #expect(slowdowns(.gpu(0), .gpu(1), .kernel) == [1690, 1178])
    #expect(slowdowns(.gpu(0), .gpu(1), .kernel, pulled: true) == [1178, 1690])
    #expect(slowdowns(.gpu(0), .gpu(1), .fragmented) == [1178, 1178])
    // The host has no kernel: its GPU's moves the bytes, 25 GB/s of 2000.
    #expect(slowdowns(.gpu(0), .host, .kernel) == [1549, 1024])
    #expect(slowdowns(.host, .gpu(0), .kernel, pulled: true) == [1549, 1024])
    // Once it has ended, nothing is left of it.
    var network = TransferNetwork(toy)
    var completions: ContiguousArray<TransferCompletion> = []
    network.start(from: .gpu(0), to: .gpu(1), bytes: bytes, fragmentBytes: bytes, mode: .kernel, at: .zero)
    network.advance(to: SimTime(seconds: 1), into: &completions)
    #expect(completions.count == 1 && network.slowdown(ofGPU: 0) == 1024)
  }

  @Test func aCopyKernelPaysNoIssue() {
    expectClose(
      seconds(toy, bytes: 40_000_000, fragmentBytes: 64, .kernel), 12e-6 + 5e-6 + 1e-3 + 50e-6)
  }

  @Test func pullingReadsThePeer() {
    var slowReads = toy
    slowReads.readBandwidth = 125
    expectClose(
      seconds(slowReads, bytes: 250_000_000, fragmentBytes: 250_000_000, .fragmented), 1e-3 + 66e-6)
    expectClose(
      seconds(slowReads, bytes: 250_000_000, fragmentBytes: 250_000_000, .fragmented, pulled: true), 2e-3 + 66e-6)
  }

  @Test func readingAPeerMayCostMoreIssue() {
    var slowReads = toy
    slowReads.readIssue = 6e-6
    let bytes: Int64 = 32_000_000
    expectClose(
      seconds(slowReads, bytes: bytes, fragmentBytes: 32_000, .fragmented), 1000 * 4e-6 + 12e-6 + 128e-6 + 50e-6)
    expectClose(
      seconds(slowReads, bytes: bytes, fragmentBytes: 32_000, .fragmented, pulled: true),
      1000 * 6e-6 + 12e-6 + 128e-6 + 50e-6)
  }

  @Test func issuingOverlapsWaitingForTheLink() {
    // Alone each takes 2 s: 1 s of issuing, 1 s of bytes. Together the port has 300 GB/s for two that want 150.
    var issuing = ToyServer()
    issuing.issue = 1e-3
    var network = TransferNetwork(issuing)
    for gpu in [0, 2] {
      network.start(
        from: .gpu(gpu), to: .gpu(1), bytes: 300_000_000_000, fragmentBytes: 300_000_000, mode: .fragmented, at: .zero)
    }
    #expect(network.nextChange == SimTime(seconds: 2))
  }

  @Test func memoryTrafficFollowsThePhases() {
    // 100 MB: gathered in 205 us, lead-in 12 us, moved in 404 us, scattered in 205 us.
    var network = TransferNetwork(toy)
    var completions: ContiguousArray<TransferCompletion> = []
    network.start(from: .gpu(0), to: .gpu(1), bytes: 100_000_000, fragmentBytes: 1000, mode: .coalesced, at: .zero)
    func traffic() -> [Double] { [0, 1].map { (network.memoryTraffic(ofGPU: $0) / 1e9).rounded() } }
    #expect(traffic() == [976, 0])
    network.advance(to: SimTime(seconds: 206e-6), into: &completions)
    #expect(traffic() == [0, 0])
    network.advance(to: SimTime(seconds: 300e-6), into: &completions)
    #expect(traffic() == [248, 248])
    network.advance(to: SimTime(seconds: 700e-6), into: &completions)
    #expect(traffic() == [0, 976])
    network.advance(to: SimTime(seconds: 850e-6), into: &completions)
    #expect(traffic() == [0, 0])
    #expect(completions.isEmpty)
    network.advance(to: SimTime(seconds: 877e-6), into: &completions)
    #expect(completions.count == 1)
  }

  @Test func copiesSlowTheMemoryOfBothEnds() {
    // 300 GB/s of 2000 stretches by 1.15; 1024 x 1.15 = 1177.6.
    var network = TransferNetwork(ToyServer())
    let bytes: Int64 = 1_000_000_000
    network.start(from: .gpu(0), to: .gpu(1), bytes: bytes, fragmentBytes: bytes, mode: .fragmented, at: .zero)
    #expect([0, 1, 2].map { network.slowdown(ofGPU: $0) } == [1178, 1178, 1024])
    // Two senders share GPU 1's port: 300 arriving there, 150 leaving each.
    network.start(from: .gpu(2), to: .gpu(1), bytes: bytes, fragmentBytes: bytes, mode: .fragmented, at: .zero)
    #expect([0, 1, 2].map { network.slowdown(ofGPU: $0) } == [1101, 1178, 1101])
    // A gathering stream reads, writes and reads again: 3 x 10 of 2000 with coefficient 2.
    var stream = TransferNetwork(ToyServer(leavingInterference: 2))
    stream.startStream(from: .gpu(0), to: .host, bytesPerSecond: 10e9, at: .zero)
    #expect(stream.slowdown(ofGPU: 0) == 1055)
  }

  @Test func arrivingBytesDisturbMoreThanLeavingOnes() {
    let toy = ToyServer(leavingInterference: 1, arrivingInterference: 2, fromHostInterference: 8)
    let bytes: Int64 = 1_000_000_000
    var peer = TransferNetwork(toy)
    peer.start(from: .gpu(0), to: .gpu(1), bytes: bytes, fragmentBytes: bytes, mode: .fragmented, at: .zero)
    // 300 of 2000: 1.15 at the sender, 1.3 at the receiver.
    #expect([0, 1].map { peer.slowdown(ofGPU: $0) } == [1178, 1331])
    // From the host 25 of 2000, eight times: 1.1.
    var host = TransferNetwork(toy)
    host.start(from: .host, to: .gpu(1), bytes: bytes, fragmentBytes: bytes, mode: .fragmented, at: .zero)
    #expect([0, 1].map { host.slowdown(ofGPU: $0) } == [1024, 1126])
    #expect(host.memoryTraffic(ofGPU: 1) == 25e9)
  }
}
