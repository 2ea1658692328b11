import Replica
import Scheduling
import SimCore

/// A policy that does what another does, but for what it writes itself.
protocol PolicyStandIn<Real>: SchedulingPolicy {
  associatedtype Real: SchedulingPolicy
  var real: Real { get set }
}

extension PolicyStandIn {
  static var descriptor: PolicyDescriptor { Real.descriptor }

  var reservedBlocks: Int { real.reservedBlocks }
  func checkpoints(_ requestClass: RequestClass) -> Bool { real.checkpoints(requestClass) }
  func resumes(_ requestClass: RequestClass) -> Bool { real.resumes(requestClass) }
  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { real.arrived(slot, state) }
  mutating func finished(_ slot: Int32, _ state: EngineState) { real.finished(slot, state) }
  mutating func moved(_ slot: Int32, _ state: EngineState) { real.moved(slot, state) }
  mutating func ran(_ work: CompletedWork, _ state: EngineState) { real.ran(work, state) }
  mutating func decide(_ state: EngineState, _ decision: inout Decision) { real.decide(state, &decision) }
}
