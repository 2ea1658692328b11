import SimCore

/// Which way KV travels.
public enum TransferDirection: Sendable, Hashable, CaseIterable {
  /// From the engine's GPUs to a tier.
  case out
  /// Back to the engine's GPUs.
  case back
}

extension EngineState {
  /// How long it would take to move KV between the GPU and a tier, were it to leave now and nothing else to start: with
  /// what is under way on the links, as the network shares them, and as the deployment's transfers are made.
  ///
  /// It asks the network itself, so it costs as much as the transfers under way are many; ask when a decision hangs on
  /// it. Transfers that start later make it take longer.
  ///
  /// - Parameter blocks: how many travel; those that are dirty, of a page-out.
  /// - Returns: zero for no blocks; nil for a tier that the engine does not have.
  public func transferTime(blocks: Int, _ direction: TransferDirection, tier: MemoryTier) -> SimDuration? {
    blocks == 0 ? .zero : predictTransfer?(blocks, direction, tier, now)
  }
}
