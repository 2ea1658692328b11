import CUDA
import Glibc

/// Times kernels in short bursts with rests between them, so that neither the host's launches nor a GPU that slows down
/// under lasting load are part of the figure.
struct BurstTimer {
  let stream: Stream
  /// Seconds of work in a burst.
  let seconds: Double
  /// How many bursts are timed.
  let count: Int
  /// Lets a number of seconds pass.
  let rest: (Double) -> Void

  private static let mostNodes = 1024
  private static let longestRest = 0.02

  /// Seconds of one repetition.
  ///
  /// One unmeasured run loads the kernels and a second one says how many make a burst. They are captured into a graph,
  /// which is replayed twice in a row; the second time counts, as its launch is hidden behind the first.
  ///
  /// - Parameters:
  ///   - atLeast: repetitions in a graph at least, for example so many that together they read more than the cache
  ///     holds.
  ///   - share: how long the GPU rests after a burst against how long it worked; kernels that wait for memory need
  ///     little.
  ///   - queue: puts repetition number `i` on the stream.
  func time(atLeast: Int = 1, resting share: Double = 1, _ queue: (Int) throws(CUDAError) -> Void) throws(CUDAError)
    -> Timing
  {
    let start = try Event(stream.device)
    let end = try Event(stream.device)
    try queue(0)
    try stream.synchronise()
    try stream.record(start)
    try queue(1)
    try stream.record(end)
    try stream.synchronise()
    let once = max(try end.seconds(since: start), 1e-6)
    let nodes = min(max(Int(seconds / once), atLeast, 1), Self.mostNodes)
    let graph = try stream.capture { () throws(CUDAError) in
      for index in 0..<nodes { try queue(index) }
    }
    var times: [Double] = []
    for _ in 0..<count {
      try graph.launch(on: stream)
      try stream.record(start)
      try graph.launch(on: stream)
      try stream.record(end)
      try stream.synchronise()
      let burst = try end.seconds(since: start)
      times.append(burst / Double(nodes))
      rest(min(share * 2 * burst, Self.longestRest))
    }
    return Timing(times)
  }

  /// Repetitions back to back for a time: the times of one repetition in stretches of about 20 ms, in order, and what
  /// `watch` gave half-way, while the GPU was busy.
  func sustained<Seen>(
    for duration: Double, expecting once: Double, _ queue: (Int) throws(CUDAError) -> Void, watch: () -> Seen
  ) throws(CUDAError) -> (times: [Double], seen: Seen) {
    let nodes = min(max(Int(0.02 / once), 1), Self.mostNodes)
    let graph = try stream.capture { () throws(CUDAError) in
      for index in 0..<nodes { try queue(index) }
    }
    let rounds = max(Int(duration / (once * Double(nodes))), 8)
    var events = [try Event(stream.device)]
    try graph.launch(on: stream)
    try stream.record(events[0])
    for _ in 0..<rounds {
      try graph.launch(on: stream)
      let event = try Event(stream.device)
      try stream.record(event)
      events.append(event)
    }
    try events[rounds / 2].synchronise()
    let seen = watch()
    try stream.synchronise()
    var times: [Double] = []
    for index in 1...rounds {
      times.append(try events[index].seconds(since: events[index - 1]) / Double(nodes))
    }
    return (times, seen)
  }

  /// Lets the thread sleep.
  static func sleep(_ seconds: Double) {
    var pause = timespec(tv_sec: 0, tv_nsec: Int(min(seconds, 0.9) * 1e9))
    nanosleep(&pause, nil)
  }
}
