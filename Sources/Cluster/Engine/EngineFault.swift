import SimCore

/// A rule of the simulator that was broken during a run: a policy asked for the impossible, or the engine has a bug.
///
/// The run cannot go on; its results are void.
public struct EngineFault: Error, CustomStringConvertible, Sendable, Equatable {
  /// The policy in charge.
  public var policy: String
  /// The engine, for example `chat[0]`.
  public var engine: String
  /// When.
  public var time: SimTime
  /// The broken rule, with numbers.
  public var rule: String

  public init(policy: String, engine: String, time: SimTime, rule: String) {
    self.policy = policy
    self.engine = engine
    self.time = time
    self.rule = rule
  }

  public var description: String {
    "policy '\(policy)' on \(engine) at \(time.seconds) s of simulated time: \(rule)"
  }
}
