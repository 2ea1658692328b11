import Replica
import SimCore

/// Online requests come first where anything is admitted, and nothing that offline requests have got is taken away: the
/// bound on offline throughput that ConServe's publication calls Non-Preemptive.
///
/// Whatever has begun goes on before anybody is admitted. When blocks run out, offline sequences that would need one
/// rest with what they hold until some are free; if that does not suffice, the last online sequence is dropped and
/// recomputed. Only where offline sequences alone wait for each other's blocks, the last of them is dropped, so that
/// any can finish.
///
/// Source: ConServe (arXiv 2410.01228v2), which says no more of it than that offline requests run to completion.
public struct NonPreemptivePolicy: CoServingPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "non-preemptive",
    summary: "Online requests are admitted first; offline work that has begun keeps what it has.",
    source: "the baseline Non-Preemptive of ConServe, arXiv 2410.01228v2",
    parameters: [
      ParameterDescriptor(
        "watermark", .number(0...0.5), default: .number(0.01),
        "fraction of KV blocks that offline admission leaves free, as vLLM's")
    ], traits: [.recomputes])

  public var scheduler: CoServingScheduler

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {
    var rules = CoServingRules()
    rules.offlineYields = false
    rules.reserve = Int((parameters.number("watermark") * Double(limits.kvBlocks)).rounded(.up))
    scheduler = CoServingScheduler(rules)
  }
}
