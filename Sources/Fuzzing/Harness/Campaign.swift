import Foundation

/// Runs one part of the harness in child processes, some seeds in each: a trap ends a child, and is a finding.
public struct Campaign: Sendable {
  /// The program that becomes a worker, and the words that make it one, before the part's name and the seeds.
  public var program: String
  public var words: [String]
  public var part: String
  /// Where the standard error of workers goes.
  public var folder: String
  /// Workers at once.
  public var jobs = 1
  /// Seeds of one worker.
  public var batch: UInt64 = 500
  /// Seconds that one case may take before it counts as a hang.
  public var patience = 60.0
  /// Whether all workers end with the first case that breaks something.
  public var stopsAtFirst = false

  public init(program: String, words: [String], part: String, folder: String) {
    self.program = program
    self.words = words
    self.part = part
    self.folder = folder
  }

  public struct Outcome: Sendable {
    public var tally = FuzzTally()
    public var failures: [FuzzFailure] = []
    /// The seeds tried, in the order in which their workers ended.
    public var tried: [Range<UInt64>] = []
    /// The first seed that no worker was given.
    var next: UInt64
  }

  /// Tries seed after seed.
  ///
  /// - Parameters:
  ///   - seconds: no case is begun after these.
  ///   - cases: how many at most.
  ///   - failed: called for each failure as it is found.
  /// - Throws: `POSIXError` when no worker can be started.
  public func run(
    from first: UInt64, seconds: Double, cases: Int, failed: (FuzzFailure) -> Void = { _ in }
  ) throws -> Outcome {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var outcome = Outcome(next: first)
    let last = first.addingReportingOverflow(UInt64(clamping: cases))
    var waiting: [Range<UInt64>] = []
    var workers: [Worker] = []
    func next() -> Range<UInt64>? {
      if clock.now >= end { return nil }
      if let seeds = waiting.popLast() { return seeds }
      let stop = last.overflow ? UInt64.max : last.partialValue
      guard outcome.next < stop else { return nil }
      let seeds = outcome.next..<min(stop, outcome.next + batch)
      outcome.next = seeds.upperBound
      return seeds
    }
    while true {
      while workers.count < jobs, let seeds = next() {
        workers.append(try start(seeds, keeping: nil, seconds: (end - clock.now) / .seconds(1)))
      }
      if workers.isEmpty { return outcome }
      var polled = workers.map { pollfd(fd: $0.process.output, events: Int16(POLLIN), revents: 0) }
      poll(&polled, nfds_t(polled.count), 200)
      for index in workers.indices.reversed() {
        var worker = workers[index]
        let isOver = worker.follow(now: clock.now, patience: patience, part: part)
        outcome.tally.add(worker.takeTally())
        for failure in worker.takeFailures() {
          outcome.failures.append(failure)
          failed(failure)
        }
        workers[index] = worker
        guard isOver else { continue }
        if let rest = worker.rest { waiting.append(rest) }
        if let tried = worker.tried { outcome.tried.append(tried) }
        workers.remove(at: index)
      }
      if stopsAtFirst, !outcome.failures.isEmpty {
        for worker in workers { worker.process.kill() }
        for worker in workers { _ = worker.process.wait() }
        return outcome
      }
    }
  }

  /// Leaves out one change after another as long as the case still breaks something.
  ///
  /// - Parameter changes: how many the case has.
  /// - Throws: `POSIXError` when no worker can be started.
  public func shrunk(_ failure: FuzzFailure, changes: Int) throws -> FuzzFailure {
    var smallest = failure
    var kept = Array(0..<changes)
    var index = 0
    while index < kept.count {
      var fewer = kept
      fewer.remove(at: index)
      if let found = try again(failure.seed, keeping: fewer) {
        kept = fewer
        smallest.reason = found.reason
      } else {
        index += 1
      }
    }
    smallest.kept = kept
    return smallest
  }

