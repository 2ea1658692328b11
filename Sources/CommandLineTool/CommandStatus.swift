/// What the process returns to who started it.
public enum CommandStatus: Int32, Sendable, CaseIterable {
  case done = 0
  /// An expectation of `check` did not hold.
  case expectationFailed = 1
  /// An invariant of the simulator did not hold: a bug of ours.
  case brokenInvariant = 2
  /// The replications do not tell whether an expectation of `check` holds; none is broken.
  case undecided = 3
  /// Wrong usage of the command line (`EX_USAGE`).
  case usage = 64
  /// A scenario, trace or profile with mistakes (`EX_DATAERR`).
  case badInput = 65
  /// A file that cannot be read (`EX_NOINPUT`).
  case unreadable = 66
  /// Something that the machine lacks: a GPU, its driver, a free port (`EX_UNAVAILABLE`).
  case unavailable = 69
  /// An output that cannot be written (`EX_CANTCREAT`).
  case unwritable = 73
  /// A results store that another process is writing to (`EX_TEMPFAIL`).
  case busy = 75
  /// Interrupted by the user (128 + SIGINT).
  case interrupted = 130
}
