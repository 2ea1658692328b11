import SimCore

/// What is still to happen to a run's fleet, in order of time; of things at one time, in the order in which they were
/// put here.
struct FleetSchedule {
  enum Step {
    /// A change of the plan, by its number there.
    case change(Int)
    /// A replica that was added has started.
    case open(engine: Int)
    /// An engine that was told to hand its requests over has ended its last iteration.
    case release(engine: Int)
  }

  private var steps: [(time: SimTime, step: Step)] = []

  init(_ changes: [FleetChange]) {
    for (number, change) in changes.enumerated() { put(.change(number), at: change.time) }
  }

  /// When the next step comes; `.never` when none is left.
  var nextTime: SimTime { steps.last?.time ?? .never }

  mutating func put(_ step: Step, at time: SimTime) {
    // The list is kept with the next step last.
    let position = steps.firstIndex { $0.time <= time } ?? steps.count
    steps.insert((time, step), at: position)
  }

  mutating func take() -> Step { steps.removeLast().step }
}
