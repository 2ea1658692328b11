import SimCore

/// A rate that is constant between given times; turns "how much expected work has passed" into clock time.
///
/// An inhomogeneous process is a unit-rate process on the time scale of the integrated rate (time rescaling, see
/// Daley and Vere-Jones, "An Introduction to the Theory of Point Processes", §7.4).
struct RateProfile: Sendable {
  private enum Shape: Sendable {
    case steps([RateStep])
    case onOff(OnOffRates)
  }

  private let shape: Shape
  private var phases: RandomStream
  private var index = 0
  private var now = 0.0
  private var rate: Double
  private var end: Double

  /// Steps in order of time, the first at 0.
  init(steps: [RateStep], phases: RandomStream) {
    shape = .steps(steps)
    self.phases = phases
    rate = steps[0].rate
    end = steps.count > 1 ? steps[1].from.seconds : .infinity
  }

  init(onOff: OnOffRates, phases: RandomStream) {
    shape = .onOff(onOff)
    self.phases = phases
    rate = onOff.onRate
    end = 0
    end = phaseLength(onOff.onDuration, onOff.durations)
  }

  /// Moves the clock on until the integrated rate has grown by `work`.
  ///
  /// - Returns: seconds since the start; infinite when the rate is 0 from now on, or past `horizon`.
  mutating func advance(by work: Double, horizon: Double) -> Double {
    var left = work
    while now <= horizon {
      if rate > 0 {
        let step = left / rate
        if now + step <= end {
          now += step
          return now
        }
        left -= (end - now) * rate
        if left < 0 { left = 0 }
      }
      if end == .infinity { return .infinity }
      now = end
      nextPhase()
    }
    return .infinity
  }

  private mutating func nextPhase() {
    index += 1
    switch shape {
    case .steps(let steps):
      rate = steps[index].rate
      end = index + 1 < steps.count ? steps[index + 1].from.seconds : .infinity
    case .onOff(let onOff):
      let isOn = index % 2 == 0
      rate = isOn ? onOff.onRate : onOff.offRate
      end = now + phaseLength(isOn ? onOff.onDuration : onOff.offDuration, onOff.durations)
    }
  }

  private mutating func phaseLength(_ duration: SimDuration, _ durations: OnOffRates.Durations) -> Double {
    switch durations {
    case .fixed: return duration.seconds
    case .exponential: return phases.exponential(mean: duration.seconds)
    }
  }
}
