import CommandLineTool
import Foundation
import Report

/// What all recorded runs of the harness came to: counts that add up, and a page made of them.
public struct FuzzRecord: Codable, Sendable {
  /// One run of one part.
  public struct Run: Codable, Sendable {
    public var part: String
    /// The seeds tried, as `1-500 1001-1200`.
    public var seeds: String
    public var seconds: Double
    public var cases = 0
    /// Seeds of cases that broke something, with what broke.
    public var failures: [String]
    /// Of the program.
    public var version: String
    public var day: String

    public init(part: String, tried: [Range<UInt64>], seconds: Double, failures: [FuzzFailure]) {
      self.part = part
      var joined: [Range<UInt64>] = []
      for range in tried.sorted(by: { $0.lowerBound < $1.lowerBound }) {
        if let last = joined.last, last.upperBound == range.lowerBound {
          joined[joined.count - 1] = last.lowerBound..<range.upperBound
        } else {
          joined.append(range)
        }
      }
      seeds = joined.map { "\($0.lowerBound)-\($0.upperBound - 1)" }.joined(separator: " ")
      self.seconds = seconds
      self.failures = failures.map { "\($0.seed): \($0.reason)" }
      version = SpillwayCommand.version
      day = Date().ISO8601Format(.iso8601.year().month().day())
    }
  }

  public var runs: [Run] = []
  /// By part.
  public var tallies: [String: FuzzTally] = [:]

  /// Adds a run to the counts in a folder, `fuzz/counts.json`, and writes the page `fuzz.md` anew.
  ///
  /// - Parameter coverage: what could be reached.
  /// - Throws: `OutputError`; what decoding throws for counts that are damaged.
  public static func add(_ run: Run, _ tally: FuzzTally, to folder: String, of coverage: FuzzCoverage) throws {
    let path = folder + "/fuzz/counts.json"
    var record = FuzzRecord()
    if let data = FileManager.default.contents(atPath: path) {
      record = try JSONDecoder().decode(FuzzRecord.self, from: data)
    }
    try FileManager.default.createDirectory(atPath: folder + "/fuzz", withIntermediateDirectories: true)
    var run = run
    run.cases = tally.cases
    record.runs.append(run)
    record.tallies[run.part, default: FuzzTally()].add(tally)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try AtomicFile.write(String(decoding: try encoder.encode(record), as: UTF8.self) + "\n", to: path)
    try AtomicFile.write(FuzzPage(record: record, coverage: coverage).text, to: folder + "/fuzz.md")
  }
}
