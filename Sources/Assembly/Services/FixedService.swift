import SimCore

/// A model that serves batches in a time that depends on their size alone, such as those of images and audio; on one
/// GPU.
public struct FixedService: Hashable, Sendable {
  /// Requests in a batch at most.
  public var maxBatch: Int
  /// What it holds of its GPU's memory while it runs full batches, bytes.
  public var memory: Int64
  /// A batch takes this, and so much more for each of its requests, but never less than `least`.
  public var perBatch: SimDuration
  public var perRequest: SimDuration
  public var least: SimDuration

  public init(
    maxBatch: Int, memory: Int64, perBatch: SimDuration, perRequest: SimDuration, least: SimDuration = .zero
  ) {
    self.maxBatch = maxBatch
    self.memory = memory
    self.perBatch = perBatch
    self.perRequest = perRequest
    self.least = least
  }

  /// How long a batch of so many requests takes.
  public func time(ofBatch requests: Int) -> SimDuration {
    max(least, SimDuration(picoseconds: perBatch.picoseconds + perRequest.picoseconds * Int64(requests)))
  }
}

/// A service, and where its replicas run.
public struct ServiceDescription: Sendable {
  /// What results and messages call it.
  public var name: String
  /// What results call its model.
  public var modelName: String
  public var service: FixedService
  /// Where each replica runs, at least one, each on one GPU.
  public var placement: [ReplicaPlacement]
  /// Memory offered to peers; nil lends nothing.
  public var lending: LendingSettings?

  public init(
    name: String, modelName: String, service: FixedService, placement: [ReplicaPlacement],
    lending: LendingSettings? = nil
  ) {
    self.name = name
    self.modelName = modelName
    self.service = service
    self.placement = placement
    self.lending = lending
  }
}
