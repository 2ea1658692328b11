import Foundation
import ResultsStore
import SimCore

extension FaultPart {
  /// Kills one sweep again and again, at random moments, until it is finished in spite of it.
  func kills(_ random: inout RandomStream, _ kind: inout KindTally) async throws {
    let whole = try await undisturbed()
    var held: Set<StoredPoint> = []
    for _ in 0..<12 {
      let child = try start(sweep("x.sqlite"))
      usleep(UInt32(random.uniform() * whole.seconds * 0.7 * 1e6))
      child.kill()
      child.closeOutput()
      let status = child.wait()
      if status == -SIGKILL { kind.cases += 1 }
      let now = try points("x.sqlite")
      let lost = held.subtracting(now).count
      if lost > 0 { throw Broken("\(lost) of \(held.count) runs are lost") }
      if status == -SIGKILL { kind.read += 1 }
      held = now
      if status == 0 { break }
      if status != -SIGKILL { throw Broken("a sweep begun again ends with \(status)") }
    }
    try expectWhole(whole.digest)
  }

  /// Finishes the sweep and compares.
  func expectWhole(_ digest: String) throws {
    _ = try finish(sweep("x.sqlite"))
    let made = try ResultsStore(path: path("x.sqlite")).contentDigest()
    if made != digest { throw Broken("the store holds something else than an undisturbed one") }
  }

  /// A disk that is full after a random number of bytes: the command says so, leaves no half of a file, and the store
  /// goes on once there is room.
  func fullDisk(_ random: inout RandomStream, _ kind: inout KindTally) async throws {
    let whole = try await undisturbed()
    let size = ((try? FileManager.default.attributesOfItem(atPath: path("whole.sqlite")))?[.size] as? Int) ?? 300_000
    let limit = random.below(size + size / 10)
    kind.cases += 1
    let words = sweep("x.sqlite")
    let (_, status) = try start(["program", "--file-limit", "\(limit)"] + words.dropFirst()).finish(
      seconds: Self.patience)
    if status != 0, status != 73 { throw Broken("with \(limit) bytes of room it ends with \(status)") }
    _ = try points("x.sqlite")
    try expectWhole(whole.digest)
    for name in ["rows.csv", "series.jsonl", "timeline.json.gz"] {
      let option = ["rows.csv": "--requests", "series.jsonl": "--series", "timeline.json.gz": "--timeline"][name] ?? ""
      let words = ["--", "run", path("s.yaml"), "--no-store", "--quiet", "--policy", "aqua", "--replications", "1"]
      let (_, status) = try start(
        ["program", "--file-limit", "\(random.below(20_000))"] + words + [option, path(name)]
      ).finish(seconds: Self.patience)
      let isThere = FileManager.default.fileExists(atPath: path(name))
      if isThere != (status == 0) {
        throw Broken("'\(option)' ends with \(status), and its file is \(isThere ? "" : "not ")there")
      }
      if status != 0, status != 73 { throw Broken("'\(option)' ends with \(status)") }
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains(".part-") }
    if !left.isEmpty { throw Broken("'\(left[0])' is left behind") }
    kind.read += 1
  }

  /// Nobody reads the output to its end, or it cannot be written at all; the store gets its runs.
  func lostOutput(_ fault: Fault, _ random: inout RandomStream, _ kind: inout KindTally) async throws {
    let whole = try await undisturbed()
    kind.cases += 1
    let words = sweep("x.sqlite", "--format", "csv")
    let isFull = fault == .fullOutput
    let child = try start(words, outputFile: isFull ? "/dev/full" : nil)
    let (_, status) = child.finish(upTo: isFull ? .max : random.below(3_000), seconds: Self.patience)
    // A pipe may be closed before anything is written into it, or after everything was.
    let expected: [Int32] = isFull ? [73] : [0, 73, -SIGPIPE]
    if !expected.contains(status) { throw Broken("it ends with \(status)") }
    _ = try points("x.sqlite")
    try expectWhole(whole.digest)
    kind.read += 1
  }

