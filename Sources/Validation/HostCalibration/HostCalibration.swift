import Assembly
import Catalogue
import Fitting
import Statistics
import StepTime

/// Host and launches of a deployment of one's own, found from a kit that was recorded there, and how much better
/// predictions become by them.
///
/// Two factors on the fitted costs: the host's time over its usual time, and the same of launching kernels. Kernels and
/// everything else stay as they are. Errors are cross-validated: steps are predicted with factors of other
/// experiments, or of other parts of the only one, and so are the experiments' latencies.
public struct HostCalibration: Sendable {
  public var factors: HostFactors
  /// Whether any step shows what launching takes.
  public var showsLaunches: Bool
  /// The host's time over its usual time by what the log says that the host spent by itself, on average; nil where it
  /// does not say.
  public var logged: Double?
  /// How many steps were learned from, and of which experiments.
  public var steps: Int
  public var experiments: [String]
  /// What is left out to be predicted, in words.
  public var parts: String
  /// Errors on the steps with the usual host, and with factors that were found without them.
  public var before: FitErrors
  public var after: FitErrors
  /// The same of latencies of each experiment with requests, where there are several experiments.
  public var latencies: [LatencyErrors]
  /// The engine's costs with these factors.
  public var costs: EngineCosts
  /// The profile whose kernel times go with them.
  public var profile: String

  /// Absolute errors of time to first token, time per output token and end-to-end latency at mean, p50, p90 and p99.
  public struct LatencyErrors: Sendable, Hashable {
    public var experiment: String
    /// The mean of them with the usual host, and with factors of the other experiments.
    public var before: Double
    public var after: Double
  }

  /// What the engine is called in the profile: no stack's name, so that every stack takes it.
  public static let engineName = "calibrated"

  /// Fewer steps say little of a host that is faster and slower for seconds on end.
  static let fewestSteps = 100

  /// - Parameters:
  ///   - experiments: of one engine; those without steps are left out.
  ///   - options: the usual host, whatever they say.
  /// - Throws: `KitError` where the kit does not tell; what binding and simulating throw.
  public init(
    _ experiments: [MeasuredExperiment], _ options: PredictionOptions = PredictionOptions(),
    isCancelled: (@Sendable () -> Bool)? = nil
  ) throws {
    var options = options
    options.host = .usual
    let own = experiments.filter { !$0.steps.isEmpty && $0.hardware.dataParallel == 1 }
    let first = try Self.checked(own, of: experiments)
    let bound = try first.bound(options)
    guard case .profile(let profile?) = bound.engine.description.kernels, let usual = bound.engine.bound.costs.host
    else {
      throw KitError(
        file: first.file,
        "\(first.name): calibrating takes kernel times of a profile, and an engine whose host was measured; there is "
          + bound.profile)
    }
    let isShared = first.hardware.tensorParallel > 1
    self.profile = profile.name
    self.experiments = own.map(\.name)
    logged = Self.logged(own, usual: usual)
    let steps = try LaunchedSteps(own, options)
    self.steps = steps.count
    guard steps.count >= Self.fewestSteps else {
      throw KitError(
        file: first.file,
        "\(first.name): \(steps.count) logged steps tell too little of the host: it takes \(Self.fewestSteps)")
    }
    let rows = Array(0..<steps.count)
    let groups = own.count > 1 ? steps.experiments : Self.parts(of: steps.count)
    let folds = GroupedFolds(groups: groups, count: Set(groups).count)
    parts = own.count > 1 ? "an experiment at a time" : "a fifth of the experiment at a time"
    (factors, showsLaunches) = Self.factors(steps, rows, own, usual)
    var found: [Int: HostFactors] = [:]
    let after = folds.predictions { learnFrom in
      let factors = Self.factors(steps, learnFrom, own, usual).factors
      let left = Set(rows).subtracting(learnFrom)
      if let row = left.first { found[groups[row]] = factors }
      let predicted = Dictionary(
        uniqueKeysWithValues: zip(left.sorted(), steps.predictions(factors, of: left.sorted())))
      return { predicted[$0] ?? 0 }
    }
    before = FitErrors(measured: steps.measured, predicted: steps.predictions(.usual, of: rows))
    self.after = FitErrors(measured: steps.measured, predicted: after)
    latencies = []
    if own.count > 1 {
      for (index, experiment) in own.enumerated() where experiment.kind == .serving {
        guard let factors = found[index] else { continue }
        latencies.append(
          LatencyErrors(
            experiment: experiment.name, before: try Self.error(experiment, .usual, options, isCancelled),
            after: try Self.error(experiment, factors, options, isCancelled)))
      }
    }
    costs = bound.engine.bound.costs.on(factors, isShared: isShared)
    costs.name = Self.engineName
    costs.provenance = provenance(of: bound.engine.bound.costs.name, gpu: first.hardware.gpu)
  }