  private func again(_ seed: UInt64, keeping kept: [Int]) throws -> FuzzFailure? {
    let clock = ContinuousClock()
    var worker = try start(seed..<seed + 1, keeping: kept, seconds: patience * 2)
    while true {
      var polled = [pollfd(fd: worker.process.output, events: Int16(POLLIN), revents: 0)]
      poll(&polled, 1, 200)
      if worker.follow(now: clock.now, patience: patience, part: part) { return worker.takeFailures().first }
    }
  }

  private func start(_ seeds: Range<UInt64>, keeping kept: [Int]?, seconds: Double) throws -> Worker {
    var arguments = words + [part, "\(seeds.lowerBound)", "\(seeds.count)", "--seconds", "\(seconds)"]
    if let kept { arguments += ["--keep", kept.map(String.init).joined(separator: ",")] }
    let errors = "\(folder)/worker-\(seeds.lowerBound).txt"
    return Worker(
      process: try ChildProcess(program, arguments, errors: errors), seeds: seeds, errors: errors,
      lastSign: ContinuousClock().now)
  }
}

/// A child process at work, and what it said so far.
private struct Worker {
  let process: ChildProcess
  let seeds: Range<UInt64>
  /// The file of its standard error.
  let errors: String
  var lastSign: ContinuousClock.Instant
  /// The seed under way.
  var seed: UInt64?
  /// The seeds that it has begun.
  var tried: Range<UInt64>? { seed.map { seeds.lowerBound..<$0 + 1 } }
  /// What of its seeds another worker has to try.
  var rest: Range<UInt64>?
  private var pending: [UInt8] = []
  private var tally = FuzzTally()
  private var failures: [FuzzFailure] = []
  private var isHanging = false

  init(process: ChildProcess, seeds: Range<UInt64>, errors: String, lastSign: ContinuousClock.Instant) {
    self.process = process
    self.seeds = seeds
    self.errors = errors
    self.lastSign = lastSign
  }

  mutating func takeTally() -> FuzzTally {
    defer { tally = FuzzTally() }
    return tally
  }

  mutating func takeFailures() -> [FuzzFailure] {
    defer { failures = [] }
    return failures
  }

  /// Reads what it said.
  ///
  /// - Returns: whether it has ended.
  mutating func follow(now: ContinuousClock.Instant, patience: Double, part: String) -> Bool {
    while let bytes = process.read() {
      if bytes.isEmpty {
        if now - lastSign > .seconds(patience), !isHanging {
          isHanging = true
          process.kill()
        }
        return false
      }
      lastSign = now
      pending += bytes
      takeLines(part)
    }
    let status = process.wait()
    if status != 0 {
      let why =
        isHanging ? "no end within \(Int(patience)) s" : status < 0 ? "signal \(-status)" : "exit status \(status)"
      let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
      let last = said.split(separator: "\n").first { $0.contains("Fatal error") } ?? said.split(separator: "\n").last
      failures.append(
        FuzzFailure(
          part: part, seed: seed ?? seeds.lowerBound, reason: why + (last.map { ": " + $0.prefix(300) } ?? "")))
      let following = (seed ?? seeds.lowerBound) + 1
      if following < seeds.upperBound { rest = following..<seeds.upperBound }
    }
    unlink(errors)
    return true
  }

  private mutating func takeLines(_ part: String) {
    while let end = pending.firstIndex(of: 0x0A) {
      let line = String(decoding: pending[..<end], as: UTF8.self)
      pending.removeSubrange(...end)
      let text = line.dropFirst(2)
      switch line.prefix(2) {
      case "s ": seed = UInt64(text)
      case "b ":
        let halves = text.split(separator: " ", maxSplits: 1)
        failures.append(
          FuzzFailure(part: part, seed: UInt64(halves[0]) ?? 0, reason: halves.count > 1 ? String(halves[1]) : ""))
      case "t ":
        if let added = try? JSONDecoder().decode(FuzzTally.self, from: Data(text.utf8)) { tally.add(added) }
      default: break
      }
    }
  }
}
