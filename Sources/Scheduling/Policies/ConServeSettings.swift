import Replica
import SimCore

/// ConServe's parameters, and what they come to on one engine.
struct ConServeSettings {
  static let descriptor = PolicyDescriptor(
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
        "checkpoint", .boolean, default: .boolean(true),
        "copy offline KV to host memory as it is produced"),
      ParameterDescriptor(
        "latency_bound", .boolean, default: .boolean(true),
        "bound mixed iterations by the predicted time; without it, by the token budget alone"),
      ParameterDescriptor(
        "online_reserve", .number(0...0.9), default: .number(0.05),
        "fraction of KV blocks that offline admission leaves free for online requests (assumption)"),
    ], traits: [.recomputes, .pages, .checkpoints, .abortsIterations])

  /// Online time to first token to protect.
  let ttftTarget: SimDuration
  /// Online time between tokens to protect, with the margin taken off.
  let tbtTarget: SimDuration
  /// Preemption checks in an offline-only iteration; 0 for none.
  let safepoints: Int
  /// What these checks take together.
  let safepointOverhead: SimDuration
  /// Whether offline KV is copied to host memory as it is produced.
  let checkpointsOffline: Bool
  /// Whether mixed iterations are bounded by their predicted time.
  let boundsLatency: Bool
  /// KV blocks that offline admission leaves free.
  let reserve: Int

  init(_ parameters: PolicyParameters, limits: EngineLimits) {
    let ttft = parameters.duration("ttft_target")
    let tbt = parameters.duration("tbt_target")
    ttftTarget = ttft == .zero ? limits.timeToFirstTokenTarget ?? .milliseconds(1500) : ttft
    let between = tbt == .zero ? limits.timePerOutputTokenTarget ?? .milliseconds(110) : tbt
    tbtTarget = .seconds(between.seconds * (1 - parameters.number("tbt_margin")))
    let layers = parameters.integer("safepoint_layers")
    safepoints = layers == 0 ? 0 : max(1, limits.layers / layers)
    var check = parameters.duration("safepoint_check")
    if check == .zero { check = .microseconds(limits.tensorParallel == 1 ? 10 : 167.2) }
    safepointOverhead = check * safepoints
    checkpointsOffline = parameters.boolean("checkpoint")
    boundsLatency = parameters.boolean("latency_bound")
    reserve = Int(parameters.number("online_reserve") * Double(limits.kvBlocks))
  }
}
