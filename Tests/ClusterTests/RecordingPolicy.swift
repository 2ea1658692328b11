import Replica
import Scheduling
import SimCore
import Synchronization

/// What a policy was shown at one consultation, and what it said.
struct Consultation: Sendable {
  /// One sequence as the policy saw it.
  struct Seen: Sendable {
    var request: Int64
    var requestClass: RequestClass
    var phase: SequencePhase
    var kv: Int
    var generated: Int
    var prefillDone: Bool
  }

  var time: SimTime
  /// By slot.
  var sequences: [Int32: Seen]
  var decision: Decision
}

/// Collects consultations of the policies made while it is `current`.
final class Recorder: Sendable {
  @TaskLocal static var current: Recorder?
  private let entries = Mutex<[Consultation]>([])

  func append(_ entry: Consultation) { entries.withLock { $0.append(entry) } }
  var consultations: [Consultation] { entries.withLock { $0 } }
}

/// A policy that does what another does and writes down every consultation.
struct RecordingPolicy<Real: SchedulingPolicy>: PolicyStandIn {
  var real: Real
  private let recorder = Recorder.current

  init(_ parameters: PolicyParameters, limits: EngineLimits) { real = Real(parameters, limits: limits) }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    var seen: [Int32: Consultation.Seen] = [:]
    for slot in 0..<Int32(state.table.slotCount) where state.table[slot].phase != .vacant {
      let sequence = state.table[slot]
      seen[slot] = Consultation.Seen(
        request: sequence.request, requestClass: sequence.requestClass, phase: sequence.phase, kv: state.kvTokens(slot),
        generated: state.generatedTokens(slot), prefillDone: state.kvTokens(slot) >= Int(sequence.prefillTarget))
    }
    real.decide(state, &decision)
    recorder?.append(Consultation(time: state.now, sequences: seen, decision: decision))
  }
}

/// The recording twin of a policy.
func recording(_ type: any SchedulingPolicy.Type) -> any SchedulingPolicy.Type {
  func open<Real: SchedulingPolicy>(_ type: Real.Type) -> any SchedulingPolicy.Type { RecordingPolicy<Real>.self }
  return open(type)
}
