import SimCore
import TestSupport
import Testing

@testable import Network

/// Finishing times worked out by hand. `0>1: 600 from 0 until 3` reads: 600 GB from GPU 0 to GPU 1, started at 0 s,
/// ends at 3 s.
@Suite struct TimelineTests {
  let server = ToyServer()

  @Test func aloneItTakesBytesOverBandwidth() {
    expectTimeline("0>1: 600 from 0 until 2", on: server)
    expectTimeline("h>1: 50 from 1 until 3", on: server)
  }

  @Test func ratesChangeWhenOthersStart() {
    // 300 GB alone in the first second; then 150 GB/s each: 300 GB left take 2 s.
    expectTimeline("0>1: 600 from 0 until 3 | 2>1: 300 from 1 until 3", on: server)
  }

  @Test func ratesChangeWhenOthersEnd() {
    // Both at 150 until the short one has its 150 GB at 1 s; the long one has 450 GB left, at 300.
    expectTimeline("0>1: 600 from 0 until 2.5 | 2>1: 150 from 0 until 1", on: server)
  }

  @Test func threeStaggered() {
    // 0-1 s: A alone, 300 moved. 1-2 s: A and B at 150. From 2 s: A, B, C at 100. A has 150 left: ends at 3.5 s,
    // when B has 600-150-150=300 left and C 300-150=150. Then 150 each: C ends at 4.5 s, B has 150 left, 0.5 s more.
    expectTimeline(
      "0>1: 600 from 0 until 3.5 | 2>1: 600 from 1 until 5 | 3>1: 300 from 2 until 4.5", on: server)
  }

  @Test func aChainOfTwoBottlenecks() {
    // 0>1 and 0>2 share port 0, 0>2 and 3>2 share port 2: 150 each. At 1 s 0>1 is done; port 2 still binds the others.
    expectTimeline("0>1: 150 from 0 until 1 | 0>2: 300 from 0 until 2 | 3>2: 600 from 0 until 3", on: server)
  }

  @Test func disjointTransfersDoNotDisturbEachOther() {
    expectTimeline("0>1: 600 from 0 until 2 | 2>3: 100 from 0.7 until 1.033333333333", on: server)
  }

  @Test func aStreamYieldsItsShareWhenSharedAndTakesNoMoreThanItsLimit() {
    var network = TransferNetwork(server)
    let stream = network.startStream(from: .gpu(0), to: .host, bytesPerSecond: 20e9, at: .zero)
    let swap = network.start(
      from: .gpu(0), to: .host, bytes: 25_000_000_000, fragmentBytes: 25_000_000_000, mode: .fragmented,
      at: SimTime(seconds: 1))
    #expect(network.rate(of: stream) == 12.5e9)
    #expect(network.rate(of: swap) == 12.5e9)
    #expect(network.nextChange == SimTime(seconds: 3))
    network.updateStream(stream, bytesPerSecond: 5e9, at: SimTime(seconds: 2))
    // 12.5 GB left at 20 GB/s.
    #expect(network.nextChange == SimTime(seconds: 2.625))
    network.updateStream(stream, bytesPerSecond: 0, at: SimTime(seconds: 2.125))
    // 10 GB left at 25 GB/s.
    #expect(network.nextChange == SimTime(seconds: 2.525))
    var completions: ContiguousArray<TransferCompletion> = []
    network.advance(to: SimTime(seconds: 4), into: &completions)
    #expect(completions.map(\.flow) == [swap])
    #expect(network.nextChange == .never)
    // 20 GB in the first second, 12.5 in the next, 5 GB/s for an eighth of a second.
    #expect(network.stop(stream, at: SimTime(seconds: 4)) == 33_125_000_000)
    #expect(network.bytesMoved(over: .pcieToHost, at: SimTime(seconds: 4)) == 58_125_000_000)
    // The copy's bytes, from 1 s to 2.525 s; a standing stream does not make a link busy.
    #expect(network.busyTime(of: .pcieToHost, owner: 0, at: SimTime(seconds: 4)) == SimDuration(seconds: 1.525))
  }

