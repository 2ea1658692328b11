import Models
import Statistics
import StepTime

/// What is fitted: a term, of the engine or of the kernel times of one profile.
struct FitColumn: Hashable {
  var term: EngineTerm
  /// Nil for the engine's own, and where all logs have the same kernel times.
  var profile: String?

  /// What the regression calls it.
  var name: String { term.rawValue + (profile.map { ", \($0)" } ?? "") }
}

/// The steps of all logs with what each coefficient is multiplied by.
struct FitTable {
  let steps: [LoggedStep]
  /// The log of each step.
  let runs: [Int]
  /// The block of neighbours of each step.
  let groups: [Int]
  /// The profile of each log's kernel times; nil when all have the same.
  let profiles: [String?]
  /// What is fitted: the terms that the steps can tell.
  let columns: [FitColumn]
  /// Why a term is not.
  let left: [String]
  /// Seconds per layer where the logs cannot tell them from time per step.
  let perLayer: Double
  let launch: Double
  let depths: [Int]
  let captureSizes: [Int]
  let capturesMixedIterations: Bool
  /// Of each log.
  let sharesLayers: [Bool]
  let plansAhead: [Bool]
  let layers: [Double]
  /// Steps that say how long launching takes.
  let launched: [LaunchedStep]
  let launchedByRow: [Int: LaunchedStep]
  private let rows: [Row]

  /// A step's terms in the order of the columns.
  private struct Row {
    var known: Double
    var factors: [Double]
    /// What is added to each when the host takes twice its time.
    var slower: [Double]
    var hostSpeed: Double
    var addsHost: Bool
  }

  init(_ logs: [StepLog], options: EngineFitOptions, launch: Double) throws {
    var bases: [KernelBasis.Key: KernelBasis] = [:]
    for log in logs where bases[KernelBasis.Key(log)] == nil {
      let key = KernelBasis.Key(log)
      bases[key] = try KernelBasis(logs.filter { KernelBasis.Key($0) == key }, options: options, launch: launch)
    }
    let named = logs.map { options.profile(of: $0.gpu)?.name ?? $0.gpu.name }
    let isOne = Set(named).count == 1
    profiles = named.map { isOne ? nil : $0 }
    sharesLayers = logs.map { $0.tensorParallel > 1 }
    plansAhead = logs.map(\.plansAhead)
    layers = logs.map { Double($0.model.layerCount) }
    self.launch = launch
    captureSizes = logs[0].captureSizes
    capturesMixedIterations = logs[0].capturesMixedIterations
    var steps: [LoggedStep] = []
    var runs: [Int] = []
    var groups: [Int] = []
    var terms: [StepTerms] = []
    var launched: [LaunchedStep] = []
    for (index, log) in logs.enumerated() {
      guard let basis = bases[KernelBasis.Key(log)] else { continue }
      let next = (groups.last ?? -1) + 1
      let blocks = log.blocks
      let isNew = log.newSizes
      for position in log.steps.indices where log.showsKernels(at: position) {
        let step = log.steps[position]
        if let prompts = log.launchShown(at: position) {
          launched.append(
            LaunchedStep(
              row: steps.count, run: index, tokens: log.steps[prompts].tokens, isNewSize: isNew[prompts],
              work: basis.hostFactors(log.steps[prompts])))
        }
        steps.append(step)
        runs.append(index)
        groups.append(blocks[position] + next)
        terms.append(basis.terms(step))
      }
    }
    self.steps = steps
    self.runs = runs
    self.groups = groups
    self.launched = launched
    launchedByRow = Dictionary(launched.map { ($0.row, $0) }) { first, _ in first }
    depths = Set(logs.map(\.model.layerCount)).sorted()
    let isEager = captureSizes.isEmpty
    let tellsLayers = !isEager && (depths.count > 1 || (plansAhead.contains(true) && plansAhead.contains(false)))
    perLayer = tellsLayers || isEager ? 0 : options.perLayer
    var used: [EngineTerm] = [.perStep, .perSequence, .matrices, .decode]
    var left: [String] = []
    if tellsLayers { used.append(.perLayer) }
    if sharesLayers.contains(true), sharesLayers.contains(false) {
      used += [.workersPerStep, .workersPerSequence]
      if Set(zip(layers, sharesLayers).filter(\.1).map(\.0)).count > 1 { used.append(.collectiveGap) }
    }
    if steps.contains(where: { !$0.chunks.isEmpty }) {
      used.append(.prefill)
      if !isEager { used.append(.prefillPerLayer) }
      if steps.contains(where: { !$0.chunks.isEmpty && $0.decodes > 0 }) {
        used.append(.decodeBesidePrefill)
      } else {
        left.append("no step decodes and prefills: decode attention is taken to cost the same in those")
      }
    } else {
      left.append("no step prefills: prefill attention is taken as measured alone")
    }
    if !steps.contains(where: { $0.decodes > 0 }) {
      used.removeAll { $0 == .decode }
      left.append("no step decodes: decode attention is taken as measured alone")
    }
    // Without long iterations there are no compute-bound products beyond those at full clock.
    let lasting = zip(steps, terms).contains { ($1.factors[.matrices] ?? 0) > 1e-3 * $0.duration }
    if !lasting {
      used.removeAll { $0 == .matrices }
      left.append("no step has compute-bound products that last: they are taken as measured alone")
    }
    self.left = left
    var columns: [FitColumn] = []
    for term in used {
      guard term.isOfKernels, !isOne else {
        columns.append(FitColumn(term: term))
        continue
      }
      for profile in Set(named).sorted() {
        // What no step of these kernels shows is left as measured.
        let shown = zip(runs, terms).contains { named[$0] == profile && ($1.factors[term] ?? 0) > 0 }
        if shown { columns.append(FitColumn(term: term, profile: profile)) }
      }
    }
    self.columns = columns
    let perLayer = perLayer
    rows = zip(runs, terms).map { run, terms in
      func vector(_ factors: [EngineTerm: Double]) -> [Double] {
        columns.map { $0.profile == nil || $0.profile == named[run] ? factors[$0.term] ?? 0 : 0 }
      }
      return Row(
        known: terms.known + perLayer * (terms.factors[.perLayer] ?? 0), factors: vector(terms.factors),
        slower: vector(terms.slower), hostSpeed: terms.slower[.hostSpeed] ?? 0, addsHost: terms.addsHost)
    }
  }

