import SimCore

extension KVLedger {
  /// Recounts the pools from what each sequence has; the broken law in words, nil when all agree.
  public func check() -> String? {
    if let law = local.check() { return "KV pool: \(law)" }
    if let law = peer.check() { return "peer tier: \(law)" }
    if let law = host.check() { return "host tier: \(law)" }
    if let law = cache?.check(free: local.free) { return "prefix cache: \(law)" }
    var held = grown
    var travelling = departing.local
    var copies = (peer: 0, host: 0)
    var relocating = (peer: 0, host: 0)
    for slot in 0..<holdings.count {
      let holding = holdings[slot]
      held += Int(holding.blocks)
      travelling += Int(holding.leaving) + Int(holding.coming)
      if holding.copyTier == .peer {
        relocating.host += Int(holding.relocating)
      } else {
        relocating.peer += Int(holding.relocating)
      }
      if holding.copiedTokens > holding.sentTokens {
        return "slot \(slot) has copies of \(holding.copiedTokens) tokens where \(holding.sentTokens) were sent"
      }
      if blocks(forTokens: Int(holding.sentTokens)) > Int(holding.copyBlocks) {
        return "slot \(slot) has sent \(holding.sentTokens) tokens to \(holding.copyBlocks) blocks of copies"
      }
      if holding.copyTier == .peer {
        copies.peer += Int(holding.copyBlocks)
      } else {
        copies.host += Int(holding.copyBlocks)
      }
    }
    let shared = cache?.shared ?? 0
    if held - shared != local.owned {
      return "sequences own \(held - shared) blocks, the pool says \(local.owned); \(shared) more are shared"
    }
    if travelling != local.inFlight {
      return "\(travelling) blocks are travelling, the pool says \(local.inFlight)"
    }
    if copies.peer != peer.owned {
      return "copies fill \(copies.peer) peer blocks, the pool says \(peer.owned)"
    }
    if copies.host != host.owned {
      return "copies fill \(copies.host) host blocks, the pool says \(host.owned)"
    }
    if relocating.peer + departing.peer != peer.inFlight {
      return "\(relocating.peer) peer blocks await copies from the host and \(departing.peer) go to other engines, "
        + "the pool says \(peer.inFlight)"
    }
    return relocating.host + departing.host == host.inFlight
      ? nil
      : "\(relocating.host) host blocks await copies from the peer and \(departing.host) go to other engines, the pool "
        + "says \(host.inFlight)"
  }
}
