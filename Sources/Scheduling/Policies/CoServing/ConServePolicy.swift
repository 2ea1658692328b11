import Replica
import SimCore

/// ConServe: offline requests fill what online ones leave idle, and get out of the way within milliseconds.
///
/// Online work is placed first. While any is in the iteration, offline sequences and prompt tokens are added only as
/// long as the predicted iteration time stays within the time-between-tokens target; without online work the iteration
/// is filled for throughput. Offline KV is copied to host memory as it is produced, so that its blocks are free at
/// once when online requests need them: what has a copy is fetched back later, while the engine computes, and only the
/// rest is processed again. An online arrival that finds an offline-only iteration under way gives it up at the next
/// layer safepoint if waiting for its end would miss the time-to-first-token target.
///
/// However little time is left, the oldest online prompt goes on by the smallest chunk.
///
/// Not published, so assumed: which offline sequence yields first (the last admitted), that an abandoned iteration is
/// done again from its start, and that safepoints are armed in offline-only iterations alone. Parameters change all
/// three.
/// Source: ConServe (arXiv 2410.01228v2).
public struct ConServePolicy: CoServingPolicy {
  public var scheduler: CoServingScheduler

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {
    scheduler = CoServingScheduler(Self.rules(parameters, limits))
  }

  public static let descriptor = PolicyDescriptor(
    name: "conserve",
    summary: "Offline work under online traffic: latency-bounded batches, layer safepoints, incremental checkpoints.",
    source: "ConServe, arXiv 2410.01228v2",
    parameters: [
      ParameterDescriptor(
        "ttft_target", .duration(.zero ... .seconds(3600)), default: .duration(.zero),
        "online time to first token to protect; 0 takes the scenario's SLO, or 1.5 s without one (assumption)"),
      ParameterDescriptor(
        "tbt_target", .duration(.zero ... .seconds(3600)), default: .duration(.zero),
        "online time between tokens to protect; 0 takes the scenario's TPOT SLO, or 110 ms without one (assumption)"),
      ParameterDescriptor(
        "tbt_margin", .number(0...0.9), default: .number(0.05),
        "share of the TBT target kept free for what the prediction does not see, such as copies (assumption)"),
      ParameterDescriptor(
        "safepoint_layers", .integer(0...1024), default: .integer(4),
        "layers between preemption checks; 0 preempts at iteration boundaries only"),
      ParameterDescriptor(
        "safepoint_check", .duration(.zero ... .seconds(1)), default: .duration(.zero),
        "cost of a check; 0 takes the published 10 us on one GPU, 167.2 us under tensor parallelism"),
      ParameterDescriptor(
        "safepoints_in", .choice(["offline", "mixed"]), default: .choice("offline"),
        "iterations that can be given up: those of offline requests alone, or all with offline members"),
      ParameterDescriptor(
        "online_members", .choice(["redone", "kept"]), default: .choice("redone"),
        "what becomes of online members of an iteration that is given up: done again from the first layer, or run to "
          + "its end without the offline ones"),
      ParameterDescriptor(
        "aborted_layers", .choice(["lost", "kept"]), default: .choice("lost"),
        "whether the layers that offline prompts have been through are run again"),
      ParameterDescriptor(
        "checkpoint", .boolean, default: .boolean(true),
        "copy offline KV to host memory as it is produced"),
      ParameterDescriptor(
        "latency_bound", .boolean, default: .boolean(true),
        "bound mixed iterations by the predicted time; without it, by the token budget alone"),
      ParameterDescriptor(
        "mixed_tokens", .integer(0...1_000_000), default: .integer(0),
        "the most tokens of an iteration while online requests are here; without them it takes "
          + "'max_num_batched_tokens', as it always does with 0"),
      CoServingRules.victimParameter(),
      ParameterDescriptor(
        "online_reserve", .number(0...0.9), default: .number(0.05),
        "fraction of KV blocks that offline admission leaves free for bursts of online requests (assumption)"),
    ] + CoServingRules.predictionParameters, traits: [.recomputes, .pages, .checkpoints, .abortsIterations])

  private static func rules(_ parameters: PolicyParameters, _ limits: EngineLimits) -> CoServingRules {
    var rules = CoServingRules()
    rules.readPrediction(parameters)
    let ttft = parameters.duration("ttft_target")
    let tbt = parameters.duration("tbt_target")
    rules.ttftTarget = ttft == .zero ? limits.timeToFirstTokenTarget ?? .milliseconds(1500) : ttft
    if parameters.boolean("latency_bound") {
      let between = tbt == .zero ? limits.timePerOutputTokenTarget ?? .milliseconds(110) : tbt
      rules.timeLimit = rules.limit(.seconds(between.seconds * (1 - parameters.number("tbt_margin"))))
      rules.boundsOnline = true
    }
    let mixed = parameters.integer("mixed_tokens")
    // As in vLLM an iteration has a token for every sequence.
    rules.mixedTokens = mixed == 0 ? .max : max(mixed, limits.maxSequences)
    let layers = parameters.integer("safepoint_layers")
    rules.safepoints = layers == 0 ? 0 : max(1, limits.layers / layers)
    var check = parameters.duration("safepoint_check")
    if check == .zero { check = .microseconds(limits.tensorParallel == 1 ? 10 : 167.2) }
    rules.safepointOverhead = check * rules.safepoints
    rules.mixedSafepoints = parameters.choice("safepoints_in") == "mixed"
    if parameters.choice("online_members") == "kept" { rules.kept.insert(.onlineMembers) }
    if parameters.choice("aborted_layers") == "kept" { rules.kept.insert(.layers) }
    rules.checkpointsOffline = parameters.boolean("checkpoint")
    rules.victims = CoServingRules.VictimOrder(rawValue: parameters.choice("victims")) ?? .newest
    rules.reserve = Int(parameters.number("online_reserve") * Double(limits.kvBlocks))
    return rules
  }
}
