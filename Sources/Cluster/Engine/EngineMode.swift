import Replica
import Scheduling
import SimCore

/// What an engine is doing, with everything that only matters while it does it.
///
///     idle ──decision──▶ pagingOut ──shipped──▶ fetching ──arrived──▶ running ──boundary──▶ decision
///
/// Every arrow but the first and the last may be skipped: a decision that moves nothing starts iterations at once,
/// and one that has nothing to run leaves the engine idle. A replica that has left the fleet is stopped, from
/// wherever it was.
enum EngineMode {
  /// Nothing can run until something comes from outside or the boundary is reached.
  case idle
  /// Iterations of one unchanged batch follow each other.
  case running(Segment)
  /// The decision's page-outs must end before its fetches may start.
  case pagingOut
  /// The decision's fetches must end before its iterations may start.
  case fetching
  /// The replica has left; no time passes for it any more.
  case stopped
}

/// How an iteration is given up, in work time.
struct GivenUp {
  /// The safepoint.
  var point: Int64
  /// Where the iteration ends: there, or behind the layers that are left for its online members alone.
  var end: Int64
  /// So many of `safepoints` equal parts of it are done at the safepoint.
  var done: Int64
  var safepoints: Int64
  /// Work until the safepoint that is done for nothing.
  var lost: Int64
  var keeping: KeptWork

  /// Whether its online members go on.
  var goesOn: Bool { end > point }
}

/// Iterations of one unchanged batch, in work time: see `WorkClock`.
struct Segment {
  /// How it ends.
  enum Ending {
    /// After its last iteration; then the policy is asked.
    case decision
    /// After its last iteration, because decode attention then changes its slope or a checkpoint is due, which is
    /// nothing to consult anybody about: the decision stands for so many iterations more.
    case bend(iterationsLeft: Int)
    /// In its first iteration, which is given up at a safepoint.
    case abort(GivenUp)
  }

  /// When its first iteration began.
  var start: Int64
  /// What its iterations cost.
  var line: IterationCost
  /// How many it runs.
  var iterations: Int
  var ending: Ending
  /// Whether the decode batch takes part.
  var decodes: Bool

  /// Whether it can be shortened: it has iterations after the one under way, and that one is not given up.
  var repeats: Bool {
    if case .abort = ending { return false }
    return iterations > 1
  }

  /// When it ends.
  var end: Int64 {
    if case .abort(let given) = ending { return given.end }
    return start + line.total(iterations).picoseconds
  }

  /// Takes the first `count` iterations off.
  mutating func advance(_ count: Int) {
    start += line.total(count).picoseconds
    line.first += line.growth * count
    line.iterations -= count
    iterations -= count
  }
}