  /// Several processes write to one store that is not there yet.
  func writers(_ random: inout RandomStream, _ kind: inout KindTally) async throws {
    let whole = try await undisturbed()
    kind.cases += 1
    let count = 2 + random.below(4)
    let children = try (0..<count).map { index in
      try random.below(2) == 0
        ? start(sweep("x.sqlite")) : start(sweep("x.sqlite", "--shard", "\(index)/\(count)"))
    }
    for child in children {
      let (_, status) = child.finish(seconds: Self.patience)
      // Who has waited in vain for others says so (75), and can be started again.
      if status != 0, status != 75 { throw Broken("one of \(count) writers ends with \(status)") }
    }
    _ = try points("x.sqlite")
    try expectWhole(whole.digest)
    kind.read += 1
  }

  /// The same bytes whatever the language, time zone, terminal and home.
  func surroundings(_ random: inout RandomStream, _ kind: inout KindTally) throws {
    kind.cases += 1
    let choices: [(String, [String])] = [
      ("LANG", ["C", "de_DE.UTF-8", "tr_TR.UTF-8", "ar_EG.UTF-8", ""]), ("LC_ALL", ["C", "de_DE.UTF-8", "POSIX"]),
      ("LC_NUMERIC", ["de_DE.UTF-8", "C"]), ("TZ", ["UTC", "Asia/Kathmandu", "America/St_Johns", ":nonsense", ""]),
      ("TERM", ["dumb", "xterm-256color", ""]), ("COLUMNS", ["1", "400", "x"]), ("HOME", ["/nonexistent", "/"]),
      ("NO_COLOR", ["1", ""]), ("MALLOC_PERTURB_", ["165"]),
    ]
    var chosen: [String: String] = [:]
    for (name, values) in choices where random.below(2) == 0 { chosen[name] = values[random.below(values.count)] }
    for format in Self.formats {
      let usual = try results(format, [], [:])
      if try results(format, [], chosen) != usual { throw Broken("'--format \(format)' differs with \(chosen)") }
    }
    kind.read += 1
  }

  /// The clock of the day is set back and forth, and the time since the machine started leaps: no result knows of it.
  func clockJumps(_ random: inout RandomStream, _ kind: inout KindTally) async throws {
    let whole = try await undisturbed()
    kind.cases += 1
    func jumping() -> [String] { ["--clock-jumps", "\(random.below(1 << 30))"] }
    _ = try finish(["program"] + jumping() + sweep("x.sqlite").dropFirst())
    // Runs that are there already, by another time, are not made again.
    _ = try finish(["program"] + jumping() + sweep("x.sqlite").dropFirst())
    _ = try points("x.sqlite")
    try expectWhole(whole.digest)
    for format in Self.formats {
      if try results(format, jumping(), [:]) != results(format, [], [:]) {
        throw Broken("'--format \(format)' differs with clocks that jump")
      }
    }
    kind.read += 1
  }

  private static let formats = ["json", "csv", "table"]

  /// What a run prints, less how long it took in real time.
  private func results(_ format: String, _ options: [String], _ surroundings: [String: String]) throws -> String {
    let words =
      ["program"] + options
      + ["--", "run", path("s.yaml"), "--no-store", "--quiet", "--replications", "1", "--format", format]
    let text = String(decoding: try finish(words, surroundings: surroundings), as: UTF8.self)
    let lines = text.split(separator: "\n")
    let key = "wall_seconds"
    if format == "csv" {
      let rows = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      guard let column = rows.first?.firstIndex(of: Substring(key)) else { throw Broken("no column '\(key)'") }
      return rows.map { row in row.indices.filter { $0 != column }.map { row[$0] }.joined(separator: ",") }
        .joined(separator: "\n")
    }
    if lines.contains(where: { $0.contains("\"\(key)\": -") }) {
      throw Broken("'--format \(format)' says that it took less than no time")
    }
    return lines.filter { !$0.contains(key) }.joined(separator: "\n")
  }
}
