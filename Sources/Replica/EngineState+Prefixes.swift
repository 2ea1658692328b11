extension EngineState {
  /// The full blocks of a sequence's prompt; none when nobody looks for them.
  package func prefixBlocks(_ slot: Int32) -> ArraySlice<Int32> {
    let sequence = table[slot]
    guard prefixCache != nil, sequence.prefix >= 0 else { return [] }
    return prefixes[Int(sequence.stream)]?[Int(sequence.prefix)] ?? []
  }

  /// Of these, what it may start with: at least one token is left to process.
  package func startingBlocks(_ slot: Int32) -> ArraySlice<Int32> {
    prefixBlocks(slot).prefix((Int(table[slot].prefillTarget) - 1) / limits.blockSize)
  }

  /// Blocks of a resident sequence that others hold too: they stay when it goes.
  public func sharedBlocks(_ slot: Int32) -> Int {
    guard let prefixCache else { return 0 }
    return prefixCache.sharedCount(prefixBlocks(slot).prefix(Int(table[slot].findableBlocks)))
  }

  /// Tokens of a waiting sequence's prompt whose KV is on the GPU already, from an earlier prompt that began alike.
  public func cachedPrefixTokens(_ slot: Int32) -> Int {
    guard let prefixCache, table[slot].phase == .waiting, table[slot].kv == 0 else { return 0 }
    return prefixCache.find(startingBlocks(slot)).found * limits.blockSize
  }

  /// Free blocks that a waiting sequence takes to process the first `tokens` tokens that are not cached, those that it
  /// finds and nobody holds included. One that holds the KV that another replica sent takes what is missing.
  public func admissionBlocks(_ slot: Int32, tokens: Int) -> Int {
    if table[slot].phase == .waiting, table[slot].kv > 0 {
      return missingBlocks(slot, forTokens: Int(table[slot].kv) + tokens)
    }
    guard let prefixCache else { return blocks(forTokens: tokens) }
    let (found, free) = prefixCache.find(startingBlocks(slot))
    return blocks(forTokens: found * limits.blockSize + tokens) - (found - free)
  }
}
