import Foundation

/// What a child process does: tries seeds one after another, and says on its standard output where it is.
///
/// A line `s SEED` comes before each case, `b SEED REASON` after one that broke something, and `t JSON` adds to the
/// tally. After a trap the last seed said is the one that caused it.
public enum FuzzWorker {
  /// The most bytes of address space: a case that wants more ends its process, which is then a failure.
  static let memoryLimit: UInt64 = 4 << 30
  /// Cases between two tallies.
  private static let tallied = 25

  /// - Parameters:
  ///   - seeds: those to try.
  ///   - kept: the changes that are made; all when nil.
  ///   - seconds: no case is begun after these.
  public static func run(_ part: any FuzzPart, seeds: Range<UInt64>, keeping kept: Set<Int>?, seconds: Double) async {
    var limit = rlimit(rlim_cur: rlim_t(memoryLimit), rlim_max: rlim_t(memoryLimit))
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var tally = FuzzTally()
    for seed in seeds {
      let start = clock.now
      if start >= end { break }
      say("s \(seed)")
      if let reason = await part.attempt(seed, keeping: kept, into: &tally) {
        say("b \(seed) " + reason.replacing("\n", with: " "))
      }
      tally.slowest = max(tally.slowest, (clock.now - start) / .seconds(1))
      if tally.cases >= tallied { flush(&tally) }
    }
    flush(&tally)
  }

  private static func flush(_ tally: inout FuzzTally) {
    if tally.cases > 0, let json = try? JSONEncoder().encode(tally) {
      say("t " + String(decoding: json, as: UTF8.self))
    }
    tally = FuzzTally()
  }

  private static func say(_ line: String) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress!, $0.count) }
      if count < 0, errno != EINTR { exit(74) }
      bytes = bytes.dropFirst(max(0, count))
    }
  }
}
