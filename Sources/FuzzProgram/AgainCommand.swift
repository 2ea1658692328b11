import ArgumentParser
import Foundation
import Fuzzing

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
    var still: [String] = []
    let seeds = counts.broken(each: each)
    for (part, seed) in seeds {
      let campaign = Campaign(
        program: PartName.program, words: ["work", "--folder", failures], part: part, folder: failures)
      for failure in try campaign.run(from: seed, seconds: 120, cases: 1).failures {
        still.append("\(part) \(failure.seed): \(failure.reason.prefix(200))")
        print("BROKEN  \(part), seed \(failure.seed): \(failure.reason)")
      }
    }
    print("\(seeds.count) seeds tried again, \(still.count) still break something")
    counts.again = FuzzRecord.Again(seeds: seeds.count, failures: still)
    try counts.write(to: record, of: await FuzzCoverage.all(PartName.session))
    if !still.isEmpty { throw ExitCode(1) }
  }
}
