import SimCore
import StepTime

/// The clock an engine's iterations run on: it goes at the simulated clock's pace, or slower while transfers take
/// memory bandwidth away from the GPU.
///
/// Iteration costs are whole ticks of work. Stretched by a whole number of 1/`denominator`ths they stay whole
/// picoseconds, so iterations under one stretch keep an exact closed form. A change of stretch sets a new anchor; both
/// stepping modes see the same changes at the same times, and so the same anchors.
struct WorkClock: Sendable {
  /// Stretch is counted in parts of this: as many as a tick has picoseconds.
  static let denominator = BoundStepCost.tickPicoseconds

  private var wallAnchor: Int64 = 0
  private var workAnchor: Int64 = 0
  /// Simulated picoseconds per `denominator` picoseconds of work.
  private(set) var stretch: Int64 = WorkClock.denominator

  /// The simulated time at which the clock shows `work` picoseconds, rounded up.
  func time(ofWork work: Int64) -> SimTime {
    let (whole, part) = (work - workAnchor).quotientAndRemainder(dividingBy: Self.denominator)
    let rest = part * stretch
    return SimTime(
      picoseconds: wallAnchor + whole * stretch + (rest + Self.denominator - 1) / Self.denominator)
  }

  /// The most work whose time is at or before `time`.
  func work(at time: SimTime) -> Int64 {
    // At the usual pace, which needs no division by a number that is not known before.
    if stretch == Self.denominator { return workAnchor + (time.picoseconds - wallAnchor) }
    let (whole, part) = (time.picoseconds - wallAnchor).quotientAndRemainder(dividingBy: stretch)
    return workAnchor + whole * Self.denominator + part * Self.denominator / stretch
  }

  /// A span of whole ticks of work in simulated time.
  func stretched(_ work: SimDuration) -> SimDuration {
    SimDuration(picoseconds: work.picoseconds / Self.denominator * stretch)
  }

  /// Starts the clock anew at `time`; returns the work it shows.
  mutating func restart(at time: SimTime) -> Int64 {
    wallAnchor = time.picoseconds
    workAnchor = 0
    return 0
  }

  /// Goes on from `time` at another pace.
  mutating func setStretch(_ new: Int64, at time: SimTime) {
    setStretch(new, at: time, showing: work(at: time))
  }

  /// The same where it is known what the clock shows.
  mutating func setStretch(_ new: Int64, at time: SimTime, showing work: Int64) {
    wallAnchor = time.picoseconds
    workAnchor = work
    stretch = new
  }

  /// Sets the pace of a clock that is not running.
  mutating func setIdleStretch(_ new: Int64) { stretch = new }
}
