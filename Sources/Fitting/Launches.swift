import Statistics
import StepTime

/// A step whose length says how long the host took to launch one with prompts: itself; or, where the engine plans
/// ahead, the one before it, whose tokens are looked at when the next has been launched.
struct LaunchedStep {
  /// Of the table.
  var row: Int
  var run: Int
  /// Tokens of the step that is launched, and whether they were never met before.
  var tokens: Int
  var isNewSize: Bool
  /// What the host's work for it is multiplied by.
  var work: [EngineTerm: Double]
}

/// How long launching takes, found between fits of the linear part.
struct Launches: Hashable {
  /// Seconds per layer up to the largest graph, and beyond it; the same of workers of several GPUs.
  var broken = 0.0
  var whole = 0.0
  var workersBroken = 0.0
  var workersWhole = 0.0
  /// Seconds more of a number of tokens that was not met before.
  var newSize = 0.0
  /// How much longer the host takes in engines that plan ahead.
  var aheadSlowdown = 1.0
  /// Rows that launching decides.
  var decide: Set<Int> = []
}

extension FitTable {
  /// The linear part and the launches, in turns until the same steps are left to the launches.
  func fitWhole(_ speed: HostSpeed?, learnFrom: [Int]) throws -> WholeFit {
    var launches = Launches()
    var fit = try fit(speed, launches, learnFrom: learnFrom)
    guard let speed, !captureSizes.isEmpty else {
      return WholeFit(linear: fit, terms: EstimatedTerms(fit, columns: columns), launches: launches)
    }
    // Planned ahead, a step before one with prompts is no step of kernels alone.
    let learned = Set(learnFrom)
    let ahead = Set(launched.filter { plansAhead[$0.run] }.map(\.row))
    for _ in 0..<6 {
      let found = self.launches(EstimatedTerms(fit, columns: columns), speed, learned)
      let settled = found.decide.union(ahead) == launches.decide
      launches = found
      launches.decide.formUnion(ahead)
      if settled { break }
      fit = try self.fit(speed, launches, learnFrom: learnFrom)
    }
    return WholeFit(linear: fit, terms: EstimatedTerms(fit, columns: columns), launches: launches)
  }

  /// The launches with which the absolute relative errors of the steps that show them are least, all together.
  private func launches(_ terms: EstimatedTerms, _ speed: HostSpeed, _ learned: Set<Int>) -> Launches {
    guard let largest = captureSizes.last else { return Launches() }
    let ahead = learned.filter { plansAhead[runs[$0]] }.sorted()
    let slowdown = ahead.isEmpty ? 1 : ahead.reduce(0) { $0 + speed.values[$1] } / Double(ahead.count)
    let shown = launched.filter { learned.contains($0.row) }.map { step in
      (
        step: step, measured: steps[step.row].duration, linear: linear(step.row, terms, speed),
        work: work(step, terms, slowdown) + slowed(step.row, terms, speed)
      )
    }
    typealias Shown = (step: LaunchedStep, measured: Double, linear: Double, work: Double)
    func best(
      _ rows: [Shown], through limit: Double, by: Double, _ more: (LaunchedStep) -> Double,
      _ times: (LaunchedStep) -> Double
    ) -> Double {
      guard !rows.isEmpty else { return 0 }
      var least = (error: Double.infinity, value: 0.0)
      for value in stride(from: 0, through: limit, by: by) {
        var error = 0.0
        for row in rows {
          let floor = row.work + value * times(row.step) + more(row.step)
          error += abs(max(row.linear, floor) / row.measured - 1)
        }
        if error < least.error - 1e-9 { least = (error, value) }
      }
      return least.value
    }
    func perLayer(_ step: LaunchedStep) -> Double { layers[step.run] }
    func isNew(_ step: LaunchedStep) -> Double { step.isNewSize ? 1 : 0 }
    var found = Launches()
    found.aheadSlowdown = slowdown
    for shares in [false, true] {
      let own = shown.filter { sharesLayers[$0.step.run] == shares }
      let small = own.filter { $0.step.tokens <= largest }
      let large = own.filter { $0.step.tokens > largest }
      let broken = best(small, through: 1e-3, by: 2e-6, { _ in 0 }, perLayer)
      var whole = 0.0
      if shares {
        whole = best(large, through: 3e-3, by: 5e-6, { found.newSize * isNew($0) }, perLayer)
        (found.workersBroken, found.workersWhole) = (broken, whole)
      } else {
        for _ in 0..<8 {
          whole = best(large, through: 2e-3, by: 2e-6, { found.newSize * isNew($0) }, perLayer)
          found.newSize = best(
            large.filter(\.step.isNewSize), through: 20e-3, by: 50e-6, { whole * perLayer($0) }, { _ in 1 })
        }
        (found.broken, found.whole) = (broken, whole)
      }
    }
    for row in shown where row.work + seconds(row.step, found) > row.linear {
      found.decide.insert(row.step.row)
    }
    return found
  }

  /// Seconds to launch a step.
  private func seconds(_ step: LaunchedStep, _ launches: Launches) -> Double {
    guard let largest = captureSizes.last else { return 0 }
    let shares = sharesLayers[step.run]
    if step.tokens <= largest { return layers[step.run] * (shares ? launches.workersBroken : launches.broken) }
    return layers[step.run] * (shares ? launches.workersWhole : launches.whole)
      + (step.isNewSize ? launches.newSize : 0)
  }

  /// The usual host's work for a launched step, seconds.
  private func work(_ step: LaunchedStep, _ terms: EstimatedTerms, _ slowdown: Double) -> Double {
    step.work.reduce(0) { $0 + $1.value * (terms[$1.key, nil] ?? 0) } * (plansAhead[step.run] ? slowdown : 1)
  }

  /// Seconds of a step.
  func predict(_ row: Int, _ fit: WholeFit, _ speed: HostSpeed?) -> Double {
    let time = linear(row, fit.terms, speed)
    guard speed != nil || fit.launches != Launches(), let step = launchedByRow[row] else { return time }
    let work = work(step, fit.terms, fit.launches.aheadSlowdown) + slowed(row, fit.terms, speed)
    return max(time, work + seconds(step, fit.launches))
  }
}

/// A fit of everything.
struct WholeFit {
  var linear: LinearFit
  var terms: EstimatedTerms
  var launches: Launches
}
