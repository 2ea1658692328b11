import Replica
import SimCore

/// What Aqua's parameters say.
struct AquaSettings: Sendable {
  /// Which of the two published schedulers.
  enum Rules: String, CaseIterable, Sendable {
    case v2
    case v3
  }

  /// How what is left of a prompt longer than an iteration runs, under the rules of v2.
  enum LongPrompts: String, CaseIterable, Sendable {
    /// In iterations with the decode batch.
    case beside
    /// By itself, which holds decode up to the prompt's end.
    case alone
  }

  var rules: Rules
  var watermark: Int
  var longPrompts: LongPrompts
  /// Nobody's tokens should be further apart; nil without such a bound.
  var longestGap: SimDuration?
  /// Prompt tokens of an iteration, under v3.
  var prefillTokens: Int
  /// Sequences on the GPU at once.
  var places: Int
  var gpuTimeShare: GPUTimeShare

  init(_ parameters: PolicyParameters, limits: EngineLimits) {
    rules = Rules(rawValue: parameters.choice("rules")) ?? .v2
    watermark = Int((parameters.number("watermark") * Double(limits.kvBlocks)).rounded(.up))
    longPrompts = LongPrompts(rawValue: parameters.choice("long_prompts")) ?? .beside
    let gap = parameters.duration("longest_gap")
    longestGap = gap > .zero ? gap : nil
    gpuTimeShare = GPUTimeShare(rawValue: parameters.choice("gpu_time_share")) ?? .tokens
    let tokens = parameters.integer("prefill_tokens")
    let sequences = parameters.integer("decode_sequences")
    prefillTokens = tokens > 0 ? min(tokens, limits.maxBatchedTokens) : limits.maxBatchedTokens
    places = limits.maxSequences
    guard rules == .v3 else { return }
    if sequences > 0 { places = min(places, sequences) }
    // What prompts may take is not given to decode.
    if tokens > 0 { places = min(places, max(1, limits.maxBatchedTokens - prefillTokens)) }
  }

  static let parameters: [ParameterDescriptor] = [
    ParameterDescriptor(
      "rules", .choice(Rules.allCases.map(\.rawValue)), default: .choice("v2"),
      "v2: fewest generated tokens first, prompts in iterations of their own; v3: least GPU time first, prompts beside "
        + "decode"),
    ParameterDescriptor(
      "slice", .integer(1...1_000_000), default: .integer(6),
      "length of a time slice, in the unit of 'slice_unit'; 6 decode iterations in the released code of v2"),
    ParameterDescriptor(
      "slice_unit", .choice(SliceClock.Unit.allCases.map(\.rawValue)), default: .choice("steps"),
      "decode iterations, output tokens of all sequences together, or milliseconds in which iterations ran"),
    ParameterDescriptor(
      "longest_gap", .duration(.zero ... .seconds(3600)), default: .duration(.zero),
      "a sequence without a token for so long comes before everybody else, new prompts included; 0 for no bound"),
    ParameterDescriptor(
      "watermark", .number(0...0.5), default: .number(0.01),
      "fraction of KV blocks that admission leaves free"),
    ParameterDescriptor(
      "long_prompts", .choice(LongPrompts.allCases.map(\.rawValue)), default: .choice("beside"),
      "v2: whether what is left of a prompt longer than an iteration runs beside decode, or alone, holding decode up"),
    ParameterDescriptor(
      "prefill_tokens", .integer(0...1_048_576), default: .integer(0),
      "v3: prompt tokens in an iteration at most; 0 for what decode leaves of max_num_batched_tokens"),
    ParameterDescriptor(
      "decode_sequences", .integer(0...65_536), default: .integer(0),
      "v3: sequences on the GPU at once; 0 for max_num_seqs"),
    ParameterDescriptor(
      "gpu_time_share", .choice(GPUTimeShare.allCases.map(\.rawValue)), default: .choice("tokens"),
      "v3: how an iteration's time is charged to its members: by their tokens, in equal parts, or the whole to each"),
  ]
}
