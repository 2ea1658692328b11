import SimCore

/// A transfer that might start.
public struct ProposedTransfer: Hashable, Sendable {
  public var source: Endpoint
  public var destination: Endpoint
  /// More than zero.
  public var bytes: Int64
  /// The size of each contiguous piece in paged memory.
  public var fragmentBytes: Int64
  public var mode: TransferMode
  /// Whether the destination drives the copy.
  public var pulled: Bool

  public init(
    from source: Endpoint, to destination: Endpoint, bytes: Int64, fragmentBytes: Int64, mode: TransferMode,
    pulled: Bool = false
  ) {
    self.source = source
    self.destination = destination
    self.bytes = bytes
    self.fragmentBytes = fragmentBytes
    self.mode = mode
    self.pulled = pulled
  }
}

extension TransferNetwork {
  /// How long some transfers would take that started together at `time`, until the last is done, if nothing else were
  /// to start: they share the links with what is under way, and get more as that ends.
  ///
  /// Work grows with the transfers under way; the network itself is left as it is.
  ///
  /// - Parameter time: no earlier than the latest event, and no later than `nextChange`.
  /// - Returns: zero without transfers; nil when nothing joins the ends of one.
  public func predictedDuration(of transfers: [ProposedTransfer], at time: SimTime) -> SimDuration? {
    guard transfers.allSatisfy({ connects($0.source, $0.destination) }) else { return nil }
    var network = self
    var left: Set<Int64> = []
    for transfer in transfers {
      let id = network.start(
        from: transfer.source, to: transfer.destination, bytes: transfer.bytes, fragmentBytes: transfer.fragmentBytes,
        mode: transfer.mode, pulled: transfer.pulled, at: time)
      left.insert(id.number)
    }
    var end = time
    var completions: ContiguousArray<TransferCompletion> = []
    while !left.isEmpty {
      completions.removeAll(keepingCapacity: true)
      network.advance(to: network.nextChange, into: &completions)
      for completion in completions where left.remove(completion.flow.number) != nil { end = completion.time }
    }
    return end - time
  }
}
