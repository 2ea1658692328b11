import Metrics
import Replica
import Scheduling
import SimCore
import Testing

@testable import Cluster
@testable import Replica

/// The audit that can run after every event notices a ledger that was tampered with.
struct AuditTests {
  /// An engine in the middle of things: sequences decode, wait and are paged out.
  private func busyRun() throws -> ClusterRun {
    for seed in UInt64(0)..<1_000 {
      var random = RandomPlan(seed: seed, policy: AquaPolicy.self)
      random.plan.end = SimTime(seconds: 0.3)
      let run = try ClusterRun(random.plan)
      _ = try run.runToEnd()
      let state = run.engines[0].state
      let phases = state.table.slots.elements.map(\.phase)
      if phases.contains(.decoding), phases.contains(.waiting), phases.contains(.paged), state.freeBlocks > 0 {
        return run
      }
    }
    throw BrokenLaw("no random plan keeps an engine busy")
  }

  @Test("tampering is noticed", arguments: Tampering.allCases)
  func noticed(tampering: Tampering) throws {
    let run = try busyRun()
    let engine = run.engines[0]
    try engine.audit(at: .zero)
    tampering.apply(to: engine)
    let law = #expect(throws: BrokenLaw.self) { try engine.audit(at: .zero) }
    if let words = tampering.words { #expect(law?.description.contains(words) == true, "\(law?.description ?? "")") }
  }
}

/// Something that does not add up.
enum Tampering: CaseIterable {
  case blockTaken, tokenParked, requestCounted, copyGrown, waitingWithTokens, decodingUnknownToBatch, contextShorter
  case madeTooMany, blockGrown, blockLost, copyLonger, waitingWithCopies

  /// Part of what the audit says; nil where it depends on the run which law breaks first.
  var words: String? {
    switch self {
    case .blockTaken: "blocks, the pool says"
    case .tokenParked: "tokens are parked, the engine says"
    case .requestCounted: "requests are here, the engine says"
    case .copyGrown: "blocks, the pool says"
    case .blockGrown: "since its members joined, the ledger says"
    case .blockLost: "blocks are travelling, the pool says"
    case .waitingWithTokens: "waits with 1 tokens resident"
    case .madeTooMany: "of 0 tokens"
    case .copyLonger: "of which it keeps a copy"
    case .waitingWithCopies: "waits with 1 blocks of copies"
    case .decodingUnknownToBatch, .contextShorter: nil
    }
  }

  func apply(to engine: Engine) {
    func first(_ phase: SequencePhase) -> Int { engine.state.table.slots.elements.firstIndex { $0.phase == phase }! }
    switch self {
    case .blockTaken: engine.state.ledger.local.allocate(1)
    case .blockGrown: _ = engine.state.ledger.grow(by: 1)
    case .blockLost: engine.state.ledger.holdings[first(.paged)].leaving += 1
    case .tokenParked: engine.parkedTokens += 1
    case .requestCounted: engine.outstanding += 1
    case .copyGrown: engine.state.ledger.holdings[first(.paged)].copyBlocks += 1
    case .waitingWithTokens: engine.state.table.slots[first(.waiting)].kv = 1
    case .decodingUnknownToBatch: engine.state.table.slots[first(.decoding)].phase = .paused
    case .contextShorter: engine.state.table.slots[first(.decoding)].kv -= 1
    case .madeTooMany: engine.state.table.slots[first(.decoding)].outputTokens = 0
    case .copyLonger: engine.state.table.slots[first(.paged)].kv -= 1
    case .waitingWithCopies: _ = engine.state.ledger.gather(Int32(first(.waiting)), through: 1)
    }
  }
}
