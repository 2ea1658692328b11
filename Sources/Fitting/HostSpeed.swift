import Statistics

/// How fast the host was at each step, from the time it spent in its own code.
///
/// A serving engine's Python takes half as long again for seconds on end when the processor is shared or its clock
/// falls, at the same work. Where a log has the host's share of each step, the ratio to what such a step usually takes
/// tells; it is smoothed over eleven steps. Fitted against it, the other coefficients are those of the usual host.
struct HostSpeed {
  /// Time taken over the usual time, by step; averages 1 over the steps learned from.
  let values: [Double]
  /// Seconds of host time that are usual: per step, per decode, per chunk, per prompt token.
  let usual: [Double]

  /// - Parameters:
  ///   - steps: all steps, run by run.
  ///   - runs: the run of each step: smoothing does not cross from one to the next.
  ///   - learnFrom: the steps that say what is usual.
  ///   - known: by run, whether its host time is that of all its own work: not where workers do part of it, nor where
  ///     it
  ///     overlaps kernels. Where there are others, these say nothing of what is usual.
  /// - Returns: `nil` when some step lacks the host's time, or the work is too alike to tell.
  init?(_ steps: [LoggedStep], runs: [Int], learnFrom all: [Int], known: [Bool]) {
    guard steps.allSatisfy({ ($0.hostTime ?? 0) > 0 }) else { return nil }
    let own = all.filter { known[runs[$0]] }
    let learnFrom = own.isEmpty ? all : own
    let work = Self.work
    let names = ["per step", "per decode", "per chunk", "per prompt token"]
    // A log need not have every kind of work in it.
    let used = names.indices.filter { column in learnFrom.contains { work(steps[$0])[column] != 0 } }
    var usual = Observations(terms: used.map { names[$0] })
    usual.acceptsSwingingWeights = true
    for index in learnFrom {
      let time = steps[index].hostTime!
      let row = work(steps[index])
      usual.append(used.map { row[$0] }, target: time, weight: 1 / (time * time))
    }
    guard let fit = try? usual.fit(.bisquare, nonNegative: Set(usual.terms)) else { return nil }
    let ratios = steps.map { step in
      let row = work(step)
      return step.hostTime! / max(fit.predict(used.map { row[$0] }), .leastNormalMagnitude)
    }
    let smooth = Self.rollingMedian(ratios, runs: runs, reach: 5)
    let mean = learnFrom.reduce(0) { $0 + smooth[$1] } / Double(learnFrom.count)
    guard mean.isFinite, mean > 0 else { return nil }
    values = smooth.map { $0 / mean }
    var coefficients = [Double](repeating: 0, count: names.count)
    for (column, coefficient) in zip(used, fit.coefficients) { coefficients[column] = coefficient.estimate * mean }
    self.usual = coefficients
  }

  private static func work(_ step: LoggedStep) -> [Double] {
    [1, Double(step.decodes), Double(step.chunks.count), Double(step.tokens - step.decodes)]
  }

  /// What the host usually spends by itself in a step, seconds.
  func usual(_ step: LoggedStep) -> Double { zip(usual, Self.work(step)).reduce(0) { $0 + $1.0 * $1.1 } }

  private static func rollingMedian(_ values: [Double], runs: [Int], reach: Int) -> [Double] {
    values.indices.map { index in
      let window = (index - reach...index + reach).filter { values.indices.contains($0) && runs[$0] == runs[index] }
      return Quantiles(window.map { values[$0] })(0.5)
    }
  }
}
