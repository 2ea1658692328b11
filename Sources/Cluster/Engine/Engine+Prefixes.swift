import Replica

extension Engine {
  /// A waiting sequence that is to run starts with what is cached of its prompt.
  ///
  /// Every sequence of a decision does so before any of them takes a new block, so that all find what the policy saw.
  func startFromCache(_ slot: Int32) throws(EngineFault) {
    guard state.prefixCache != nil, state.table[slot].phase == .waiting else { return }
    let blocks = state.startingBlocks(slot)
    let (found, free) = state.prefixCache!.find(blocks)
    guard found > 0 else { return }
    state.prefixCache!.reuse(blocks.prefix(found))
    guard state.local.allocate(free) else {
      throw fault("starts slot \(slot) from \(free) free blocks where \(state.freeBlocks) are free")
    }
    let index = Int(slot)
    let tokens = Int32(found * state.limits.blockSize)
    state.table.slots[index].blocks = Int32(found)
    state.table.slots[index].findableBlocks = Int32(found)
    state.table.slots[index].kv = tokens
    parkedTokens += Int64(tokens)
  }

  /// The full blocks that a scheduled chunk completes can be found from now on.
  func keepPrefix(_ slot: Int32, through tokens: Int) {
    guard state.prefixCache != nil else { return }
    let known = Int(state.table[slot].findableBlocks)
    let blocks = state.prefixBlocks(slot).prefix(tokens / state.limits.blockSize).dropFirst(known)
    guard !blocks.isEmpty else { return }
    state.prefixCache!.follow(free: state.local.free)
    state.local.release(state.prefixCache!.keep(blocks))
    state.prefixCache!.follow(free: state.local.free)
    state.table.slots[Int(slot)].findableBlocks += Int32(blocks.count)
  }

  /// Gives a sequence's blocks back, those that others hold excepted.
  func releaseBlocks(_ slot: Int32) {
    let sequence = state.table[slot]
    guard state.prefixCache != nil else { return state.local.release(Int(sequence.blocks)) }
    state.prefixCache!.follow(free: state.local.free)
    let held = state.prefixCache!.release(
      state.prefixBlocks(slot).prefix(Int(sequence.findableBlocks)), of: Int(sequence.blocks))
    state.local.release(Int(sequence.blocks) - held)
    state.table.slots[Int(slot)].findableBlocks = 0
  }
}
