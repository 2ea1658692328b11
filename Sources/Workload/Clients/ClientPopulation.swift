import SimCore

/// Clients that come and go, each with a rate and a burstiness of its own in each window of time: what ServeGen
/// publishes of a provider's load (Xiang et al., *ServeGen: Workload Characterization and Generation of LLM Serving in
/// Production*, arXiv 2505.09999).
public struct ClientPopulation: Hashable, Sendable {
  /// The file of rates, for messages.
  public var source: String
  public var clients: [Client]
  /// The time of the tables at which the stream starts.
  public var from: SimDuration
  /// The time of the tables at which it ends; nil: where they end.
  public var to: SimDuration?
  /// Multiplies the rate of every client. Windows, and with them who is there when, stay where they are.
  public var rateScale: Double
  /// The share of clients that take part, each by a draw of its own in each replication. A client brings all of its
  /// requests or none, so that bursts stay what they are.
  public var share: Double

  /// One client.
  public struct Client: Hashable, Sendable {
    /// Its number in the tables, which its requests carry as their tenant.
    public var number: Int32
    /// In order of time, without overlap.
    public var windows: [Window]
    /// In order of time; empty where the tables have no lengths. Each holds from its start to that of the next, the
    /// first also before.
    public var lengths: [Lengths]

    public init(number: Int32, windows: [Window], lengths: [Lengths] = []) {
      self.number = number
      self.windows = windows
      self.lengths = lengths
    }
  }

  /// A span of time in which a client sends independent gaps of one distribution.
  public struct Window: Hashable, Sendable {
    /// Seconds of the tables.
    public var start: Double
    public var end: Double
    /// Requests per second.
    public var rate: Double
    public var gaps: Gaps

    public init(start: Double, end: Double, rate: Double, gaps: Gaps) {
      self.start = start
      self.end = end
      self.rate = rate
      self.gaps = gaps
    }
  }

  /// How gaps are distributed around the mean that the rate gives.
  public enum Gaps: Hashable, Sendable {
    case gamma(shape: Double)
    case weibull(shape: Double)
  }

  /// How long a client's prompts and answers are from a time on: values of the inverse distribution function at equal
  /// steps of probability from 0 to 1, tokens.
  public struct Lengths: Hashable, Sendable {
    public var start: Double
    public var prompt: [Double]
    public var output: [Double]

    public init(start: Double, prompt: [Double], output: [Double]) {
      self.start = start
      self.prompt = prompt
      self.output = output
    }
  }

  public init(
    source: String, clients: [Client], from: SimDuration = .zero, to: SimDuration? = nil, rateScale: Double = 1,
    share: Double = 1
  ) {
    self.source = source
    self.clients = clients
    self.from = from
    self.to = to
    self.rateScale = rateScale
    self.share = share
  }

  /// Whether the tables say how long requests are.
  public var hasLengths: Bool { clients.allSatisfy { !$0.lengths.isEmpty } }

  /// Requests expected in the tables between `from` and `to`, of all clients, at their own rates.
  public var expectedRequests: Double {
    let span = (from.seconds, to?.seconds ?? .infinity)
    return clients.reduce(0) { sum, client in
      sum
        + client.windows.reduce(0) { $0 + $1.rate * max(0, min($1.end, span.1) - max($1.start, span.0)) }
    }
  }

  func problems() -> [WorkloadProblem] {
    var found: [WorkloadProblem] = []
    found.expect(!clients.isEmpty, "file", "'\(source)' has no clients")
    found.expect(
      rateScale >= 1e-9 && rateScale <= 1e9, "rate_scale",
      "a scale is between 1e-9 and 1e9, found \(inWords(rateScale))")
    found.expect(
      share > 0 && share <= 1, "share", "a share of clients is above 0 and at most 1, found \(inWords(share))")
    if let to {
      found.expect(
        to > from, "to", "ends at \(inWords(to.seconds)) s, not after its start at \(inWords(from.seconds)) s")
    }
    if found.isEmpty {
      found.expect(
        expectedRequests > 0, "from",
        "no client of '\(source)' sends anything from \(inWords(from.seconds)) s on"
          + (to.map { " to \(inWords($0.seconds)) s" } ?? ""))
    }
    return found
  }
}
