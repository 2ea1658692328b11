import Replica
import SimCore

/// How the time of an iteration is charged to the sequences in it. The published descriptions do not say.
enum GPUTimeShare: String, CaseIterable, Sendable {
  /// By their tokens: a decoding sequence has one.
  case tokens
  /// In equal parts.
  case equal
  /// The whole to each, as if it had had the GPU to itself.
  case whole
}

/// How much GPU time each sequence has used.
///
/// Iterations of an unchanged decode batch charge all members alike, so one clock is kept for them; and they are
/// charged together, when the batch changes, so that rounding does not depend on how often the policy was asked.
struct GPUTimeAccount: Sendable {
  private let share: GPUTimeShare
  /// What members of the decode batch were charged since the start, picoseconds.
  private var clock: Int64 = 0
  /// The engine's busy time that has been charged.
  private var charged = SimDuration.zero
  /// Who is in the iterations that have not been.
  private var decodes = 0
  private var chunks: ContiguousArray<PrefillChunk> = []
  /// What was charged to each slot's sequence while it was not in the decode batch, picoseconds.
  private var prefill: ContiguousArray<Int64> = []

  init(_ share: GPUTimeShare) { self.share = share }

  /// What a sequence has used until it joined the decode batch.
  func prefillTime(_ slot: Int32) -> Int64 { prefill[Int(slot)] }

  /// A sequence begins with so much.
  mutating func open(_ slot: Int32, with time: Int64 = 0) {
    while prefill.count <= Int(slot) { prefill.append(0) }
    prefill[Int(slot)] = time
  }

  /// What the clock shows now.
  func reading(_ state: EngineState) -> Int64 { clock + part(1, of: state.busyTime - charged) }

  /// Charges what has run, and notes who is in the iterations that follow.
  mutating func charge(_ state: EngineState, next decodes: Int, _ chunks: ContiguousArray<PrefillChunk>) {
    let span = state.busyTime - charged
    clock += part(1, of: span)
    for chunk in self.chunks { prefill[Int(chunk.slot)] += part(Int64(chunk.tokens), of: span) }
    charged = state.busyTime
    self.decodes = decodes
    self.chunks = chunks
  }

  /// What a member with so many tokens is charged of `span`.
  private func part(_ tokens: Int64, of span: SimDuration) -> Int64 {
    switch share {
    case .tokens:
      let all = Int64(decodes) + chunks.reduce(0) { $0 + Int64($1.tokens) }
      return all == 0 ? 0 : Int64(Int128(span.picoseconds) * Int128(tokens) / Int128(all))
    case .equal:
      let all = Int64(decodes + chunks.count)
      return all == 0 ? 0 : span.picoseconds / all
    case .whole: return span.picoseconds
    }
  }
}
