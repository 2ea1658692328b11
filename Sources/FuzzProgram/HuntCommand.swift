import ArgumentParser
import Foundation
import Fuzzing

/// The hunt itself: each part for its share of the time.
struct HuntCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hunt",
    abstract: "Random scenarios, damaged inputs and faults of the machine, each held against laws.",
    discussion: """
      Cases run in processes of their own: one that traps or hangs is found by its seed, made smaller, and written \
      down. 'spillway-fuzz show PART SEED' writes any case.
      """)

  @Option(help: "How long, all parts together.") var seconds = 60.0
  @Option(help: "The first seed; from the clock when left out, and always printed.") var seed: UInt64?
  @Option(help: "The most cases of each part.") var cases = Int.max
  @Option(name: .customLong("part"), help: "Only this part; repeatable.") var parts: [PartName] = []
  @Option(help: "Processes at once.") var jobs = 2
  @Flag(help: "End with the first case that breaks something.") var stopAtFirst = false
  @Option(help: "Where failing cases are written.") var failures = ".build/fuzz"
  @Option(help: "Add what was tried to the counts in this folder, and write its page anew.") var record: String?

  /// How the time is shared, by weight.
  private static let weights: [PartName: Double] = [.scenarios: 3, .inputs: 3, .faults: 1]

  /// How many failures of a part are made smaller; of the others the seeds are told.
  private static let mostShrunk = 20

  func run() async throws {
    let chosen = parts.isEmpty ? PartName.allCases : parts
    let first = seed ?? UInt64(Date().timeIntervalSince1970) * 1_000_000
    print("seeds from \(first)")
    try FileManager.default.createDirectory(atPath: failures, withIntermediateDirectories: true)
    var count = 0
    for name in chosen where !stopAtFirst || count == 0 {
      let share = (Self.weights[name] ?? 1) / chosen.reduce(0) { $0 + (Self.weights[$1] ?? 1) }
      count += try await hunt(name, from: first, seconds: seconds * share)
    }
    if count > 0 { throw ExitCode(1) }
  }

  /// - Returns: how many cases broke something.
  private func hunt(_ name: PartName, from first: UInt64, seconds: Double) async throws -> Int {
    var campaign = Campaign(
      program: PartName.program, words: ["work", "--folder", failures], part: name.rawValue, folder: failures)
    campaign.jobs = jobs
    campaign.stopsAtFirst = stopAtFirst
    // A case of faults is many runs of the program, each with two threads, and kills want to come at any moment of it.
    if name == .faults { campaign.jobs = max(1, jobs / 3) }
    if name == .faults { (campaign.patience, campaign.batch) = (600, 50) }
    let clock = ContinuousClock()
    let start = clock.now
    let outcome = try campaign.run(from: first, seconds: seconds, cases: cases) { failure in
      print("BROKEN  \(name.rawValue), seed \(failure.seed): \(failure.reason)")
    }
    let elapsed = (clock.now - start) / .seconds(1)
    if !outcome.failures.isEmpty { try await writeDown(outcome.failures, of: name, campaign) }
    let tally = outcome.tally
    print(
      "\(name.rawValue): \(tally.cases) cases in \(Int(elapsed)) s: \(tally.ran) ran, \(tally.refused) were refused, "
        + "\(tally.tooLong) would have been too long, \(outcome.failures.count) broke something")
    if let record {
      try FuzzRecord.add(
        FuzzRecord.Run(part: name.rawValue, tried: outcome.tried, seconds: elapsed, failures: outcome.failures),
        tally, to: record, of: await FuzzCoverage.all(PartName.session))
    }
    return outcome.failures.count
  }

  /// Makes failures smaller and writes them to files.
  private func writeDown(_ failures: [FuzzFailure], of name: PartName, _ campaign: Campaign) async throws {
    let scratch = "\(self.failures)/scratch"
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let part = await name.part(in: scratch)
    for failure in failures.prefix(Self.mostShrunk) {
      let smallest = try campaign.shrunk(failure, changes: part.changes(of: failure.seed))
      let folder = "\(self.failures)/\(name.rawValue)-\(failure.seed)"
      _ = try Exhibit.write(part, failure.seed, keeping: smallest.kept.map(Set.init), to: folder)
      print("        \(folder): \(smallest.reason)")
    }
  }
}
