import Statistics
import StepTime

/// What a fit assumes.
public struct EngineFitOptions: Sendable {
  /// The engine's name in the result.
  public var name: String
  /// Kernel times; the roofline of the data sheet when `nil`.
  public var profile: StepTimeProfile?
  /// The same of GPUs that have others, by their names.
  public var profiles: [String: StepTimeProfile] = [:]
  /// Seconds of a step that each layer takes, where all logs are of one depth and cannot tell.
  public var perLayer: Double
  /// Share of the memory bandwidth that norms and activations reach: grows with tokens as matrix products do, so a log
  /// cannot tell them apart.
  public var elementwiseEfficiency: Double
  /// Whether decode attention deals out pairs of sequence and head whatever their numbers, as vLLM's does on Hopper.
  public var spreadsPairs = true
  /// Seconds of compute-bound products in a step that run before the power limit lowers the clock.
  public var fullClock: Double
  /// Parts for cross-validation.
  public var folds: Int

  public init(
    name: String = "engine", profile: StepTimeProfile?, perLayer: Double = 20e-6, elementwiseEfficiency: Double = 0.7,
    fullClock: Double = 10e-3, folds: Int = 10
  ) {
    self.name = name
    self.profile = profile
    self.perLayer = perLayer
    self.elementwiseEfficiency = elementwiseEfficiency
    self.fullClock = fullClock
    self.folds = folds
  }

  /// Where a GPU's kernel times come from.
  func profile(of gpu: GPURates) -> StepTimeProfile? { profiles[gpu.name] ?? profile }
}

/// Costs of a serving engine, fitted to logs of its iterations on top of measured kernel times.
///
///     T = kernels + per step + per sequence * s + per layer * layers [iterations with prefill]
///         + factors on compute-bound products, decode attention and prefill attention
///
/// by robust regression of relative errors (Tukey's bisquare): the model is ``StepCostBinder``'s, linear in its engine
/// costs. Errors are cross-validated: a step is predicted by a fit that saw neither it nor its neighbours.
public struct EngineFit: Sendable {
  /// One coefficient and what it belongs to.
  public struct Term: Sendable {
    public let term: EngineTerm
    /// Whose kernel times it goes with; nil for the engine's own, and where there are no others.
    public let profile: String?
    public let coefficient: Coefficient
  }

  /// The engine's costs, ready to be simulated; with the first log's kernel times where there are several.
  public var costs: EngineCosts { byKernels[0].costs }
  /// The same with each profile's kernel times.
  public let byKernels: [(profile: String, costs: EngineCosts)]
  /// What was estimated, with 95 % intervals.
  public let terms: [Term]
  /// What was not estimated but assumed, and why; one sentence each.
  public let assumptions: [String]
  /// The share of steps that the regression counted as outliers.
  public let outliers: Double
  /// The logs' steps, run by run, the run of each, and the prediction that cross-validation made of it.
  public let steps: [LoggedStep]
  public let runs: [Int]
  public let predictions: [Double]
  /// Cross-validated errors, the host taken at its usual speed: what a simulation will be off by.
  public let crossValidated: FitErrors
  /// The same with the host's speed of the moment known, where the log tells it: what the kernels' part is off by.
  public let givenHostSpeed: FitErrors?
  /// Errors on the steps that were learned from.
  public let inSample: FitErrors
  /// Cross-validated errors of each log by itself.
  public let byRun: [(name: String, errors: FitErrors)]
  /// Errors on the steps of each model on each number of GPUs when nothing of it was learned from, the host at its
  /// usual speed; empty when there is only one.
  public let leftOut: [(name: String, errors: FitErrors)]

