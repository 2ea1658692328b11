import Metrics
import Replica
import SimCore

extension Engine {
  /// Recounts the engine's ledgers from its sequences, one by one; throws the first law that does not hold.
  ///
  /// Laws 1 to 5 of `Documentation/Laws.md`, and what was noticed of law 10 meanwhile.
  func audit(at now: SimTime) throws(BrokenLaw) {
    if let brokenLaw { throw brokenLaw }
    func broken(_ sentence: String) -> BrokenLaw { BrokenLaw("\(name) at \(now.seconds) s: \(sentence)") }
    if let law = ledger.check() { throw broken(law) }
    var parked: Int64 = 0
    var decoding = 0
    var grown = 0
    var context: Int64 = 0
    var here = 0
    var waiting = 0
    var awaited = 0
    var away = 0
    var entering = 0
    let awaitsTransfers =
      switch mode {
      case .pagingOut, .fetching: true
      case .idle, .running, .stopped: false
      }
    for slot in 0..<Int32(table.slotCount) {
      let sequence = table[slot]
      if sequence.phase == .vacant { continue }
      here += 1
      let kv = state.kvTokens(slot)
      let holding = ledger[slot]
      switch sequence.phase {
      case .decoding:
        decoding += 1
        context += Int64(kv) + 1
        grown += state.residentBlocks(slot) - Int(holding.blocks)
      case .prefilling, .paused:
        parked += Int64(kv)
        if Int(holding.blocks) < state.blocks(forTokens: kv) {
          throw broken("slot \(slot) holds \(holding.blocks) blocks for \(kv) tokens")
        }
      case .waiting:
        waiting += 1
        awaited += awaitedBlocks(slot)
        parked += Int64(kv)
        if holding.copyBlocks != 0 { throw broken("slot \(slot) waits with \(holding.copyBlocks) blocks of copies") }
        // What another replica sent, with a place for the next token; else nothing, or what a decision that waits for
        // transfers has found.
        // What was fetched of a prefix needs no place for a token.
        let isPrefix = entrance.holders.contains(slot)
        let kept =
          kv == 0 ? (awaitsTransfers ? holding.blocks : 0) : Int32(state.blocks(forTokens: isPrefix ? kv : kv + 1))
        if holding.blocks != kept {
          throw broken("slot \(slot) waits with \(kv) tokens resident in \(holding.blocks) blocks")
        }
      case .arriving:
        if holding.blocks != 0 || Int(holding.coming) != state.blocks(forTokens: kv + 1) {
          throw broken("slot \(slot) awaits \(kv) tokens in \(holding.coming) blocks beside \(holding.blocks)")
        }
      case .entering:
        entering += 1
        if Int(holding.blocks + holding.coming) != state.blocks(forTokens: kv) {
          throw broken("slot \(slot) awaits \(kv) tokens in \(holding.coming) blocks beside \(holding.blocks)")
        }
      case .pagingOut, .paged, .pagingIn:
        away += 1
        if holding.copyBlocks == 0 && kv > 0 { throw broken("slot \(slot) is paged without room in a tier") }
      case .vacant: break
      }
      if Int(holding.sentTokens) > kv {
        throw broken("slot \(slot) processes tokens again of which it keeps a copy: \(holding.sentTokens), \(kv) here")
      }
      if state.generatedTokens(slot) > Int(sequence.outputTokens) {
        throw broken("slot \(slot) made \(state.generatedTokens(slot)) of \(sequence.outputTokens) tokens")
      }
    }
    if grown != ledger.grown {
      throw broken(
        "the batch has grown by \(grown) blocks since its members joined, the ledger says \(ledger.grown)")
    }
    if parked != parkedTokens { throw broken("\(parked) tokens are parked, the engine says \(parkedTokens)") }
    if decoding != batch.count {
      throw broken("\(decoding) sequences decode, the batch says \(batch.count)")
    }
    if context != batch.contextTokens {
      throw broken("the batch attends \(context) tokens, it says \(batch.contextTokens)")
    }
    if waiting != waitingRequests || awaited != waitingBlocks {
      throw broken(
        "\(waiting) requests wait for \(awaited) blocks, the engine says \(waitingRequests) and \(waitingBlocks)")
    }
    if entering != entrance.count {
      throw broken("\(entering) requests have not come in, the engine says \(entrance.count)")
    }
    if away != offGPU { throw broken("\(away) sequences are off the GPU, the engine says \(offGPU)") }
    if here != outstanding { throw broken("\(here) requests are here, the engine says \(outstanding)") }
  }
}
