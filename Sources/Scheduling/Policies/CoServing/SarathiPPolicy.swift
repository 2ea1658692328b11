import Replica
import SimCore

/// Sarathi-Serve's chunked prefill, extended to serve offline requests beside online ones with priority preemption: the
/// baseline that ConServe's publication calls Sarathi-P.
///
/// Every iteration has one token budget (`max_num_batched_tokens`): decodes, then chunks of online prompts, then of
/// offline ones. Where a waiting online request finds no blocks, the last admitted offline sequences give theirs up:
/// dropped and recomputed, or paged out and back while the engine waits. Nothing looks at how long an iteration takes.
///
/// Of the publication only a sentence on it is known; that offline decodes give places and tokens to online prompts,
/// and that prompts go on in order of class, is assumed in its favour.
/// Sources: ConServe (arXiv 2410.01228v2) on the baseline; Sarathi-Serve (OSDI 2024) on chunks.
public struct SarathiPPolicy: CoServingPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "sarathi-p",
    summary: "Chunked prefill under a token budget; offline work is preempted for waiting online requests.",
    source: "the baseline Sarathi-P of ConServe, arXiv 2410.01228v2; Sarathi-Serve, OSDI 2024",
    parameters: [
      ParameterDescriptor(
        "preemption", .choice(["recompute", "swap"]), default: .choice("recompute"),
        "what happens to the KV of a preempted offline sequence; a prompt that is not done is recomputed"),
      ParameterDescriptor(
        "watermark", .number(0...0.5), default: .number(0.01),
        "fraction of KV blocks that offline admission leaves free, as vLLM's"),
      CoServingRules.victimParameter(),
    ], traits: [.recomputes, .pages])

  public var scheduler: CoServingScheduler

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {
    var rules = CoServingRules()
    rules.swaps = parameters.choice("preemption") == "swap"
    rules.victims = CoServingRules.VictimOrder(rawValue: parameters.choice("victims")) ?? .newest
    rules.reserve = Int((parameters.number("watermark") * Double(limits.kvBlocks)).rounded(.up))
    scheduler = CoServingScheduler(rules)
  }
}
