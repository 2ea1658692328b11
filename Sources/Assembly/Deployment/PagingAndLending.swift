import Network

/// Where KV goes that leaves a GPU, and how it travels.
public struct PagingSettings: Hashable, Sendable {
  public var destination: Destination
  /// The deployments that lend memory and can be reached, as indices, in the order in which they are tried; used when
  /// the destination, or that of the policy compared, is `peer`.
  public var lenders: [Int]
  public var transfer: Transfer
  /// Whether replicas without a lender on their own server use those on others, over the network.
  public var usesNetwork: Bool
  /// What a placement takes it to want of peers' memory, bytes per GPU; nil for its swap space.
  public var wants: Int?
  /// Whether the KV of prefixes that groups of prompts share is kept at the destination from the start.
  public var storesPrefixes = false

  public enum Destination: String, CaseIterable, Hashable, Sendable {
    /// Host memory only.
    case host
    /// Memory lent by peer GPUs; host memory when that is full.
    case peer
  }

  /// The transfer modes a scenario can choose.
  public enum Transfer: String, CaseIterable, Hashable, Sendable {
    /// One copy per block, layer, and K or V.
    case fragmented
    /// Gathered into one buffer, copied once, scattered.
    case coalesced
    /// Moved by a kernel.
    case kernel
    /// Block by block: gathered, copied as keys and values, and on the way back scattered and synchronised each.
    case blockwise
  }

  public init(destination: Destination, lenders: [Int], transfer: Transfer, usesNetwork: Bool = false) {
    self.destination = destination
    self.lenders = lenders
    self.transfer = transfer
    self.usesNetwork = usesNetwork
  }
}

/// Memory that a deployment offers to its peers.
public struct LendingSettings: Hashable, Sendable {
  public var rule: Rule
  /// The most that is lent, bytes per GPU.
  public var memory: Int
  /// KV memory the lender keeps in any case, bytes per GPU.
  public var retain: Int
  /// With `informer`: memory is offered while at most this many requests wait.
  public var offerBelowWaiting: Int
  /// With `informer`: memory is taken back when at least this many requests wait.
  public var reclaimAtWaiting: Int

  public enum Rule: String, CaseIterable, Hashable, Sendable {
    /// Always lent.
    case `static`
    /// Lent and taken back as the lender's own load changes: AQUA's LLM informer.
    case informer
    /// Of services: lent from the first full batch on, and never taken back: AQUA's batch informer.
    case batch
  }

  public init(rule: Rule, memory: Int, retain: Int, offerBelowWaiting: Int, reclaimAtWaiting: Int) {
    self.rule = rule
    self.memory = memory
    self.retain = retain
    self.offerBelowWaiting = offerBelowWaiting
    self.reclaimAtWaiting = reclaimAtWaiting
  }
}

extension TransferMode {
  /// The mode that a scenario's choice stands for.
  public init(_ transfer: PagingSettings.Transfer) {
    switch transfer {
    case .fragmented: self = .fragmented
    case .coalesced: self = .coalesced
    case .kernel: self = .kernel
    case .blockwise: self = .blockwise
    }
  }
}
