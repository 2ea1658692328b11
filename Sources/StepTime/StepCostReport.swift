/// Where a part of a step-time estimate comes from.
public enum Basis: String, Hashable, Sendable, Comparable {
  /// A table measured for exactly this shape; points between its entries are interpolated.
  case measured
  /// Between measured shapes.
  case interpolated
  /// Beyond the measured shapes.
  case extrapolated
  /// The data sheet's rates with assumed efficiencies.
  case roofline
  /// Parameters of the engine, not of a kernel.
  case engine

  private var rank: Int {
    switch self {
    case .measured: 0
    case .interpolated: 1
    case .extrapolated: 2
    case .roofline: 3
    case .engine: 4
    }
  }

  public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
}

/// One part of a step-time estimate, for `explain`.
public struct StepCostPart: Hashable, Sendable {
  /// What it is, for example `gate_up 14336 x 8192, 80 times`.
  public let name: String
  public let basis: Basis
  /// The table or parameters used and what was done to them.
  public let source: String
  /// Its time in an iteration of 1 decoding sequence with 1024 tokens of context, seconds.
  public let decodeSeconds: Double
  /// Its time in an iteration of one prompt of 1024 tokens, seconds; of the whole budget when that is smaller.
  public let prefillSeconds: Double
}

/// A bound step cost with the account of where it comes from.
public struct BoundStep: Sendable {
  /// The tables the engine uses.
  public let cost: BoundStepCost
  /// The parts they were made of, in the order of the forward pass.
  public let parts: [StepCostPart]
  /// Assumptions that hold for the whole estimate, one sentence each.
  public let notes: [String]

  /// Parts that rest on no measurement of the shape at hand. Elementwise kernels always are a share of memory
  /// bandwidth; the profile's notes say so, and they are not listed.
  public var unmeasured: [StepCostPart] {
    parts.filter { ($0.basis == .extrapolated || $0.basis == .roofline) && !$0.name.hasPrefix("norms") }
  }
}