  /// The first of the experiments, when all are of one engine.
  private static func checked(
    _ own: [MeasuredExperiment], of all: [MeasuredExperiment]
  ) throws(KitError) -> MeasuredExperiment {
    guard let first = own.first else {
      throw KitError(
        file: all.first?.file ?? "kit",
        "no experiment has the engine's steps, which calibrating learns from; Scripts/record-vllm.py records them")
    }
    let other = own.first {
      $0.hardware.gpu != first.hardware.gpu || $0.hardware.tensorParallel != first.hardware.tensorParallel
        || $0.engine.plansAhead != first.engine.plansAhead || $0.engine.isEager != first.engine.isEager
    }
    if let other {
      throw KitError(
        file: other.file,
        "\(other.name) is of another engine than \(first.name) (GPU, tensor parallelism, asynchronous scheduling or "
          + "graphs): calibrate one at a time, with '--experiment' where they are in one kit")
    }
    let asynchronous = first.engine.plansAhead ? own.first { $0.steps.contains { ($0.hostTime ?? 0) <= 0 } } : nil
    if let asynchronous {
      throw KitError(
        file: asynchronous.file,
        "\(asynchronous.name): steps of asynchronous scheduling tell of the host only by 'sched_s' and 'update_s', "
          + "which are missing; record once with synchronous scheduling")
    }
    return first
  }

  /// Fifths of an experiment: neighbouring steps are alike, and so is the host for seconds on end.
  private static func parts(of count: Int) -> [Int] { (0..<count).map { $0 * 5 / count } }

  private static func factors(
    _ steps: LaunchedSteps, _ rows: [Int], _ experiments: [MeasuredExperiment], _ usual: HostTimes
  ) -> (factors: HostFactors, showsLaunches: Bool) {
    guard experiments[0].engine.plansAhead else { return steps.factors(learnFrom: rows) }
    // The GPU hides the host there: only what the host logged of itself tells of it.
    let known = Set(rows.map { steps.experiments[$0] })
    let own = known.sorted().map { experiments[$0] }
    return (HostFactors(pace: logged(own, usual: usual) ?? 1), false)
  }

  private static func logged(_ experiments: [MeasuredExperiment], usual: HostTimes) -> Double? {
    let means = experiments.compactMap {
      HostPace.recorded($0.steps, usual: usual, plansAhead: $0.engine.plansAhead)?.mean
    }
    guard means.count == experiments.count, !means.isEmpty else { return nil }
    return (Sample.mean(means) * 1000).rounded() / 1000
  }

  private static func error(
    _ experiment: MeasuredExperiment, _ factors: HostFactors, _ options: PredictionOptions,
    _ isCancelled: (@Sendable () -> Bool)?
  ) throws -> Double {
    var options = options
    options.hostFactors = factors
    let comparison = try ExperimentComparison(experiment, options: options, isCancelled: isCancelled)
    let errors = comparison.figures.filter { [.ttft, .tpot, .e2el].contains($0.metric) }.compactMap(\.error)
    return errors.isEmpty ? 0 : Sample.mean(errors.map(abs))
  }

  private func provenance(of engine: String, gpu: String) -> [String] {
    var sentences = [
      "\(engine) with the host at \(factors.pace) of its usual time"
        + (showsLaunches ? " and launches at \(factors.launch) of theirs" : "; of launches the steps tell nothing")
        + ", found from \(steps) steps of \(experiments.joined(separator: ", ")) on \(gpu)",
      "errors of steps that were left out, \(parts): \(Self.words(after)); with the usual host \(Self.words(before))",
    ]
    if let logged { sentences.append("by its own log the host took \(logged) of its usual time") }
    return sentences
  }

  private static func words(_ errors: FitErrors) -> String {
    "median \(EngineFitRecord.percent(errors.median)), 95th percentile \(EngineFitRecord.percent(errors.p95))"
  }

  /// A profile with these costs beside the kernel times of another.
  ///
  /// - Parameter kernels: the text of the profile that they go with.
  /// - Throws: `ProfileTextError` for a text that is no profile.
  public func profile(_ kernels: String, file: String) throws(ProfileTextError) -> ProfileDocument {
    var document = try ProfileDocument(text: kernels, file: file)
    document.sections.removeAll { $0.name == "engine" }
    document.sections.append(EngineCosts.section([costs]))
    document.comments.append("host: calibrated by spillway validate --write-profile; kernel times of \(profile)")
    return document
  }
}
