import SimCore

extension TraceTools {
  /// Fits arrival processes to the times of a trace.
  ///
  /// - Parameter seed: for a description that samples or spreads rows, and for what is drawn from the fits.
  /// - Throws: when the trace is bad, has fewer rows than `ArrivalFits.fewestArrivals`, or all at one time.
  public static func fitArrivals(
    _ description: TraceDescription, seed: UInt64 = 0
  ) throws(WorkloadError) -> (fits: ArrivalFits, report: TraceReport) {
    let reader = try open(description, seed: seed)
    var times: [SimTime] = []
    while let row = try reader.next() { times.append(SimTime(picoseconds: row.arrival.picoseconds)) }
    guard times.count >= ArrivalFits.fewestArrivals, times[times.count - 1] > times[0] else {
      throw WorkloadError(
        .badContents, file: description.path,
        times.count < ArrivalFits.fewestArrivals
          ? "\(times.count) arrivals are too few to fit a process to; \(ArrivalFits.fewestArrivals) are needed"
          : "all \(times.count) rows come at one time; there is nothing to fit")
    }
    return (ArrivalFits(times: times, seed: seed), reader.report)
  }
}
