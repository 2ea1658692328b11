import SimCore

/// A law of the simulator that a run broke: a bug of ours, never of the user.
public struct BrokenLaw: Error, Sendable, Hashable, CustomStringConvertible {
  /// One sentence with the numbers.
  public var description: String

  public init(_ description: String) { self.description = description }
}

extension RunCollector {
  /// Conservation of requests: injected = completed + rejected + unfinished, over all and over the counted ones.
  ///
  /// - Parameter injected: the requests that the workload gave, counted where they are made.
  public func checkConservation(injected: Int64) -> BrokenLaw? {
    if injected != completed + rejected + unfinished {
      return BrokenLaw(
        "\(injected) requests were injected, but \(completed) completed, \(rejected) were rejected and "
          + "\(unfinished) were unfinished, \(completed + rejected + unfinished) in all")
    }
    let counted = groups.reduce(0) { $0 + $1.injected }
    if counted + warmUpRequests != recorded {
      return BrokenLaw("\(recorded) requests were recorded, but \(counted) counted and \(warmUpRequests) left out")
    }
    return nil
  }

  /// Little's law in its exact form: the integral of the number in system, counted by the engines as it changes,
  /// equals the summed stay of the requests.
  ///
  /// - Parameters:
  ///   - requestTime: the engines' integral, in request·picoseconds.
  ///   - end: when the run ended.
  public func checkLittlesLaw(requestTime: Int128, until end: SimTime) -> BrokenLaw? {
    let stay = residence(until: end)
    if requestTime == stay { return nil }
    return BrokenLaw("the engines held \(requestTime) request-picoseconds, but the requests' stays add up to \(stay)")
  }
}

/// Little's law for reading: L = λ·W over one run.
public struct LittlesLaw: Sendable, Hashable {
  /// L: the time-averaged number of requests in the system.
  public var meanInSystem: Double
  /// λ: served requests per second.
  public var arrivalRate: Double
  /// W: the mean stay in seconds.
  public var meanStay: Double

  /// - Parameters:
  ///   - requestTime: the integral of the number in system, in request·picoseconds.
  ///   - requests: how many were served.
  ///   - meanStay: their mean end-to-end latency in seconds.
  ///   - duration: the length of the run.
  public init(requestTime: Int128, requests: Int64, meanStay: Double, duration: SimDuration) {
    let length = Double(duration.picoseconds)
    meanInSystem = length == 0 ? 0 : Double(requestTime) / length
    arrivalRate = length == 0 ? 0 : Double(requests) / (length / 1e12)
    self.meanStay = meanStay
  }

  /// |L − λ·W| / L: at most rounding for a run that starts and ends empty, small for a long one; zero when both are.
  public var relativeDifference: Double {
    let product = arrivalRate * meanStay
    let larger = max(meanInSystem, product)
    return larger == 0 ? 0 : abs(meanInSystem - product) / larger
  }
}
