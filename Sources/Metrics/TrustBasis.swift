/// What a deployment's step times rest on, and what error was seen where something like it was measured.
public struct TrustBasis: Sendable, Hashable {
  /// Time of one kind of knowledge, in two reference iterations.
  public struct Part: Sendable, Hashable {
    /// `measured`, `interpolated`, `extrapolated`, `roofline` or `engine`.
    public var basis: String
    /// Seconds of an iteration that decodes one sequence of 1,024 tokens.
    public var decode: Double
    /// Seconds of an iteration that processes a prompt of 1,024 tokens.
    public var prefill: Double

    public init(basis: String, decode: Double, prefill: Double) {
      self.basis = basis
      self.decode = decode
      self.prefill = prefill
    }
  }

  /// What predictions of a recording were off by.
  public struct SeenError: Sendable, Hashable {
    /// The recording, in words.
    public var title: String
    /// Mean absolute error of latencies, as a share.
    public var mean: Double
    /// The largest of them.
    public var worst: Double
    /// How many runs were compared.
    public var runs: Int
    /// What is otherwise here, in words.
    public var differences: [String]

    public init(title: String, mean: Double, worst: Double, runs: Int, differences: [String]) {
      self.title = title
      self.mean = mean
      self.worst = worst
      self.runs = runs
      self.differences = differences
    }
  }

  /// One for each kind of knowledge, the surest first.
  public var parts: [Part]
  /// The nearest recording; nil where there is none.
  public var nearest: SeenError?

  public init(parts: [Part], nearest: SeenError?) {
    self.parts = parts
    self.nearest = nearest
  }

  /// The share of iterations' time that rests on each kind, about: every iteration counts as the decoding reference,
  /// and every 1,024 prompt tokens as the other one less what both have in common, which is the decoding one.
  public func shares(iterations: Int64, promptTokens: Int64) -> [(basis: String, share: Double)] {
    let times = parts.map { part in
      Double(iterations) * part.decode + Double(promptTokens) / 1024 * max(0, part.prefill - part.decode)
    }
    let sum = times.reduce(0, +)
    return sum > 0 ? zip(parts, times).map { ($0.basis, $1 / sum) } : []
  }
}
