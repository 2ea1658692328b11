import StepTime

extension EngineState {
  /// Of a sequence's named full blocks, what it may start with: at least one token is left to process.
  public func startingBlocks(_ slot: Int32) -> BlockRun {
    ledger.startingBlocks(slot, tokens: Int(table[slot].prefillTarget))
  }

  /// Blocks of a resident sequence that others hold too: they stay when it goes.
  public func sharedBlocks(_ slot: Int32) -> Int { ledger.sharedBlocks(slot) }

  /// Free blocks that a dropped sequence left and alone can use again, behind all its named ones.
  public func ownBlocks(_ slot: Int32) -> Int { ledger.ownBlocks(slot, tokens: Int(table[slot].prefillTarget)) }

  /// Tokens of a waiting sequence whose KV is on the GPU already, from an earlier prompt that began alike, or from
  /// before it was dropped.
  public func cachedPrefixTokens(_ slot: Int32) -> Int {
    guard ledger.sharesPrefixes, table[slot].phase == .waiting, table[slot].kv == 0 else { return 0 }
    return ledger.found(slot, tokens: Int(table[slot].prefillTarget)) * limits.blockSize
  }

  /// The context that an iteration of the decode batch reads, as far as it decides what attention costs: tokens that
  /// several sequences attend to are read from memory once, and again from the GPU's second-level cache.
  public var readContext: Int64 {
    let again = ledger.rereadTokens
    return again == 0
      ? batch.contextTokens
      : batch.contextTokens - cost.rereads.spared(again, together: ledger.tokensReadTogether)
  }
}
