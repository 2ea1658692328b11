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
    /// Of the harness: which cases seeds are.
    public var generation: Int? = FuzzRecord.generation
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

  /// What came of trying again, on a later build, every seed that had broken something.
  public struct Again: Codable, Sendable {
    public var day: String
    public var version: String
    public var seeds: Int
    /// Those that still break something, as `PART SEED: REASON`.
    public var failures: [String]

    public init(seeds: Int, failures: [String]) {
      self.seeds = seeds
      self.failures = failures
      version = SpillwayCommand.version
      day = Date().ISO8601Format(.iso8601.year().month().day())
    }
  }

  /// Raised when seeds become other cases: counts begin anew then.
  public static let generation = 2

  public var runs: [Run] = []
  /// Runs of other cases, which the counts are not of.
  public var earlier: [Run]?
  /// The last time that this was done.
  public var again: Again?
  /// By part.
  public var tallies: [String: FuzzTally] = [:]

  /// The seeds that have broken something, by part.
  ///
  /// - Parameter most: of those that broke alike, this many.
  public func broken(each most: Int) -> [(part: String, seed: UInt64)] {
    var counts: [String: Int] = [:]
    return runs.flatMap { run in
      run.failures.compactMap { failure in
        let kind = run.part + MessagePattern.of(String(failure.drop { $0 != ":" }))
        counts[kind, default: 0] += 1
        guard counts[kind, default: 0] <= most else { return nil }
        return UInt64(failure.prefix { $0 != ":" }).map { (run.part, $0) }
      }
    }
  }

  /// The counts in a folder, `fuzz/counts.json`; none where there is no file.
  ///
  /// - Throws: what decoding throws for counts that are damaged.
  public static func read(from folder: String) throws -> FuzzRecord {
    guard let data = FileManager.default.contents(atPath: folder + "/fuzz/counts.json") else { return FuzzRecord() }
    var record = try JSONDecoder().decode(FuzzRecord.self, from: data)
    let others = record.runs.filter { $0.generation != generation }
    if !others.isEmpty {
      record.earlier = (record.earlier ?? []) + others
      record.runs.removeAll { $0.generation != generation }
      record.tallies = [:]
    }
    return record
  }

  /// Adds a run to the counts in a folder, `fuzz/counts.json`, and writes the page `fuzz.md` anew.
  ///
  /// - Parameter coverage: what could be reached.
  /// - Throws: `OutputError`; what decoding throws for counts that are damaged.
  public static func add(_ run: Run, _ tally: FuzzTally, to folder: String, of coverage: FuzzCoverage) throws {
    var record = try read(from: folder)
    var run = run
    run.cases = tally.cases
    record.runs.append(run)
    record.tallies[run.part, default: FuzzTally()].add(tally)
    try record.write(to: folder, of: coverage)
  }

  /// Writes the counts and the page.
  ///
  /// - Throws: `OutputError`.
  public func write(to folder: String, of coverage: FuzzCoverage) throws {
    try FileManager.default.createDirectory(atPath: folder + "/fuzz", withIntermediateDirectories: true)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try AtomicFile.write(
      String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: folder + "/fuzz/counts.json")
    let page = FuzzPage(record: self, coverage: coverage, besides: FuzzTables(in: folder + "/fuzz"))
    try AtomicFile.write(page.text, to: folder + "/fuzz.md")
  }
}
