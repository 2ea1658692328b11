import SimCore

/// Blocks that several sequences share, and what a dropped one left.
extension KVLedger {
  /// Whether prompts that begin alike share blocks.
  public var sharesPrefixes: Bool { cache != nil }

  /// Whether any waiting sequence may find blocks of its tokens on the GPU.
  public var mayFindBlocks: Bool { cache?.isEmpty == false }

  /// What a sequence's full blocks are called; nothing when prefixes are not shared.
  package func names(of slot: Int32) -> BlockNames { hasNames ? names[Int(slot)] : .none }

  /// Of its named blocks, what a sequence with `tokens` tokens to process may start with: at least one token is left.
  public func startingBlocks(_ slot: Int32, tokens: Int) -> BlockRun {
    names(of: slot).prefix((tokens - 1) / blockSize)
  }

  /// The named blocks that a resident sequence holds and others can find.
  public func findableBlocks(_ slot: Int32) -> BlockRun { names(of: slot).prefix(Int(holdings[Int(slot)].findable)) }

  /// How many sequences hold a block; nil when it is not on the GPU.
  public func holders(of block: Int) -> Int? { cache?.owners(of: block) }

  /// How many of these blocks are on the GPU, from the first.
  func found(_ blocks: some BidirectionalCollection<Int>) -> Int { cache?.find(blocks).found ?? 0 }

  /// How many blocks of a waiting sequence with `tokens` tokens to process are on the GPU, from its first.
  public func found(_ slot: Int32, tokens: Int) -> Int {
    guard let cache, !cache.isEmpty else { return 0 }
    let named = startingBlocks(slot, tokens: tokens)
    let found = cache.find(named).found
    return found + (found == named.count ? ownBlocks(slot, tokens: tokens) : 0)
  }

  /// Free blocks that a dropped sequence left and alone can use again, behind all its named blocks.
  public func ownBlocks(_ slot: Int32, tokens: Int) -> Int {
    guard let cache, !cache.isEmpty else { return 0 }
    let own = cache.ownBlocks(of: slot)
    let full = (tokens - 1) / blockSize
    return own <= full - (hasNames ? min(names[Int(slot)].count, full) : 0) ? own : 0
  }

  /// Blocks of a resident sequence that others hold too: they stay when it goes.
  public func sharedBlocks(_ slot: Int32) -> Int {
    guard hasNames, let cache else { return 0 }
    return cache.sharedCount(findableBlocks(slot))
  }

  /// A waiting sequence that is to run holds what is on the GPU of its `tokens` tokens.
  package func start(_ slot: Int32, tokens: Int) {
    guard let cache, !cache.isEmpty, holdings[Int(slot)].blocks == 0 else { return }
    let named = startingBlocks(slot, tokens: tokens)
    let found = cache.find(named).found
    let own = found == named.count ? ownBlocks(slot, tokens: tokens) : 0
    start(slot, from: named.prefix(found))
    if own > 0 {
      cache.reuseOwn(slot)
      let fits = local.allocate(own)
      precondition(fits, "blocks that are free can be taken")
      holdings[Int(slot)].blocks += Int32(own)
    } else {
      cache.forgetOwn(slot)
    }
  }

  /// A sequence without blocks holds these, which are all on the GPU.
  func start(_ slot: Int32, from blocks: BlockRun) {
    guard !blocks.isEmpty else { return }
    let wereFree = cache!.reuse(blocks)
    let fits = local.allocate(wereFree)
    precondition(fits, "blocks that are free can be taken")
    holdings[Int(slot)].blocks = Int32(blocks.count)
    holdings[Int(slot)].findable = Int32(blocks.count)
  }

  /// The full blocks among a sequence's first `tokens` tokens can be found from now on. Where such a block is there
  /// already, the sequence shares it and gives its own back.
  package func publish(_ slot: Int32, through tokens: Int) {
    guard hasNames else { return }
    let index = Int(slot)
    let blocks = names[index].prefix(tokens / blockSize).dropFirst(Int(holdings[index].findable))
    guard !blocks.isEmpty else { return }
    let known = cache!.keep(blocks)
    local.release(known)
    cache!.giveBack(known)
    holdings[index].findable += Int32(blocks.count)
  }

  /// What a sequence was about to compute beyond its first `tokens` tokens was given up: those blocks hold nothing.
  package func retract(_ slot: Int32, beyond tokens: Int) {
    guard hasNames else { return }
    let index = Int(slot)
    let blocks = findableBlocks(slot).dropFirst(tokens / blockSize)
    guard !blocks.isEmpty else { return }
    holdings[index].findable -= Int32(blocks.count)
    // For those that others hold too it had given its own back.
    holdings[index].blocks -= Int32(cache!.withdraw(blocks))
  }

  // MARK: What decoding sequences read together

  /// Tokens that decoding sequences attend to and another of them attends to as well, counted once for each but the
  /// first: what an iteration reads again.
  public var rereadTokens: Int64 { Int64((cache?.rereads ?? 0) * blockSize) }
  /// Tokens that more than one decoding sequence attends to.
  public var tokensReadTogether: Int64 { Int64((cache?.readTogether ?? 0) * blockSize) }

  /// A sequence decodes from now on, over the blocks that others can find.
  package func beginReading(_ slot: Int32) {
    guard cache != nil, holdings[Int(slot)].findable > 0 else { return }
    holdings[Int(slot)].read = holdings[Int(slot)].findable
    cache!.beginReading(findableBlocks(slot))
  }

  /// It no longer does.
  package func endReading(_ slot: Int32) {
    let index = Int(slot)
    guard cache != nil, holdings[index].read > 0 else { return }
    cache!.endReading(names[index].prefix(Int(holdings[index].read)))
    holdings[index].read = 0
  }
}