  /// The known part of a step and its factors, at the host's speed then; at its usual one without `speed`.
  private func terms(_ row: Int, _ speed: HostSpeed?) -> (known: Double, factors: [Double]) {
    let terms = rows[row]
    guard let speed else { return (terms.known, terms.factors) }
    let more = speed.values[row] - 1
    let known = terms.known + (terms.addsHost ? more * speed.usual(steps[row]) : 0)
    return (known, zip(terms.factors, terms.slower).map { $0 + more * $1 } + [more * terms.hostSpeed])
  }

  /// The linear part: rows whose length is that of launching them are left out.
  func fit(_ speed: HostSpeed?, _ launches: Launches, learnFrom: [Int]) throws -> LinearFit {
    var wanted = columns.map(\.name) + (speed == nil ? [] : [EngineTerm.hostSpeed.rawValue])
    var bounded = Set(columns.filter(\.term.isBounded).map(\.name))
    if speed != nil { bounded.insert(EngineTerm.hostSpeed.rawValue) }
    var kept: [(factors: [Double], target: Double, weight: Double)] = []
    for row in learnFrom where !launches.decide.contains(row) {
      let (known, factors) = terms(row, speed)
      let duration = steps[row].duration
      kept.append((factors, duration - known, 1 / (duration * duration)))
    }
    // A column that these rows do not have cannot be told from them.
    let there = wanted.indices.filter { column in kept.contains { $0.factors[column] != 0 } }
    wanted = there.map { wanted[$0] }
    if wanted.isEmpty { throw FitError("no step tells of any cost; a log with more kinds of steps is needed") }
    let alike = Self.mostAlike(kept.map { row in there.map { row.factors[$0] } + [row.target] }, wanted.count)
    if 2 * alike > kept.count {
      throw FitError(
        "\(alike) of \(kept.count) steps are the same few again and again, and a robust fit would take every other for "
          + "an outlier; a log with more kinds of steps is needed")
    }
    var data = Observations(terms: wanted)
    data.acceptsSwingingWeights = true
    for row in kept { data.append(there.map { row.factors[$0] }, target: row.target, weight: row.weight) }
    do throws(RegressionError) {
      return try data.fit(.bisquare, nonNegative: bounded.intersection(wanted))
    } catch {
      throw FitError("\(error); a log with more kinds of steps is needed")
    }
  }

  /// How many rows are repeats of some, so few that a fit of as many coefficients goes through them exactly. If these
  /// are the most, the median residual is zero, every other row an outlier, and the weights need not settle (the exact
  /// fit property: Rousseeuw and Leroy, Robust Regression and Outlier Detection, 1987).
  private static func mostAlike(_ rows: [[Double]], _ coefficients: Int) -> Int {
    let counts = Dictionary(rows.map { ($0, 1) }, uniquingKeysWith: +).values.filter { $0 > 1 }
    return counts.sorted(by: >).prefix(coefficients).reduce(0, +)
  }

  /// Seconds of a step without what launching it may take.
  func linear(_ row: Int, _ fit: EstimatedTerms, _ speed: HostSpeed?) -> Double {
    let (known, factors) = terms(row, speed)
    return zip(columns, factors).reduce(known) { $0 + fit[$1.0] * $1.1 }
      + (speed == nil ? 0 : fit.hostSpeed * (factors.last ?? 0))
  }
}

extension FitTable {
  /// What a step takes longer, as slow as the host is then.
  func slowed(_ row: Int, _ fit: EstimatedTerms, _ speed: HostSpeed?) -> Double {
    guard let speed else { return 0 }
    let terms = rows[row]
    let more = speed.values[row] - 1
    return more
      * (zip(columns, terms.slower).reduce(fit.hostSpeed * terms.hostSpeed) { $0 + fit[$1.0] * $1.1 }
        + (terms.addsHost ? speed.usual(steps[row]) : 0))
  }
}

/// Coefficients by column.
struct EstimatedTerms {
  private var values: [FitColumn: Double] = [:]
  private(set) var hostSpeed = 0.0

  /// A column that a fit lacks has the mean of the other profiles' coefficients of that term: what kernels of a GPU
  /// that was left out would be charged.
  init(_ fit: LinearFit, columns: [FitColumn]) {
    let found = Dictionary(fit.coefficients.map { ($0.name, $0.estimate) }) { first, _ in first }
    for column in columns {
      let others = columns.filter { $0.term == column.term }.compactMap { found[$0.name] }
      let mean = others.isEmpty ? 0 : others.reduce(0, +) / Double(others.count)
      values[column] = found[column.name] ?? mean
    }
    hostSpeed = found[EngineTerm.hostSpeed.rawValue] ?? 0
  }

  subscript(_ column: FitColumn) -> Double { values[column] ?? 0 }

  /// Of a term that all logs have in common, or of a profile's kernels; nil when it was not fitted.
  subscript(_ term: EngineTerm, _ profile: String?) -> Double? {
    values[FitColumn(term: term, profile: term.isOfKernels ? profile : nil)]
  }
}
