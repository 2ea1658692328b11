import Foundation
import ResultsStore
import SimCore

extension FaultPart {
  /// How often the power is lost in what one sweep asked of the disk.
  private static let losses = 12

  /// The power is lost while a sweep writes: what the disk may then hold is a store, with every run of which the sweep
  /// had heard that it is stored; and the sweep goes on from there.
  func powerLoss(_ random: inout RandomStream, _ kind: inout KindTally) async throws {
    let whole = try await undisturbed()
    _ = try finish(["program", "--storage-log", path("log")] + sweep("x.sqlite").dropFirst())
    guard let bytes = FileManager.default.contents(atPath: path("log")), let log = StorageLog(bytes: Array(bytes)),
      !log.commits.isEmpty
    else { throw Broken("the disk was asked for nothing, or for something unknown") }
    for _ in 0..<Self.losses {
      kind.cases += 1
      let count = random.below(log.requests.count + 1)
      let fate = StorageLog.Fate.allCases[random.below(StorageLog.Fate.allCases.count)]
      if let problem = try Self.problem(of: log, after: count, fate, &random, in: folder) { throw Broken(problem) }
      kind.read += 1
    }
    // The last of them is where the sweep goes on.
    for suffix in ["", "-journal"] {
      try? FileManager.default.removeItem(atPath: path("x.sqlite" + suffix))
      try? FileManager.default.moveItem(atPath: path("loss.sqlite" + suffix), toPath: path("x.sqlite" + suffix))
    }
    try expectWhole(whole.digest)
  }

  /// What does not hold of a disk that lost its power behind so many requests; nil where the store is whole.
  static func problem(
    of log: StorageLog, after count: Int, _ fate: StorageLog.Fate, _ random: inout RandomStream, obeys: Bool = true,
    in folder: String
  ) throws -> String? {
    let words = "the power is lost behind request \(count) of \(log.requests.count), with what is not safe \(fate)"
    // One transaction may be under way: then either it is there or not.
    let done = log.commits.last { $0 < count }.map { $0 + 1 } ?? 0
    let next = log.commits.first { $0 >= count }.map { $0 + 1 } ?? log.requests.count
    let before = try points(of: log.left(after: done, .kept, &random), in: folder)
    let after = try points(of: log.left(after: next, .kept, &random), in: folder)
    do {
      let found = try points(of: log.left(after: count, fate, &random, obeys: obeys), in: folder)
      return found == before || found == after
        ? nil : "\(words): \(found.count) runs are there, neither \(before.count) nor \(after.count)"
    } catch { return "\(words): \(error)" }
  }

  /// The runs of a store whose files hold these bytes; all of it is read.
  private static func points(of files: (database: [UInt8]?, journal: [UInt8]?), in folder: String) throws
    -> Set<StoredPoint>
  {
    let path = folder + "/loss.sqlite"
    for (name, bytes) in [(path, files.database), (path + "-journal", files.journal)] {
      try? FileManager.default.removeItem(atPath: name)
      if let bytes { try Data(bytes).write(to: URL(fileURLWithPath: name)) }
    }
    let store = try ResultsStore(path: path)
    _ = try store.contentDigest()
    return try store.points()
  }
}
