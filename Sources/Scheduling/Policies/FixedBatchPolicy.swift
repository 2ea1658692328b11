import Replica
import SimCore

/// Batches that all run for as long as they are served: images, audio.
///
/// Whoever waits when the GPU is free runs in the next batch, the longest waiting first, as many as a batch holds. All
/// of them are done when it ends; who comes meanwhile waits. Nobody waits for a fuller batch.
///
/// A service's requests have one token of prompt and make one, so that a batch is one iteration. Services alone run
/// under it: it is in no catalogue, and no scenario names it.
public struct FixedBatchPolicy: SchedulingPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "fixed-batch", summary: "Batches of whoever waits, each served to its end.",
    source: "bulk service with a limit, as in queueing theory", parameters: [])

  private var waiting = WaitingQueue()

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {}

  public var looksAtStateOnArrival: Bool { false }

  public mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    waiting.arrive(slot, in: state.table) ? .boundary : .none
  }

  public mutating func finished(_ slot: Int32, _ state: EngineState) {}

  public mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    while waiting.head >= 0, decision.chunks.count < state.limits.maxSequences {
      decision.chunks.append(PrefillChunk(slot: waiting.head, tokens: 1))
      waiting.remove(waiting.head)
    }
    if waiting.head >= 0 { decision.admissionLimit = .sequences }
  }
}
