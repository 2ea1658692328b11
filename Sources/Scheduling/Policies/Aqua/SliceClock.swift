import Replica
import SimCore

/// When time slices end.
///
/// Slices follow each other without a gap, whether anybody looks or not. While nobody competes for the GPU their ends
/// pass unnoticed, which costs nothing and leaves the later ones where they were.
struct SliceClock: Sendable {
  /// What a slice is counted in.
  enum Unit: String, CaseIterable, Sendable {
    /// Decode iterations.
    case steps
    /// Output tokens of all sequences together.
    case tokens
    /// Milliseconds in which iterations ran; copies that an iteration waits for are not in it.
    case milliseconds
  }

  private let unit: Unit
  /// In steps, tokens, or picoseconds.
  private let length: Int64
  private var end: Int64 = 0
  private var wasContended = false

  init(unit: Unit, length: Int) {
    self.unit = unit
    self.length = unit == .milliseconds ? SimDuration.milliseconds(Double(length)).picoseconds : Int64(length)
  }

  private func position(_ state: EngineState) -> Int64 {
    switch unit {
    case .steps: state.batch.step
    case .tokens: state.outputTokens
    case .milliseconds: state.busyTime.picoseconds
    }
  }

  /// Whether a slice has ended that somebody waits for the end of.
  mutating func isOver(_ state: EngineState, isContended: Bool) -> Bool {
    let now = position(state)
    if !wasContended, now > end { end += length * ((now - end + length - 1) / length) }
    wasContended = isContended
    return isContended && now >= end
  }

  /// Another slice begins now.
  mutating func restart(_ state: EngineState) { end = position(state) + length }

  /// The end of a slice passes without a selection.
  mutating func pass(_ state: EngineState) { if position(state) == end { end += length } }

  /// Lets a decision that goes on stand until the slice ends.
  ///
  /// - Parameter decodes: the sequences that decode.
  func limit(_ decision: inout Decision, decodes: Int, _ state: EngineState) {
    let left = end - position(state)
    switch unit {
    case .steps: decision.maxIterations = Int(left)
    case .tokens: decision.maxIterations = Int((left + Int64(decodes) - 1) / Int64(max(1, decodes)))
    case .milliseconds: decision.reconsiderAt = state.now + SimDuration(picoseconds: left)
    }
  }
}
