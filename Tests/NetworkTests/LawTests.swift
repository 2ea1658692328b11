import SimCore
import TestSupport
import Testing

@testable import Network

/// What must hold whatever is transferred.
@Suite struct LawTests {
  /// Everything observable at the end of a run.
  private struct Outcome: Equatable {
    var completions: ContiguousArray<TransferCompletion>
    var bytes: [Int64]
    var busy: ContiguousArray<Int64>
    var traffic: [UInt64]
  }

  /// - Parameter looks: how many times more than needed the network is advanced between actions.
  private func outcome(seed: UInt64, looks: Int) -> Outcome {
    var random = RandomNetwork(seed: seed)
    let actions = random.actions(80)
    var network = random.made
    var completions: ContiguousArray<TransferCompletion> = []
    var traffic: [UInt64] = []
    var time = SimTime.zero
    for (tag, (next, action)) in actions.enumerated() {
      for _ in 0..<looks {
        let gap = next - time
        time += SimDuration(picoseconds: Int64(Double(gap.picoseconds) * random.random.uniform()))
        network.advance(to: time, into: &completions)
      }
      time = next
      network.advance(to: time, into: &completions)
      network.perform(action, at: time, tag: Int64(tag))
      traffic += (0..<network.gpuCount).map { network.memoryTraffic(ofGPU: $0).bitPattern }
    }
    network.advance(to: SimTime(seconds: 1000), into: &completions)
    return Outcome(
      completions: completions,
      bytes: LinkKind.allCases.map { network.bytesMoved(over: $0, at: SimTime(seconds: 1000)) },
      busy: network.ledger.busy, traffic: traffic)
  }

  @Test(arguments: Effort.seeds(40)) func advancingMoreOftenChangesNothing(seed: UInt64) {
    let once = outcome(seed: seed, looks: 0)
    #expect(once == outcome(seed: seed, looks: 7), "seed \(seed)")
    #expect(once == outcome(seed: seed, looks: 0), "seed \(seed)")
    #expect(!once.completions.isEmpty)
  }

  /// Who keeps an account from the reported changes alone knows what traffic does to every GPU at all times.
  @Test(arguments: UInt64(400)..<430) func reportedChangesTellEverySlowdown(seed: UInt64) {
    var random = RandomNetwork(seed: seed)
    var network = random.made
    var known = [GPUTraffic](repeating: GPUTraffic(), count: network.gpuCount)
    var completions: ContiguousArray<TransferCompletion> = []
    var reports = 0
    for (tag, (time, action)) in random.actions(80).enumerated() {
      network.advance(to: time, into: &completions)
      network.perform(action, at: time, tag: Int64(tag))
      // Sometimes several changes come before the question.
      if tag % 3 == 2 { continue }
      var changed: ContiguousArray<Int> = []
      network.takeChangedGPUs(into: &changed)
      #expect(Set(changed).count == changed.count)
      for gpu in changed {
        #expect(known[gpu] != network.traffic(onGPU: gpu), "seed \(seed): GPU \(gpu) has not changed")
        known[gpu] = network.traffic(onGPU: gpu)
      }
      reports += changed.count
      #expect(known == (0..<network.gpuCount).map { network.traffic(onGPU: $0) }, "seed \(seed), action \(tag)")
    }
    #expect(reports > 0)
  }

  @Test func advancingToNowhereChangesNoBit() {
    var network = TransferNetwork(ToyServer())
    network.start(
      from: .gpu(0), to: .gpu(1), bytes: 1_000_000_007, fragmentBytes: 4096, mode: .fragmented, at: .zero)
    network.start(from: .gpu(2), to: .gpu(1), bytes: 999_999_937, fragmentBytes: 4096, mode: .fragmented, at: .zero)
    func bits() -> [UInt64] {
      network.flows.flatMap { [$0.remaining.bitPattern, $0.rate.bitPattern, UInt64($0.since), UInt64($0.phaseEnd)] }
        + [UInt64(network.now)]
    }
    let before = bits()
    var completions: ContiguousArray<TransferCompletion> = []
    for picoseconds in stride(from: Int64(1), to: 3_000_000_000, by: 7_777_777) {
      network.advance(to: SimTime(picoseconds: picoseconds), into: &completions)
    }
    #expect(bits() == before)
    #expect(completions.isEmpty)
  }

  @Test(arguments: Effort.seeds(30, from: 200)) func bytesAreConserved(seed: UInt64) {
    var random = RandomNetwork(seed: seed)
    let transfers = random.actions(80).filter {
      if case .start = $0.action { true } else { false }
    }
    var network = random.made
    var expected = [LinkKind: Int64]()
    var completions: ContiguousArray<TransferCompletion> = []
    for (tag, (time, action)) in transfers.enumerated() {
      guard case .start(let source, let destination, let bytes, _, _) = action else { continue }
      network.advance(to: time, into: &completions)
      network.perform(action, at: time, tag: Int64(tag))
      let route = network.map.route(from: source, to: destination)!
      for step in 0..<Int(route.count) {
        expected[network.map.kinds[Int(route.resources[step])], default: 0] += bytes
      }
    }
    // Part of the way, no link has moved more than it will have.
    let middle = min(network.nextChange, transfers.last!.time + SimDuration(picoseconds: 1))
    for kind in LinkKind.allCases { #expect(network.bytesMoved(over: kind, at: middle) <= expected[kind, default: 0]) }
    network.advance(to: SimTime(seconds: 1000), into: &completions)
    #expect(network.flowCount == 0)
    #expect(Set(completions.map(\.tag)).count == transfers.count)
    for kind in LinkKind.allCases {
      #expect(network.bytesMoved(over: kind, at: SimTime(seconds: 1000)) == expected[kind, default: 0])
    }
    for gpu in 0..<network.gpuCount { #expect(network.slowdown(ofGPU: gpu) == 1024) }
  }

  @Test(arguments: Effort.seeds(40, from: 300)) func noTransferBeatsBeingAlone(seed: UInt64) {
    var random = RandomNetwork(seed: seed)
    let actions = random.actions(50)
    var network = random.made
    var completions: ContiguousArray<TransferCompletion> = []
    var earliest = [Int64: SimTime]()
    for (tag, (time, action)) in actions.enumerated() {
      network.advance(to: time, into: &completions)
      network.perform(action, at: time, tag: Int64(tag))
      if case .start(let source, let destination, let bytes, let fragmentBytes, let mode) = action {
        let alone = network.uncontendedDuration(
          from: source, to: destination, bytes: bytes, fragmentBytes: fragmentBytes, mode: mode)
        earliest[Int64(tag)] = time + alone
        var empty = random.made
        empty.start(
          from: source, to: destination, bytes: bytes, fragmentBytes: fragmentBytes, mode: mode, at: time)
        var end: ContiguousArray<TransferCompletion> = []
        empty.advance(to: SimTime(seconds: 1000), into: &end)
        #expect(end.first?.time == time + alone, "seed \(seed), action \(tag)")
      }
    }
    network.advance(to: SimTime(seconds: 1000), into: &completions)
    for completion in completions {
      // A picosecond for each time the rate may have been rounded.
      #expect(completion.time + SimDuration(picoseconds: 200) >= earliest[completion.tag]!)
    }
  }
}
