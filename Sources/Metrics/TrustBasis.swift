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

  /// What predictions of a recording were off by: predicted over measured, less 1.
  public struct SeenError: Sendable, Hashable {
    /// The recording, in words.
    public var title: String
    /// Of time to first token, time per output token and end-to-end latency, at mean, p50, p90 and p99, runs together.
    public var latencyErrors: [Double]
    /// Of output throughput, one for each run.
    public var throughputErrors: [Double]
    /// What is otherwise here, in words.
    public var differences: [String]
    /// Whether the recording is of this kind of GPU and this serving stack.
    public var isOfThisEngine: Bool

    public init(
      title: String, latencyErrors: [Double], throughputErrors: [Double], differences: [String], isOfThisEngine: Bool
    ) {
      self.title = title
      self.latencyErrors = latencyErrors
      self.throughputErrors = throughputErrors
      self.differences = differences
      self.isOfThisEngine = isOfThisEngine
    }

    /// Mean absolute error of latencies, as a share.
    public var mean: Double {
      latencyErrors.isEmpty ? 0 : latencyErrors.reduce(0) { $0 + abs($1) } / Double(latencyErrors.count)
    }
    /// The largest absolute error of latencies.
    public var worst: Double { latencyErrors.map(abs).max() ?? 0 }
    /// How many runs were compared.
    public var runs: Int { throughputErrors.count }
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

/// What the step times of one deployment of a run rest on.
public struct TrustLine: Sendable, Hashable {
  public var deployment: String
  /// The share of iterations' time that rests on each kind of knowledge, see
  /// ``TrustBasis/shares(iterations:promptTokens:)``.
  public var shares: [Share]
  /// The nearest recording; nil where there is none.
  public var nearest: TrustBasis.SeenError?

  public struct Share: Sendable, Hashable {
    public var basis: String
    public var share: Double
  }
}

extension RunResult {
  /// A line for each deployment of which it is known.
  public var trust: [TrustLine] {
    deployments.indices.compactMap { index in
      guard let basis = deployments[index].trust else { return nil }
      let sums = totals(ofDeployment: Int32(index)).sums
      return TrustLine(
        deployment: deployments[index].name,
        shares: basis.shares(iterations: sums.iterations, promptTokens: sums.promptTokens)
          .map { TrustLine.Share(basis: $0.basis, share: $0.share) },
        nearest: basis.nearest)
    }
  }
}