  @Test func anAbandonedTransferLeavesItsShareToOthers() {
    var network = TransferNetwork(server)
    let bytes: Int64 = 300_000_000_000
    let kept = network.start(
      from: .gpu(0), to: .gpu(1), bytes: bytes, fragmentBytes: bytes, mode: .fragmented, at: .zero)
    let abandoned = network.start(
      from: .gpu(2), to: .gpu(1), bytes: bytes, fragmentBytes: bytes, mode: .fragmented, at: .zero)
    #expect(network.stop(abandoned, at: SimTime(seconds: 1)) == 150_000_000_000)
    #expect(network.nextChange == SimTime(seconds: 1.5))
    #expect(network.stop(abandoned, at: SimTime(seconds: 1)) == nil)
    var completions: ContiguousArray<TransferCompletion> = []
    network.advance(to: SimTime(seconds: 2), into: &completions)
    #expect(completions.map(\.flow) == [kept])
    #expect(network.bytesMoved(over: .nvlinkIn, at: SimTime(seconds: 2)) == 450_000_000_000)
  }

  @Test func unrelatedTransfersDoNotMoveAnEndByAPicosecond() {
    func end(ofAwkwardTransferBeside others: Int) -> SimTime? {
      var network = TransferNetwork(ToyServer(port: 276.3))
      var completions: ContiguousArray<TransferCompletion> = []
      network.start(
        from: .gpu(0), to: .gpu(1), bytes: 1_000_000_007, fragmentBytes: 1_000_000_007, mode: .fragmented, at: .zero)
      for index in 0..<others {
        let time = SimTime(picoseconds: Int64(index) * 33_333_331)
        network.advance(to: time, into: &completions)
        network.start(
          from: .gpu(2), to: .gpu(3), bytes: 777_777, fragmentBytes: 777_777, mode: .fragmented, at: time, tag: 1)
      }
      network.advance(to: SimTime(seconds: 1), into: &completions)
      return completions.first { $0.tag == 0 }?.time
    }
    let alone = end(ofAwkwardTransferBeside: 0)
    #expect(alone != nil)
    #expect(end(ofAwkwardTransferBeside: 100) == alone)
  }

  @Test func aLinkIsFreeTheMomentItsLastByteHasMoved() {
    var network = TransferNetwork(ToyServer(synchronise: 1))
    let bytes: Int64 = 300_000_000_000
    let first = network.start(
      from: .gpu(0), to: .gpu(1), bytes: bytes, fragmentBytes: bytes, mode: .fragmented, at: .zero)
    #expect(network.nextChange == SimTime(seconds: 1))
    // Not yet advanced past the end of the first.
    let second = network.startStream(
      from: .gpu(2), to: .gpu(1), bytesPerSecond: 1e12, at: SimTime(seconds: 1))
    #expect(network.rate(of: second) == 300e9)
    var completions: ContiguousArray<TransferCompletion> = []
    network.advance(to: SimTime(seconds: 1), into: &completions)
    #expect(network.rate(of: second) == 300e9)
    #expect(network.rate(of: first) == 0)
    network.advance(to: SimTime(seconds: 2), into: &completions)
    #expect(completions.map(\.flow) == [first])
  }

  @Test func equalTimesAreReportedInOrderOfStarting() {
    var network = TransferNetwork(server)
    for (tag, gpu) in [6, 0, 4, 2].enumerated() {
      network.start(
        from: .gpu(gpu), to: .gpu(gpu + 1), bytes: 3_000_000, fragmentBytes: 3_000_000, mode: .fragmented, at: .zero,
        tag: Int64(tag))
    }
    var completions: ContiguousArray<TransferCompletion> = []
    network.advance(to: SimTime(seconds: 1), into: &completions)
    #expect(completions.map(\.tag) == [0, 1, 2, 3])
    #expect(completions.allSatisfy { $0.time == SimTime(seconds: 1e-5) })
  }
}
