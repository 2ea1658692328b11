import Assembly
import SimCore

/// A change of a deployment's replicas within the run. Replicas are numbered from 0; those added follow.
public struct ResolvedFleetChange: Hashable, Sendable {
  public enum Action: Hashable, Sendable {
    /// Replicas begin to start here, and take requests once they have.
    case add([ReplicaPlacement], startUp: SimDuration)
    /// Replicas take no new requests, and finish theirs or hand them over.
    case drain([Int], handsOver: Bool)
    /// Replicas stop at once; their requests go to others, with the KV of those that decode or without.
    case remove([Int], handsOver: Bool)
  }

  public var time: SimDuration
  /// Index into the scenario's deployments.
  public var deployment: Int
  public var action: Action

  public init(time: SimDuration, deployment: Int, action: Action) {
    self.time = time
    self.deployment = deployment
    self.action = action
  }

  /// How long an added replica takes to start when the scenario does not say. Assumption: 60 s, for weights read from
  /// a local disk, compiled code from a cache, and graphs captured; vLLM takes from half a minute to several (its
  /// start-up is mostly the processor's work: arXiv 2606.07362).
  public static let assumedStartUp = SimDuration.seconds(60)
}
