import Metrics
import Network
import Replica
import Scheduling
import SimCore

/// Incremental checkpoints: new KV of checkpointed classes is copied to host memory while the engine computes.
///
/// A prefill chunk's KV goes as one gathered copy when the chunk ends. Decode produces a little KV in every iteration;
/// that is a standing flow, whose rate is what the batch produces, set when the batch's membership changes, so that its
/// cost follows decisions. A decoding sequence's KV is then clean but for the token of its last iteration, as long as
/// its prompt's copy has arrived. Assumption: the link keeps up with decode; it produces megabytes per iteration of
/// tens of milliseconds, a thousandth of what PCIe carries.
extension Engine {
  /// Copies a finished chunk's KV to host memory; without room there, its blocks just stay dirty.
  func checkpoint(_ chunk: PrefillChunk) {
    let sequence = state.table[chunk.slot]
    let blocks = state.blocks(forTokens: Int(sequence.kv))
    guard sequence.tierBlocks == 0 || sequence.backingTier == .host,
      blocks - Int(sequence.tierBlocks) <= state.host.free
    else { return }
    reserveCopies(chunk.slot, blocks: blocks, in: .host)
    let item = CargoItem(
      slot: chunk.slot, request: sequence.request, blocks: 0, tokens: sequence.kv, after: sequence.kv - chunk.tokens,
      generation: sequence.preemptions)
    let bytesPerToken = plan.blockBytesPerGPU / Int64(state.limits.blockSize)
    let bytes = max(1, Int64(chunk.tokens) * bytesPerToken)
    totals.checkpointedBytes += bytes * Int64(place.gpus.count)
    actions.transfers.append(
      .ship(ShipmentOrder(kind: .checkpoint, tier: .host, bytesPerGPU: bytes, cargo: [item])))
  }

  /// A chunk's copy has arrived, if its sequence is still the one that left.
  func checkpointed(_ item: CargoItem) {
    let sequence = state.table[item.slot]
    guard sequence.phase != .vacant, sequence.request == item.request, sequence.tierBlocks > 0,
      sequence.preemptions == item.generation, item.after <= sequence.backedTokens
    else { return }
    if item.tokens > sequence.backedTokens && item.tokens <= Int32(state.kvTokens(item.slot)) {
      state.table.slots[Int(item.slot)].backedTokens = item.tokens
    }
  }

  /// A sequence that leaves the batch has copies of all it decoded but the last token.
  func trustStreamedCheckpoint(of slot: Int32) {
    let sequence = state.table[slot]
    guard sequence.backedTokens >= sequence.prefillTarget, sequence.kv > sequence.prefillTarget else { return }
    let blocks = state.blocks(forTokens: Int(sequence.kv))
    guard blocks - Int(sequence.tierBlocks) <= state.host.free else { return }
    reserveCopies(slot, blocks: blocks, in: .host)
    state.table.slots[Int(slot)].backedTokens = max(sequence.backedTokens, sequence.kv - 1)
  }

  func noteCheckpointed(tokens: Int) {
    let bytesPerToken = plan.blockBytesPerGPU / Int64(state.limits.blockSize)
    totals.checkpointedBytes += Int64(tokens) * bytesPerToken * Int64(place.gpus.count)
  }

  /// Sets the standing flow to what the decode batch produces now.
  func checkpointsFollowBatch() {
    guard checkpointedMembers != streamedMembers else { return }
    streamedMembers = checkpointedMembers
    guard checkpointedMembers > 0 else { return actions.transfers.append(.stream(bytesPerSecond: 0)) }
    let line = state.cost.iterationCost(decodes: state.batch.count, context: state.batch.contextTokens)
    let bytesPerToken = Double(plan.blockBytesPerGPU) / Double(state.limits.blockSize)
    actions.transfers.append(
      .stream(bytesPerSecond: Double(checkpointedMembers) * bytesPerToken / line.first.seconds))
  }
}
