/// Prompt blocks that several sequences share.
extension KVLedger {
  /// Whether prompts that begin alike share blocks.
  public var sharesPrefixes: Bool { cache != nil }

  /// The numbers of a sequence's full prompt blocks; none when prefixes are not shared.
  package func prompts(of slot: Int32) -> ArraySlice<Int32> { cache == nil ? [] : prompts[Int(slot)] }

  /// Of these, what a prompt of `tokens` tokens may start with: at least one token is left to process.
  public func startingBlocks(_ slot: Int32, tokens: Int) -> ArraySlice<Int32> {
    prompts(of: slot).prefix((tokens - 1) / blockSize)
  }

  /// The blocks that a resident sequence holds and others can find.
  public func findableBlocks(_ slot: Int32) -> ArraySlice<Int32> {
    prompts(of: slot).prefix(Int(holdings[Int(slot)].findable))
  }

  /// How many sequences hold a block; nil when it is not on the GPU.
  public func holders(of block: Int32) -> Int? { cache?.owners(of: block) }

  /// How many of these blocks are on the GPU, from their start.
  public func found(_ blocks: ArraySlice<Int32>) -> Int { cache?.find(blocks).found ?? 0 }

  /// Blocks of a resident sequence that others hold too: they stay when it goes.
  public func sharedBlocks(_ slot: Int32) -> Int { cache?.sharedCount(findableBlocks(slot)) ?? 0 }

  /// A waiting sequence that is to run holds what is on the GPU of its prompt of `tokens` tokens.
  package mutating func start(_ slot: Int32, tokens: Int) {
    guard cache != nil, holdings[Int(slot)].blocks == 0 else { return }
    let blocks = startingBlocks(slot, tokens: tokens)
    start(slot, from: blocks.prefix(found(blocks)))
  }

  /// A sequence without blocks holds these, which are all on the GPU.
  mutating func start(_ slot: Int32, from blocks: ArraySlice<Int32>) {
    guard !blocks.isEmpty else { return }
    let wereFree = cache!.reuse(blocks)
    let fits = local.allocate(wereFree)
    precondition(fits, "blocks that are free can be taken")
    holdings[Int(slot)].blocks = Int32(blocks.count)
    holdings[Int(slot)].findable = Int32(blocks.count)
  }

  /// The full blocks among a sequence's first `tokens` tokens can be found from now on. Where such a block is there
  /// already, the sequence shares it and gives its own back.
  package mutating func publish(_ slot: Int32, through tokens: Int) {
    guard cache != nil else { return }
    let index = Int(slot)
    let blocks = prompts[index].prefix(tokens / blockSize).dropFirst(Int(holdings[index].findable))
    guard !blocks.isEmpty else { return }
    let known = cache!.keep(blocks)
    local.release(known)
    cache!.giveBack(known)
    holdings[index].findable += Int32(blocks.count)
  }

  /// What a sequence was about to compute beyond its first `tokens` tokens was given up: those blocks hold nothing.
  package mutating func retract(_ slot: Int32, beyond tokens: Int) {
    guard cache != nil else { return }
    let index = Int(slot)
    let blocks = findableBlocks(slot).dropFirst(tokens / blockSize)
    guard !blocks.isEmpty else { return }
    holdings[index].findable -= Int32(blocks.count)
    // For those that others hold too it had given its own back.
    holdings[index].blocks -= Int32(cache!.withdraw(blocks))
  }
}
