import Replica
import Scheduling
import SimCore

/// A policy where its engine can reach it: every call is one dispatch.
///
/// A policy that is stored as `any SchedulingPolicy` lies in a box, since no policy fits into an existential's own
/// words, and each call that may change it first asks whether anybody else holds the box: more than what many
/// decisions cost by themselves.
class PolicyHolder: AbstractClass {
  /// What can be said of it without running it.
  var descriptor: PolicyDescriptor { unimplemented() }
  var reservedBlocks: Int { unimplemented() }
  /// The same policy with the same memory, to be asked apart from it.
  func copy() -> PolicyHolder { unimplemented() }
  func checkpoints(_ requestClass: RequestClass) -> Bool { unimplemented() }
  func resumes(_ requestClass: RequestClass) -> Bool { unimplemented() }
  var looksAtStateOnArrival: Bool { unimplemented() }
  func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { unimplemented() }
  func finished(_ slot: Int32, _ state: EngineState) { unimplemented() }
  func moved(_ slot: Int32, _ state: EngineState) { unimplemented() }
  /// Iterations of the decision that stands have ended.
  func ran(_ iterations: Int, decodes: Int, _ decision: inout Decision, _ state: EngineState) { unimplemented() }
  func decide(_ state: EngineState, _ decision: inout Decision) { unimplemented() }

  /// A new policy of the type that a plan names.
  static func holding(
    _ type: any SchedulingPolicy.Type, _ parameters: PolicyParameters, limits: EngineLimits
  ) -> PolicyHolder {
    func hold<Policy: SchedulingPolicy>(_ type: Policy.Type) -> PolicyHolder {
      PolicyOf(type.init(parameters, limits: limits))
    }
    return hold(type)
  }
}

/// The holder of a policy of one type.
private final class PolicyOf<Policy: SchedulingPolicy>: PolicyHolder {
  private var policy: Policy

  init(_ policy: Policy) { self.policy = policy }

  override var descriptor: PolicyDescriptor { Policy.descriptor }
  override var reservedBlocks: Int { policy.reservedBlocks }
  override func copy() -> PolicyHolder { PolicyOf(policy) }
  override func checkpoints(_ requestClass: RequestClass) -> Bool { policy.checkpoints(requestClass) }
  override func resumes(_ requestClass: RequestClass) -> Bool { policy.resumes(requestClass) }
  override var looksAtStateOnArrival: Bool { policy.looksAtStateOnArrival }
  override func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { policy.arrived(slot, state) }
  override func finished(_ slot: Int32, _ state: EngineState) { policy.finished(slot, state) }
  override func moved(_ slot: Int32, _ state: EngineState) { policy.moved(slot, state) }
  // The work is put together here and not by who calls: nothing is, for the many policies that do not look at it.
  override func ran(_ iterations: Int, decodes: Int, _ decision: inout Decision, _ state: EngineState) {
    policy.ran(CompletedWork(iterations: iterations, decodes: decodes, chunks: decision.chunks), state)
  }
  override func decide(_ state: EngineState, _ decision: inout Decision) { policy.decide(state, &decision) }
}
