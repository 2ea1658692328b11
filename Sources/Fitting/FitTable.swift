import Models
import Statistics
import StepTime

/// The steps of all logs with what each coefficient is multiplied by.
struct FitTable {
  let steps: [LoggedStep]
  /// The log of each step.
  let runs: [Int]
  /// The block of neighbours of each step.
  let groups: [Int]
  /// What is fitted: the terms that the steps can tell.
  private let used: [EngineTerm]
  /// Why a term is not.
  private let left: [String]
  private let bases: [KernelBasis]
  private let perLayer: Double
  private let launch: Double
  private let depths: [Int]
  private let captureSizes: [Int]

  init(_ logs: [StepLog], options: EngineFitOptions, launch: Double) throws {
    var steps: [LoggedStep] = []
    var runs: [Int] = []
    var groups: [Int] = []
    var bases: [KernelBasis] = []
    for (index, log) in logs.enumerated() {
      bases.append(
        try KernelBasis(
          log, profile: options.profile, elementwiseEfficiency: options.elementwiseEfficiency,
          fullClock: options.fullClock, launch: launch))
      let next = (groups.last ?? -1) + 1
      groups += log.blocks.map { $0 + next }
      steps += log.steps
      runs += log.steps.map { _ in index }
    }
    self.steps = steps
    self.runs = runs
    self.groups = groups
    self.bases = bases
    self.launch = launch
    captureSizes = logs[0].captureSizes
    depths = Set(logs.map(\.model.layerCount)).sorted()
    let isEager = logs[0].captureSizes.isEmpty
    // One depth cannot tell a layer's share of a step's time.
    perLayer = depths.count > 1 || isEager ? 0 : options.perLayer
    var used: [EngineTerm] = [.perStep, .perSequence, .matrices, .decode]
    var left: [String] = []
    if depths.count > 1 && !isEager { used.append(.perLayer) }
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
    let lasting = zip(steps, runs).contains { step, run in
      (bases[run].terms(step, hostTime: 1).factors[.matrices] ?? 0) > 1e-3 * step.duration
    }
    if !lasting {
      used.removeAll { $0 == .matrices }
      left.append("no step has compute-bound products that last: they are taken as measured alone")
    }
    self.used = used
    self.left = left
  }

  /// The terms of a step at the host's speed then; at its usual one without `speed`.
  private func terms(_ row: Int, _ speed: HostSpeed?) -> StepTerms {
    var terms = bases[runs[row]].terms(steps[row], hostTime: speed?.values[row] ?? 1)
    terms.known += perLayer * (terms.factors[.perLayer] ?? 0)
    return terms
  }

  func fit(_ speed: HostSpeed?, learnFrom: [Int]? = nil) throws -> LinearFit {
    let used = used + (speed == nil ? [] : [.hostSpeed])
    var data = Observations(terms: used.map(\.rawValue))
    for row in learnFrom ?? Array(steps.indices) {
      let terms = terms(row, speed)
      let duration = steps[row].duration
      data.append(
        used.map { terms.factors[$0] ?? 0 }, target: duration - terms.known, weight: 1 / (duration * duration))
    }
    do throws(RegressionError) {
      return try data.fit(.bisquare, nonNegative: Set(used.filter(\.isBounded).map(\.rawValue)))
    } catch {
      throw FitError("\(error); a log with more kinds of steps is needed")
    }
  }

  /// Seconds of a step.
  func predict(_ row: Int, _ fit: LinearFit, _ speed: HostSpeed?) -> Double {
    let terms = terms(row, speed)
    return fit.coefficients.reduce(terms.known) { sum, coefficient in
      guard let term = EngineTerm(rawValue: coefficient.name) else { return sum }
      return sum + coefficient.estimate * (terms.factors[term] ?? 0)
    }
  }

  /// Seconds that the host takes to launch a layer of an iteration with more tokens than the largest captured graph,
  /// and at most twice as many: beyond that, kernels hide it.
  ///
  /// That with which these iterations take as long all together as they were logged. Not the usual one of them: most of
  /// the time goes where the engine meets a number of tokens for the first time.
  func launchBeyondGraphs(_ fit: LinearFit, _ speed: HostSpeed, perStep: Double) -> Double {
    guard let largest = captureSizes.last else { return 0 }
    let rows = steps.indices.filter { row in
      !steps[row].chunks.isEmpty && (largest + 1...2 * largest).contains(steps[row].tokens)
    }
    let measured = rows.reduce(0) { $0 + steps[$1].duration }
    let known = rows.map { (time: predict($0, fit, speed), speed: speed.values[$0], layers: layers($0)) }
    func sum(_ launch: Double) -> Double {
      known.reduce(0) { $0 + max($1.time, $1.speed * (perStep + launch * $1.layers)) }
    }
    guard !rows.isEmpty, sum(0) < measured else { return 0 }
    var (low, high) = (0.0, 10e-3)
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if sum(middle) < measured { low = middle } else { high = middle }
    }
    return low
  }

  /// The layers of a step's model.
  private func layers(_ row: Int) -> Double { terms(row, nil).factors[.perLayer] ?? 0 }

  /// The coefficients as an engine's costs.
  func costs(_ fit: LinearFit, options: EngineFitOptions, log: StepLog) -> EngineCosts {
    func value(_ term: EngineTerm) -> Double? {
      fit.coefficients.first { $0.name == term.rawValue }?.estimate
    }
    let decode = value(.decode) ?? 1
    let beside = value(.decodeBesidePrefill) ?? 0
    return EngineCosts(
      name: options.name, perStep: value(.perStep) ?? 0, perLayer: value(.perLayer) ?? perLayer,
      perSequence: value(.perSequence) ?? 0, prefillPerLayer: value(.prefillPerLayer) ?? 0,
      eagerLaunchPerLayer: launch, captureSizes: log.captureSizes,
      capturesMixedIterations: log.capturesMixedIterations, matrixStretch: 1 + (value(.matrices) ?? 0),
      fullClock: options.fullClock,
      decodeAttentionStretch: decode, mixedDecodeStretch: decode > 0 ? 1 + beside / decode : 1,
      prefillAttentionStretch: value(.prefill) ?? 1, elementwiseEfficiency: options.elementwiseEfficiency,
      provenance: [])
  }

  func assumptions(_ options: EngineFitOptions, hasSpeed: Bool) -> [String] {
    var sentences = left
    if depths.count == 1 && perLayer > 0 {
      sentences.append(
        "all logs are of models of \(depths[0]) layers and cannot tell time per layer from time per step: "
          + "\(Self.microseconds(perLayer)) per layer assumed, the rest counted per step; give logs of models of other "
          + "depths to fit both")
    }
    sentences.append(
      "norms, rotary embedding and activations at \(options.elementwiseEfficiency) of the memory bandwidth: assumed, "
        + "because their time grows with tokens as that of the products does")
    sentences.append(
      "the first \(Self.microseconds(options.fullClock)) of compute-bound products in a step at full clock: assumed; bursts of "
        + "1.5 ms are, seconds of them are not")
    if !hasSpeed {
      sentences.append("the log does not say what the host spent by itself: its speed is taken as constant")
    }
    return sentences
  }

  static func microseconds(_ seconds: Double) -> String { "\((seconds * 1e8).rounded() / 100) us" }
}
