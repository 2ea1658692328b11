import SimCore

extension ArrivalProcess {
  /// The same process with every rate multiplied: bursts, steps and recorded times too. From the same random numbers
  /// the same requests come, closer together or further apart.
  ///
  /// - Parameter factor: more than 0.
  /// - Returns: nil for processes that have no rate: users who wait for answers, a batch at once, listed requests.
  public func scaled(by factor: Double) -> ArrivalProcess? {
    precondition(factor > 0 && factor.isFinite, "loads are multiplied by positive numbers")
    switch self {
    case .poisson(let rate): return .poisson(rate: rate * factor)
    case .gamma(let rate, let cv, let endsAtMean): return .gamma(rate: rate * factor, cv: cv, endsAtMean: endsAtMean)
    case .weibull(let rate, let shape): return .weibull(rate: rate * factor, shape: shape)
    case .onOff(var rates):
      rates.onRate *= factor
      rates.offRate *= factor
      return .onOff(rates)
    case .bursts(let base, var bursts, let cv):
      for index in bursts.indices { bursts[index].rate *= factor }
      return .bursts(base: base * factor, bursts: bursts, cv: cv)
    case .piecewise(var steps, let cv):
      for index in steps.indices { steps[index].rate *= factor }
      return .piecewise(steps: steps, cv: cv)
    case .constant(let gap):
      return .constant(gap: max(SimDuration(picoseconds: 1000), SimDuration(seconds: gap.seconds / factor)))
    case .trace(var description):
      description.rateScale *= factor
      return .trace(description)
    case .clients(var population):
      population.rateScale *= factor
      return .clients(population)
    case .closedLoop, .batch, .listed: return nil
    }
  }
}
