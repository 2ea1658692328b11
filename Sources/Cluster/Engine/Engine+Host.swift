import Replica
import SimCore
import StepTime

/// The pace of the engine's host. It is that of the moment at which an iteration begins, so that a segment is cut
/// where the pace changes, which is nothing to consult anybody about.
extension Engine {
  /// The pace of an iteration that begins now; notes until when others have it too.
  func takePace(at now: SimTime) -> Double {
    if let steadyPace { return steadyPace }
    paceChange = host.nextChange(after: now)
    return host.pace(at: now)
  }

  /// Whether an iteration of so many tokens is the first of its size that is launched without a graph; notes that it
  /// was.
  func isNewSize(_ tokens: Int) -> Bool {
    guard let launch = cost.host?.launch, launch.newSize > 0, let largest = launch.largestGraph, tokens > largest
    else { return false }
    return metSizes.meet(tokens)
  }

  /// How many iterations, one at least, begin before the pace of the first has changed.
  ///
  /// - Parameter work: where the work clock stands when the first begins.
  func iterationsAtThisPace(_ line: IterationCost, from work: Int64, limit: Int) -> Int {
    guard paceChange != .never else { return .max }
    let before = clock.work(at: SimTime(picoseconds: paceChange.picoseconds - 1)) - work
    return max(1, line.iterations(covering: SimDuration(picoseconds: before + 1), limit: limit))
  }

  /// After the clock has changed its stretch: iterations that now begin after the pace has changed are taken off the
  /// segment, those that begin before it are put back.
  func limitToPace() {
    guard steadyPace == nil, stepping == .segment, case .running(var segment) = mode else { return }
    let beyond: Int
    switch segment.ending {
    case .abort: return
    case .decision: beyond = 0
    case .bend(let left): beyond = left
    }
    let all = segment.iterations + beyond
    guard all > 1 else { return }
    segment.iterations = iterationsAtOnce(segment.line, from: segment.start, atMost: all)
    let left = all - segment.iterations
    segment.ending = left > 0 ? .bend(iterationsLeft: left) : .decision
    mode = .running(segment)
  }
}

/// Which numbers of tokens an engine has met.
struct MetSizes {
  private var words: ContiguousArray<UInt64> = []

  /// Notes a number; says whether it is new.
  mutating func meet(_ tokens: Int) -> Bool {
    let (word, bit) = (tokens >> 6, UInt64(1) << UInt64(tokens & 63))
    while words.count <= word { words.append(0) }
    defer { words[word] |= bit }
    return words[word] & bit == 0
  }
}
