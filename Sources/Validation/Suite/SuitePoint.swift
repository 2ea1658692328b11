import Models
import SimCore
import Workload

/// One published measurement of a serving engine, as far as it can be simulated.
public struct SuitePoint: Sendable {
  /// The data set it comes from, for example `InferenceX`.
  public var source: String
  /// The file and line it stands in.
  public var place: String
  /// The model as its publisher names it.
  public var model: String
  /// The GPU as its publisher names it.
  public var gpu: String
  /// GPUs that share each layer.
  public var tensorParallel: Int
  /// The engine as its publisher names it, with the version where one is given.
  public var engine: String
  /// The load, in a few words.
  public var workload: String
  /// What was measured.
  public var measured: [Measurement]
  /// How to simulate it, or why it cannot be.
  public var set: Setting

  /// A published figure.
  public struct Measurement: Sendable {
    public var metric: SuiteMetric
    /// In the metric's unit.
    public var value: Double
  }

  /// What a simulation needs, or the reason why there is none.
  public enum Setting: Sendable {
    case simulated(SuiteExperiment)
    case notModelled(String)
  }
}

/// Figures that sources publish.
public enum SuiteMetric: String, CaseIterable, Sendable {
  case ttftMean = "ttft mean"
  case ttftMedian = "ttft p50"
  case ttftP99 = "ttft p99"
  case tpotMean = "tpot mean"
  case tpotMedian = "tpot p50"
  case tpotP99 = "tpot p99"
  case latencyMean = "e2el mean"
  case latencyMedian = "e2el p50"
  case latencyP99 = "e2el p99"
  /// From the first arrival to the last token.
  case makespan
  /// Tokens produced per second, by all replicas together.
  case outputThroughput = "output throughput"
  /// Requests finished per second.
  case requestThroughput = "request throughput"

  /// What is measured, without the statistic: `ttft`, `makespan`.
  public var name: String {
    switch self {
    case .ttftMean, .ttftMedian, .ttftP99: "ttft"
    case .tpotMean, .tpotMedian, .tpotP99: "tpot"
    case .latencyMean, .latencyMedian, .latencyP99: "e2el"
    case .makespan: "makespan"
    case .outputThroughput: "throughput"
    case .requestThroughput: "request throughput"
    }
  }

  /// `mean`, `p50`, `p99`, or `value` of what a run has one of.
  public var statistic: String {
    switch self {
    case .ttftMean, .tpotMean, .latencyMean: "mean"
    case .ttftMedian, .tpotMedian, .latencyMedian: "p50"
    case .ttftP99, .tpotP99, .latencyP99: "p99"
    case .makespan, .outputThroughput, .requestThroughput: "value"
    }
  }

  /// The unit of its values.
  public var unit: String {
    switch self {
    case .makespan: "s"
    case .outputThroughput: "tokens/s"
    case .requestThroughput: "requests/s"
    default: "ms"
    }
  }
}

/// Everything that a point's simulation depends on.
public struct SuiteExperiment: Sendable {
  public var model: ModelArchitecture
  public var machine: SuiteMachine
  public var tensorParallel: Int
  /// Identical engines that share the load evenly.
  public var replicas = 1
  public var serving: SuiteServing
  public var load: SuiteLoad

  public init(
    model: ModelArchitecture, machine: SuiteMachine, tensorParallel: Int, replicas: Int = 1, serving: SuiteServing,
    load: SuiteLoad
  ) {
    self.model = model
    self.machine = machine
    self.tensorParallel = tensorParallel
    self.replicas = replicas
    self.serving = serving
    self.load = load
  }
}

/// When requests come, how many, and how long they are.
public struct SuiteLoad: Sendable {
  public var arrivals: Arrivals
  public var requests: Int
  public var lengths: LengthModel
  /// The mean output length, tokens; what an engine that promises memory for the whole answer counts with.
  public var meanOutput: Int

  public enum Arrivals: Hashable, Sendable {
    /// So many users, each of whom sends again when answered.
    case closedLoop(users: Int)
    /// Independent exponential gaps, requests per second.
    case poisson(rate: Double)
    /// All at the start.
    case together
  }

  public init(arrivals: Arrivals, requests: Int, lengths: LengthModel, meanOutput: Int) {
    self.arrivals = arrivals
    self.requests = requests
    self.lengths = lengths
    self.meanOutput = meanOutput
  }

  /// Uniform lengths, as the harnesses draw them: every whole number from a share of the nominal length up to it.
  public static func uniform(_ nominal: Int, from share: Double) -> LengthDistribution {
    LengthDistribution(.uniform(low: max(1, Int(Double(nominal) * share)), high: max(1, nominal)))
  }
}
