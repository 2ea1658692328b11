import SimCore

/// What an engine's host does for the next iteration while the GPU runs this one: an iteration takes at least as long.
///
/// Scheduling, preparing inputs and handing out tokens grow with the sequences; where the GPU is quick (small models,
/// many GPUs) they are what a decode iteration waits for.
public struct OverlappedHost: Hashable, Sendable {
  /// Seconds of every iteration.
  public var perStep: Double
  /// Seconds that each sequence adds.
  public var perSequence: Double

  /// Nothing that an iteration could wait for.
  public static let none = OverlappedHost(perStep: 0, perSequence: 0)

  /// - Parameters: seconds, at least 0.
  public init(perStep: Double, perSequence: Double) {
    self.perStep = perStep
    self.perSequence = perSequence
  }

  /// The least that a decode iteration of so many sequences takes.
  func seconds(sequences: Int) -> Double { perStep + perSequence * Double(sequences) }
}

extension DecodeAttentionCurve {
  /// The curve where it is above `floor`, and `floor` before that.
  func atLeast(_ floor: SimDuration) -> DecodeAttentionCurve {
    atLeast(line: floor, perToken: .zero)
  }
}
