extension EngineState {
  /// Of a sequence's full prompt blocks, what it may start with: at least one token is left to process.
  public func startingBlocks(_ slot: Int32) -> ArraySlice<Int32> {
    ledger.startingBlocks(slot, tokens: Int(table[slot].prefillTarget))
  }

  /// Blocks of a resident sequence that others hold too: they stay when it goes.
  public func sharedBlocks(_ slot: Int32) -> Int { ledger.sharedBlocks(slot) }

  /// Tokens of a waiting sequence's prompt whose KV is on the GPU already, from an earlier prompt that began alike.
  public func cachedPrefixTokens(_ slot: Int32) -> Int {
    guard ledger.sharesPrefixes, table[slot].phase == .waiting, table[slot].kv == 0 else { return 0 }
    return ledger.found(startingBlocks(slot)) * limits.blockSize
  }
}
