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
    if let law = state.local.check() { throw broken("KV pool: \(law)") }
    if let law = state.prefixCache?.check() { throw broken("prefix cache: \(law)") }
    if let law = state.peer.check() { throw broken("peer tier: \(law)") }
    if let law = state.host.check() { throw broken("host tier: \(law)") }
    var owned = 0
    var inPeer = 0
    var inHost = 0
    var parked: Int64 = 0
    var decoding = 0
    var context: Int64 = 0
    var here = 0
    var waiting = 0
    var awaited = 0
    var away = 0
    var arriving = 0
    for slot in 0..<Int32(state.table.slotCount) {
      let sequence = state.table[slot]
      if sequence.phase == .vacant { continue }
      here += 1
      let kv = state.kvTokens(slot)
      if sequence.backingTier == .peer {
        inPeer += Int(sequence.tierBlocks)
      } else {
        inHost += Int(sequence.tierBlocks)
      }
      switch sequence.phase {
      case .decoding:
        decoding += 1
        context += Int64(kv) + 1
        owned += state.residentBlocks(slot)
      case .prefilling, .paused:
        owned += Int(sequence.blocks)
        parked += Int64(kv)
        if Int(sequence.blocks) < state.blocks(forTokens: kv) {
          throw broken("slot \(slot) holds \(sequence.blocks) blocks for \(kv) tokens")
        }
      case .waiting:
        waiting += 1
        awaited += awaitedBlocks(slot)
        owned += Int(sequence.blocks)
        parked += Int64(kv)
        if sequence.tierBlocks != 0 { throw broken("slot \(slot) waits with \(sequence.tierBlocks) blocks of copies") }
        // What another replica sent, with room for the next token; else nothing.
        let room = kv == 0 ? 0 : state.blocks(forTokens: kv + 1)
        if Int(sequence.blocks) != room {
          throw broken("slot \(slot) waits with \(kv) tokens resident in \(sequence.blocks) blocks")
        }
      case .arriving:
        arriving += state.blocks(forTokens: kv + 1)
        if sequence.blocks != 0 { throw broken("slot \(slot) holds \(sequence.blocks) blocks before its KV is here") }
      case .pagingOut, .paged, .pagingIn:
        away += 1
        if sequence.tierBlocks == 0 && kv > 0 { throw broken("slot \(slot) is paged without room in a tier") }
      case .vacant: break
      }
      if sequence.tierBlocks > 0, Int(sequence.backedTokens) > kv {
        throw broken(
          "slot \(slot) processes tokens again of which it keeps a copy: \(sequence.backedTokens), \(kv) here")
      }
      if state.generatedTokens(slot) > Int(sequence.outputTokens) {
        throw broken("slot \(slot) made \(state.generatedTokens(slot)) of \(sequence.outputTokens) tokens")
      }
    }
    let shared = state.prefixCache?.shared ?? 0
    if owned - shared != state.local.owned {
      throw broken(
        "sequences own \(owned - shared) blocks, the pool says \(state.local.owned); \(shared) more are shared")
    }
    if arriving > state.local.inFlight {
      throw broken("\(arriving) blocks are kept for KV on its way, of \(state.local.inFlight) in flight")
    }
    if inPeer != state.peer.owned {
      throw broken("copies fill \(inPeer) peer blocks, the pool says \(state.peer.owned)")
    }
    if inHost != state.host.owned {
      throw broken("copies fill \(inHost) host blocks, the pool says \(state.host.owned)")
    }
    if parked != parkedTokens { throw broken("\(parked) tokens are parked, the engine says \(parkedTokens)") }
    if decoding != state.batch.count {
      throw broken("\(decoding) sequences decode, the batch says \(state.batch.count)")
    }
    if context != state.batch.contextTokens {
      throw broken("the batch attends \(context) tokens, it says \(state.batch.contextTokens)")
    }
    if waiting != waitingRequests || awaited != waitingBlocks {
      throw broken(
        "\(waiting) requests wait for \(awaited) blocks, the engine says \(waitingRequests) and \(waitingBlocks)")
    }
    if away != offGPU { throw broken("\(away) sequences are off the GPU, the engine says \(offGPU)") }
    if here != outstanding { throw broken("\(here) requests are here, the engine says \(outstanding)") }
  }
}
