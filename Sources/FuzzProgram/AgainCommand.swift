import ArgumentParser
import Foundation
import Fuzzing
import Synchronization

/// Seeds that have broken something, tried on this build.
struct AgainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "again", abstract: "Try every recorded seed again that had broken something.")

  @Option(help: "The folder of the counts.") var record = "Results"
  @Option(help: "At most so many seeds that broke something alike.") var each = Int.max
  @Option(help: "Where workers have their files.") var failures = ".build/fuzz"

  func run() async throws {
    var counts = try FuzzRecord.read(from: record)
    try FileManager.default.createDirectory(atPath: failures, withIntermediateDirectories: true)
    let seeds = counts.broken(each: each)
    let folder = failures
    let found = Mutex<[(index: Int, text: String)]>([])
    DispatchQueue.concurrentPerform(iterations: seeds.count) { index in
      let (part, seed) = seeds[index]
      let campaign = Campaign(
        program: PartName.program, words: ["work", "--folder", folder], part: part, folder: folder)
      let reason: String
      do {
        guard let failure = try campaign.run(from: seed, seconds: 300, cases: 1).failures.first else { return }
        reason = failure.reason
      } catch { reason = "it was not tried: \(error)" }
      print("BROKEN  \(part), seed \(seed): \(reason)")
      found.withLock { $0.append((index, "\(part) \(seed): \(reason.prefix(200))")) }
    }
    let still = found.withLock { $0 }.sorted { $0.index < $1.index }.map(\.text)
    print("\(seeds.count) seeds tried again, \(still.count) still break something")
    counts.again = FuzzRecord.Again(seeds: seeds.count, failures: still)
    try counts.write(to: record, of: await FuzzCoverage.all(PartName.session))
    if !still.isEmpty { throw ExitCode(1) }
  }
}
