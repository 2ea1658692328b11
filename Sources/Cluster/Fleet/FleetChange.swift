import SimCore

/// A change of the fleet within a run, at a time that the plan names.
public struct FleetChange: Sendable {
  public enum Action: Sendable {
    /// A replica begins to start, and takes requests once it has. It is numbered after those that the deployment has
    /// had so far.
    case add(ReplicaPlan, startUp: SimDuration)
    /// A replica takes no new requests. Those it has it finishes; or it ends the iteration under way and hands them to
    /// other replicas, with the KV of those that decode.
    case drain(replica: Int, handsOver: Bool)
    /// A replica stops at once; the iteration under way is lost. Its requests go to other replicas, with the KV of
    /// those that decode or to be recomputed.
    case remove(replica: Int, handsOver: Bool)
  }

  public var time: SimTime
  public var deployment: Int
  public var action: Action

  public init(at time: SimTime, deployment: Int, _ action: Action) {
    self.time = time
    self.deployment = deployment
    self.action = action
  }
}
