import Statistics
import StepTime

/// What a fit assumes.
public struct EngineFitOptions: Sendable {
  /// The engine's name in the result.
  public var name: String
  /// Kernel times; the roofline of the data sheet when `nil`.
  public var profile: StepTimeProfile?
  /// Seconds of a step that each layer takes, where all logs are of one depth and cannot tell.
  public var perLayer: Double
  /// Share of the memory bandwidth that norms and activations reach: grows with tokens as matrix products do, so a log
  /// cannot tell them apart.
  public var elementwiseEfficiency: Double
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
    public let coefficient: Coefficient
  }

  /// The engine's costs, ready to be simulated.
  public let costs: EngineCosts
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

  /// Fits the costs to logs, of models of one depth or several.
  ///
  /// - Throws: ``FitError`` when the logs do not tell enough; `TensorParallelError` when a model cannot be split so.
  public init(_ logs: [StepLog], options: EngineFitOptions) throws {
    guard let first = logs.first, logs.contains(where: { !$0.steps.isEmpty }) else {
      throw FitError("no steps to fit")
    }
    let isEager = first.captureSizes.isEmpty
    guard logs.allSatisfy({ $0.captureSizes.isEmpty == isEager }) else {
      throw FitError("some logs are of an engine with captured graphs and some of one without: fit them apart")
    }
    let table: FitTable
    if isEager {
      // Launches hide behind kernels or do not: the time to launch is the one that explains the steps best.
      var best: (table: FitTable, launch: Double, scale: Double)?
      func look(_ launches: some Sequence<Double>) throws {
        for launch in launches {
          let candidate = try FitTable(logs, options: options, launch: launch)
          let scale = try candidate.fit(nil).scale
          if scale < best?.scale ?? .infinity { best = (candidate, launch, scale) }
        }
      }
      try look(stride(from: 0.0, through: 1e-3, by: 100e-6))
      let near = best?.launch ?? 0
      try look([-80, -60, -40, -20, 20, 40, 60, 80].map { near + $0 * 1e-6 }.filter { $0 > 0 })
      guard let best else { throw FitError("no launch time explains the steps") }
      table = best.table
    } else {
      table = try FitTable(logs, options: options, launch: 0)
    }
    let everything = Array(table.steps.indices)
    let speed = HostSpeed(table.steps, runs: table.runs, learnFrom: everything)
    let fit = try table.fit(speed)
    var terms: [Term] = []
    for coefficient in fit.coefficients {
      guard let term = EngineTerm(rawValue: coefficient.name) else { continue }
      terms.append(Term(term: term, coefficient: coefficient))
    }
    self.terms = terms
    outliers = fit.outliers
    var costs = table.costs(fit, options: options, log: first)
    if let speed, let slowdown = terms.first(where: { $0.term == .hostSpeed })?.coefficient.estimate {
      costs.host = HostTimes(
        perStep: speed.usual[0], perDecode: speed.usual[1], perChunk: speed.usual[2], perPromptToken: speed.usual[3],
        slowdown: slowdown, launchPerLayer: table.launchBeyondGraphs(fit, speed, perStep: costs.perStep))
    }
    self.costs = costs
    assumptions = table.assumptions(options, hasSpeed: speed != nil)
    steps = table.steps
    runs = table.runs
    let measured = table.steps.map(\.duration)
    inSample = FitErrors(measured: measured, predicted: everything.map { table.predict($0, fit, nil) })

    let folds = GroupedFolds(groups: table.groups, count: options.folds)
    var given: [Double]? = speed == nil ? nil : [Double](repeating: 0, count: steps.count)
    predictions = try folds.predictions { learnFrom in
      let speed = HostSpeed(table.steps, runs: table.runs, learnFrom: learnFrom)
      let part = try table.fit(speed, learnFrom: learnFrom)
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
  }
}
