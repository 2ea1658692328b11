import Replica
import SimCore

/// What an arrival does to the iterations in progress.
public enum Interruption: Sendable, Equatable {
  /// Nothing: the standing decision would be the same with this request waiting.
  case none
  /// The policy is consulted at the next iteration boundary.
  case boundary
  /// The policy is consulted at the second iteration boundary, one at this very moment included: at the first it would
  /// still say the same.
  case secondBoundary
  /// The iteration in progress is given up at the next layer safepoint, and its work lost but for what is kept.
  ///
  /// - Parameter safepoints: how many evenly spaced safepoints an iteration has.
  case safepoint(safepoints: Int, keeping: KeptWork = [])
}

/// What of an iteration that is given up at a layer safepoint is not lost.
public struct KeptWork: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Online members go on: the layers that are left are run for them alone, and they make their tokens. Otherwise they
  /// are done again from the first layer, like everybody.
  public static let onlineMembers = KeptWork(rawValue: 1)
  /// The layers that offline prompts have been through are not run again for the same tokens.
  public static let layers = KeptWork(rawValue: 2)
}

/// A scheduling policy: what runs, what waits, what is paged, decided at iteration boundaries.
///
/// One policy is one file that conforms to this protocol and one line in `PolicyCatalogue`. A policy keeps its own
/// queues of slots; it is told when a sequence arrives, finishes or has moved, and is asked for a `Decision` at an
/// iteration boundary. Three rules make cost follow decisions rather than tokens:
///
/// 1. *A decision stands.* The engine runs up to `maxIterations` iterations before it asks again; it asks at once when
///    a sequence finishes, when KV blocks run out, when a transfer ends, and at arrivals the policy says matter.
/// 2. *Asking more often changes nothing.* The engine may consult the policy at any iteration boundary; while nothing
///    happened that ends the decision, the answer must be the same ("continue"), and so must the reason why the first
///    request waits. What runs out as sequences grow must be foreseen with `maxIterations`. `--stepping iteration` asks
///    at every boundary and must give identical results, and `--check-invariants` asks a copy inside segments, so a
///    policy that breaks this rule fails its conformance test.
/// 3. *No peeking.* A policy never sees a request's output length, the future, or another engine.
public protocol SchedulingPolicy: SendableMetatype {
  static var descriptor: PolicyDescriptor { get }

  init(_ parameters: PolicyParameters, limits: EngineLimits)

  /// Blocks of the pool the policy never hands to a single sequence; longer requests are rejected on arrival.
  var reservedBlocks: Int { get }

  /// Whether the KV of this class is copied to host memory as it is produced.
  func checkpoints(_ requestClass: RequestClass) -> Bool

  /// Whether a request of this class that another replica has begun can go on here from its KV. Such a request waits
  /// with its blocks held, before all that hold none (`WaitingQueue`), and has one token left to process.
  func resumes(_ requestClass: RequestClass) -> Bool

  /// Whether `arrived` looks at more than the sequence that has arrived and the policy's own queues. Where it does not,
  /// what iterations have done until then need not be booked for it first.
  var looksAtStateOnArrival: Bool { get }

  /// A request has arrived and waits in `slot`.
  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption

  /// The sequence in `slot` has produced all its tokens and goes; what it holds is given back after this.
  mutating func finished(_ slot: Int32, _ state: EngineState)

  /// The sequence in `slot` has arrived on the GPU (`paused` or `prefilling` now) or left it (`paged`).
  mutating func moved(_ slot: Int32, _ state: EngineState)

  /// Iterations have ended, before any sequence that is done leaves; for policies that account for service, as fair
  /// queueing does. What one sequence has made so far, `EngineState.generatedTokens(_:)` says at any time.
  ///
  /// Every iteration is told once, but how many at a time depends on the stepping and on what else happens: three and
  /// then two must come to the same as five. Iterations given up are not told.
  mutating func ran(_ work: CompletedWork, _ state: EngineState)

  /// Fills in `decision`, which is empty on entry; left empty, the decode batch goes on.
  mutating func decide(_ state: EngineState, _ decision: inout Decision)
}

extension SchedulingPolicy {
  public var reservedBlocks: Int { 0 }
  public func checkpoints(_ requestClass: RequestClass) -> Bool { false }
  public func resumes(_ requestClass: RequestClass) -> Bool { false }
  public var looksAtStateOnArrival: Bool { true }
  public mutating func moved(_ slot: Int32, _ state: EngineState) {}
  public mutating func ran(_ work: CompletedWork, _ state: EngineState) {}
}
