import Metrics
import Network
import Observing
import Replica
import Scheduling
import SimCore

/// Incremental checkpoints: new KV of checkpointed classes is copied to host memory while the engine computes.
///
/// After an iteration with chunks their KV is to be copied, and every `blockSize` decode iterations what the batch has
/// decoded: a block's copy is of use once the block is full. A copy takes what waits, in order, as much as one
/// iteration can produce, gathered into a buffer; the next begins when it has arrived. So cost follows decisions and
/// blocks, and what counts as copied has moved over the link. Once gathered, tokens no longer need their blocks.
///
/// Assumption: gathering takes no longer than the next decision, so that a sequence evicted at the end of an iteration
/// keeps what that iteration's copy has taken of it.
extension Engine {
  /// Decode iterations until the batch's new tokens are to be copied.
  var iterationsToCheckpoint: Int {
    if checkpoints.members.isEmpty { return .max }
    return state.limits.blockSize - Int(batch.step % Int64(state.limits.blockSize))
  }

  /// After a decode iteration: lets the members' new tokens be copied when it is time.
  func noteDecodedForCheckpoint() {
    guard !checkpoints.members.isEmpty else { return }
    if batch.step % Int64(state.limits.blockSize) == 0 { checkpoints.noteMembers() }
  }

  /// Starts the next copy when none is under way and tokens wait for one.
  @inline(__always) func sendCheckpoint() {
    if !checkpoints.isBusy, !checkpoints.waiting.isEmpty { gatherCheckpoint() }
  }

  private func gatherCheckpoint() {
    var room = Int32(clamping: state.limits.maxBatchedTokens)
    var cargo: ContiguousArray<CargoItem> = []
    var tokens: Int64 = 0
    while room > 0, checkpoints.waiting.head >= 0 {
      let slot = checkpoints.waiting.head
      let taken = takeForCheckpoint(slot, upTo: room)
      if taken > 0 {
        let sequence = table[slot]
        cargo.append(
          CargoItem(
            slot: slot, request: sequence.request, blocks: 0, tokens: ledger[slot].sentTokens,
            generation: ledger[slot].copyGeneration))
        tokens += Int64(taken)
        room -= taken
      }
      // What did not fit into this copy is first in the next.
      if room > 0 { checkpoints.waiting.remove(slot) }
    }
    guard tokens > 0 else { return }
    checkpoints.isBusy = true
    checkpoints.wanted = cargo.count
    let bytes = max(1, tokens * plan.blockBytesPerGPU / Int64(state.limits.blockSize))
    actions.transfers.append(
      .ship(ShipmentOrder(kind: .checkpoint, tier: .host, bytesPerGPU: bytes, cargo: cargo)))
  }

  /// Takes the tokens of a sequence that no copy has taken yet, at most `most`; how many. None without room for them
  /// in host memory, or beside copies that a peer has: they stay dirty.
  private func takeForCheckpoint(_ slot: Int32, upTo most: Int32) -> Int32 {
    let sent = ledger[slot].sentTokens
    let count = min(most, Int32(state.kvTokens(slot)) - sent)
    return count > 0 && ledger.gather(slot, through: Int(sent + count)) ? count : 0
  }

  /// A copy has arrived, and the next may begin; whether it was what an evicted sequence waited for.
  func checkpointArrived(_ cargo: ContiguousArray<CargoItem>) -> Bool {
    checkpoints.isBusy = false
    var left = false
    for item in cargo {
      let index = Int(item.slot)
      let sequence = table[item.slot]
      guard sequence.phase != .vacant, sequence.request == item.request,
        ledger[item.slot].copyGeneration == item.generation
      else { continue }
      ledger.noteCopied(item.slot, tokens: item.tokens)
      guard checkpoints.leaving.contains(item.slot) else { continue }
      checkpoints.leaving.remove(item.slot)
      table.slots[index].phase = .paged
      observe(item.slot, .offGPU, at: state.now)
      state.sequencesInTransfer -= 1
      policy.moved(item.slot, state)
      left = true
    }
    sendCheckpoint()
    return left
  }

  /// Takes over what links have moved of its checkpoints.
  func note(_ work: CheckpointWork) {
    totals.checkpointedBytes = work.bytes
    totals.checkpointTime = work.time
    totals.longestCheckpoint = work.longest
  }

  /// A sequence that the copy under way carries is gone. When it carries no other, it stops.
  func giveUpCheckpoint() {
    checkpoints.wanted -= 1
    guard checkpoints.wanted == 0 else { return }
    checkpoints.isBusy = false
    actions.transfers.append(.stopCheckpoint)
  }

  /// Takes a sequence's blocks away at once. It keeps the tokens that were copied or gathered for a copy; the others
  /// are to be processed again after it has been fetched.
  func evict(_ slot: Int32) throws(EngineFault) {
    let index = Int(slot)
    let phase = table[slot].phase
    guard phase == .decoding || phase == .prefilling || phase == .paused else {
      throw fault("evicts slot \(slot), which is \(phase)")
    }
    let kept = Int32(state.copiedTokens(slot))
    guard kept > 0 else { throw fault("evicts slot \(slot), of which nothing has a copy") }
    if phase == .decoding {
      batch.remove(slot, in: table)
      leaveBatch(slot)
    }
    checkpoints.waiting.remove(slot)
    if !keptLayers.isEmpty { keptLayers[slot] = nil }
    let sequence = table[slot]
    let lost = sequence.kv - kept
    parkedTokens -= Int64(sequence.kv)
    ledger.evict(slot, keeping: Int(kept))
    table.slots[index].kv = kept
    if lost > 0 { table.slots[index].prefillTarget = sequence.promptTokens + sequence.generated }
    table.slots[index].recomputedTokens += lost
    table.slots[index].preemptions += 1
    totals.recomputedTokens += Int64(lost)
    totals.preemptionsBySwap += 1
    offGPU += 1
    table.slots[index].move(to: .offGPU, at: state.now)
    if ledger[slot].copiedTokens < kept {
      table.slots[index].phase = .pagingOut
      observe(slot, .pagingOut, at: state.now)
      state.sequencesInTransfer += 1
      checkpoints.leaving.append(slot)
    } else {
      table.slots[index].phase = .paged
      observe(slot, .offGPU, at: state.now)
      policy.moved(slot, state)
    }
  }
}
