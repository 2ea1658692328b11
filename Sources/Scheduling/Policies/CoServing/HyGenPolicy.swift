import Replica
import SimCore

/// HyGen: offline work is added to every batch until its predicted time reaches a latency budget.
///
/// Online requests are placed first, preempting offline ones where they need blocks; then offline decodes and prompts
/// come in as long as the predicted time of the iteration is within the budget, whether online work is there or not.
/// Preempted sequences are recomputed. HyGen finds the budget in advance, by search, so that a statistical SLO holds;
/// `best_over` in a scenario does that search.
///
/// Left out: the order of offline requests by shared prefixes; its predictor's own form (a polynomial in tokens and
/// context takes its place with `latency_model: fitted`).
/// Source: HyGen (NeurIPS 2025), from descriptions.
public struct HyGenPolicy: CoServingPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "hygen",
    summary: "Offline work is added to each batch until its predicted time reaches a latency budget.",
    source: "HyGen, NeurIPS 2025, from descriptions",
    parameters: [
      ParameterDescriptor(
        "latency_budget", .duration(.zero ... .seconds(3600)), default: .duration(.zero),
        "predicted time up to which offline work is added; 0 takes the scenario's TPOT SLO, or 110 ms without one "
          + "(assumption)"),
      ParameterDescriptor(
        "watermark", .number(0...0.5), default: .number(0.01),
        "fraction of KV blocks that offline admission leaves free, as vLLM's"),
      CoServingRules.victimParameter(),
    ] + CoServingRules.predictionParameters, traits: [.recomputes])

  public var scheduler: CoServingScheduler

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {
    var rules = CoServingRules()
    rules.readPrediction(parameters)
    let budget = parameters.duration("latency_budget")
    rules.timeLimit = rules.limit(
      budget == .zero ? limits.timePerOutputTokenTarget ?? .milliseconds(110) : budget)
    rules.boundsAlways = true
    rules.victims = CoServingRules.VictimOrder(rawValue: parameters.choice("victims")) ?? .newest
    rules.reserve = Int((parameters.number("watermark") * Double(limits.kvBlocks)).rounded(.up))
    scheduler = CoServingScheduler(rules)
  }
}
