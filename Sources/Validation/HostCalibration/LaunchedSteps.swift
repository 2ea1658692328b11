import Assembly
import SimCore
import Statistics
import StepTime

/// Logged steps of one engine, of which host and launches can be chosen: each with what its kernels take.
struct LaunchedSteps {
  private struct Step {
    var measured: Double
    var kernels: SimDuration
    var iteration: BoundHost.Iteration
    /// Index into the hosts.
    var host: Int
  }

  private var steps: [Step] = []
  private var hosts: [BoundHost] = []
  /// The experiment of each step.
  private(set) var experiments: [Int] = []

  var count: Int { steps.count }
  var measured: [Double] { steps.map(\.measured) }

  /// - Throws: what binding throws; `KitError` for an engine whose host was not measured.
  init(_ all: [MeasuredExperiment], _ options: PredictionOptions) throws {
    for (number, experiment) in all.enumerated() {
      let bound = try experiment.bound(options)
      var description = bound.engine.description
      let costs = bound.engine.bound.costs
      guard let host = bound.step.cost.host, costs.host != nil else {
        throw KitError(
          file: experiment.file, "\(experiment.name): what a host changes was not measured for \(costs.name)")
      }
      description.costs = .given(costs.kernelsAlone(plansAhead: description.plansAhead))
      let kernels = try BoundEngine(description).step.cost
      var met: Set<Int> = []
      for (step, period) in zip(experiment.steps, experiment.steps.periods) {
        let isNew = !step.chunks.isEmpty && met.insert(step.tokens).inserted
        guard period > 0, let seconds = kernels.seconds(of: step) else { continue }
        steps.append(
          Step(
            measured: period, kernels: SimDuration(seconds: seconds).roundedToTick,
            iteration: BoundHost.Iteration(
              decodes: step.decodes, chunks: step.chunks.count, chunkTokens: step.tokens - step.decodes,
              isNewSize: isNew),
            host: hosts.count))
        experiments.append(number)
      }
      hosts.append(host)
    }
  }

  /// What steps take under a host, seconds.
  func predictions(_ factors: HostFactors, of rows: [Int]) -> [Double] {
    let changed = hosts.map { host in
      var host = host
      host.launch.broken *= factors.launch
      host.launch.whole *= factors.launch
      host.launch.newSize *= factors.launch
      return host
    }
    return rows.map { row in
      let step = steps[row]
      return changed[step.host].iteration(kernels: step.kernels, pace: factors.pace, step.iteration).time.seconds
    }
  }

  /// The factors with the least sum of absolute relative errors: robust, as steps with pauses of the machine weigh no
  /// more than their number.
  ///
  /// - Returns: the factors, and whether launches show at all; their factor is 1 where they do not.
  func factors(learnFrom rows: [Int]) -> (factors: HostFactors, showsLaunches: Bool) {
    func loss(_ factors: HostFactors) -> Double {
      zip(rows, predictions(factors, of: rows)).reduce(0) { $0 + abs($1.1 / steps[$1.0].measured - 1) }
    }
    var best = HostFactors.usual
    var least = loss(best)
    /// Looks at seven values across the range, then ever nearer to the best one.
    func search(_ factor: WritableKeyPath<HostFactors, Double>) {
      var step = 0.35
      var center = 1.45
      for count in [3, 3, 2, 2, 2] {
        for offset in -count...count {
          var candidate = best
          candidate[keyPath: factor] = center + Double(offset) * step
          guard HostFactors.range.contains(candidate[keyPath: factor]) else { continue }
          let value = loss(candidate)
          if value < least { (best, least) = (candidate, value) }
        }
        center = best[keyPath: factor]
        step /= 3
      }
    }
    let showsLaunches = loss(HostFactors(launch: 2)) != loss(HostFactors(launch: 0.5))
    for _ in 0..<(showsLaunches ? 3 : 1) {
      let before = best
      search(\.pace)
      if showsLaunches { search(\.launch) }
      if best == before { break }
    }
    best.pace = (best.pace * 1000).rounded() / 1000
    best.launch = (best.launch * 1000).rounded() / 1000
    return (best, showsLaunches)
  }
}