  /// Fits the costs to logs, of models of one depth or several.
  ///
  /// - Throws: ``FitError`` when the logs do not tell enough; `TensorParallelError` when a model cannot be split so.
  public init(_ logs: [StepLog], options: EngineFitOptions) throws {
    let table = try Self.table(logs, options)
    let everything = Array(table.steps.indices)
    let speed = table.hostSpeed(everything)
    let fit = try table.fitWhole(speed, learnFrom: everything)
    var terms: [Term] = []
    for column in table.columns + [FitColumn(term: .hostSpeed)] {
      guard let coefficient = fit.linear.coefficients.first(where: { $0.name == column.name }) else { continue }
      terms.append(Term(term: column.term, profile: column.profile, coefficient: coefficient))
    }
    self.terms = terms
    outliers = fit.linear.outliers
    byKernels = table.costs(fit, speed, logs, options)
    assumptions = table.assumptions(options, hasSpeed: speed != nil)
    steps = table.steps
    runs = table.runs
    let measured = table.steps.map(\.duration)
    inSample = FitErrors(measured: measured, predicted: everything.map { table.predict($0, fit, nil) })

    let folds = GroupedFolds(groups: table.groups, count: options.folds)
    var given: [Double]? = speed == nil ? nil : [Double](repeating: 0, count: steps.count)
    predictions = try folds.predictions { learnFrom in
      let speed = table.hostSpeed(learnFrom)
      let part = try table.fitWhole(speed, learnFrom: learnFrom)
      return { row in
        if let speed { given?[row] = table.predict(row, part, speed) }
        return table.predict(row, part, nil)
      }
    }
    crossValidated = FitErrors(measured: measured, predicted: predictions)
    givenHostSpeed = given.map { FitErrors(measured: measured, predicted: $0) }
    let predictions = predictions
    let runs = runs
    byRun = logs.enumerated().compactMap { index, log in
      let own = runs.indices.filter { runs[$0] == index }
      guard !own.isEmpty else { return nil }
      return (log.name, FitErrors(measured: own.map { measured[$0] }, predicted: own.map { predictions[$0] }))
    }
    let engines = logs.map(\.engine)
    var names: [String] = []
    for name in engines where !names.contains(name) { names.append(name) }
    var leftOut: [(name: String, errors: FitErrors)] = []
    for name in names where names.count > 1 {
      let own = everything.filter { engines[runs[$0]] == name }
      let others = everything.filter { engines[runs[$0]] != name }
      guard !own.isEmpty, !others.isEmpty else { continue }
      // What is learned from the others may not tell a term apart; then there is no prediction.
      guard let part = try? table.fitWhole(table.hostSpeed(others), learnFrom: others) else { continue }
      leftOut.append(
        (
          name,
          FitErrors(measured: own.map { measured[$0] }, predicted: own.map { table.predict($0, part, nil) })
        ))
    }
    self.leftOut = leftOut
  }

  /// The costs alone, without what it takes to say how far they can be trusted.
  ///
  /// - Returns: for each profile of kernel times.
  /// - Throws: as the fit does.
  public static func costs(
    _ logs: [StepLog], options: EngineFitOptions
  ) throws -> [(profile: String, costs: EngineCosts)] {
    let table = try table(logs, options)
    let everything = Array(table.steps.indices)
    let speed = table.hostSpeed(everything)
    return table.costs(try table.fitWhole(speed, learnFrom: everything), speed, logs, options)
  }

  private static func table(_ logs: [StepLog], _ options: EngineFitOptions) throws -> FitTable {
    guard let first = logs.first, logs.contains(where: { !$0.steps.isEmpty }) else {
      throw FitError("no steps to fit")
    }
    let isEager = first.captureSizes.isEmpty
    guard logs.allSatisfy({ $0.captureSizes.isEmpty == isEager }) else {
      throw FitError("some logs are of an engine with captured graphs and some of one without: fit them apart")
    }
    if isEager {
      // Launches hide behind kernels or do not: the time to launch is the one that explains the steps best.
      var best: (table: FitTable, launch: Double, scale: Double)?
      func look(_ launches: some Sequence<Double>) throws {
        for launch in launches {
          let candidate = try FitTable(logs, options: options, launch: launch)
          let scale = try candidate.fitWhole(nil, learnFrom: Array(candidate.steps.indices)).linear.scale
          if scale < best?.scale ?? .infinity { best = (candidate, launch, scale) }
        }
      }
      try look(stride(from: 0.0, through: 1e-3, by: 100e-6))
      let near = best?.launch ?? 0
      try look([-80, -60, -40, -20, 20, 40, 60, 80].map { near + $0 * 1e-6 }.filter { $0 > 0 })
      guard let best else { throw FitError("no launch time explains the steps") }
      return best.table
    }
    return try FitTable(logs, options: options, launch: 0)
  }
}
