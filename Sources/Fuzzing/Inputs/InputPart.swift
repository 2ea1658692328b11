import CommandLineTool
import Experiments
import Foundation
import Report
import SimCore

/// Damaged inputs of every kind that is read: each must be read, or refused with its place and a documented status.
public struct InputPart: FuzzPart {
  public let name = "inputs"
  /// Seconds after which a command that goes on is asked to stop: damaged numbers may ask for long runs.
  static let stopAfter = 0.5

  private let samples: [InputSample]
  private let scenarios: FuzzSession
  /// Where the files of a case are.
  private let folder: String

  /// - Parameters:
  ///   - scenarios: where random scenarios to damage come from.
  ///   - folder: for the files of a case; emptied before each.
  public init(scenarios: FuzzSession, folder: String) async {
    self.scenarios = scenarios
    self.folder = folder
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    samples = InputSamples.written + (await InputSamples.made(in: folder))
  }

  /// The kinds of input.
  public var kinds: Set<String> { Set(samples.map(\.kind) + [InputSamples.scenarioKind]) }

  public func changes(of seed: UInt64) -> Int { made(seed).mutations.count }

  func made(_ seed: UInt64) -> InputCase {
    var random = RandomStream(seed: seed, replication: 0, purpose: "input")
    // A tenth of the cases are random scenarios, which have more keys than anything written here.
    let sample =
      random.below(10) == 0
      ? InputSamples.scenario(scenarios.text(of: seed)) : samples[random.below(samples.count)]
    let count = 1 + [0, 0, 0, 0, 1, 1, 2, 4][random.below(8)]
    let mutations = (0..<count).map { _ in Mutation.allCases[random.below(Mutation.allCases.count)] }
    let command = sample.commands[random.below(sample.commands.count)]
    return InputCase(
      sample: sample, command: command, mutations: mutations,
      damagesCompressed: sample.isCompressed && random.below(3) == 0)
  }

  /// The files of a case.
  private func files(_ made: InputCase, seed: UInt64, keeping kept: Set<Int>?) -> [InputFile] {
    var files = made.sample.files
    var bytes = files[made.sample.target].bytes
    if made.damagesCompressed { bytes = Gzip.file(bytes) }
    for (index, mutation) in made.mutations.enumerated() where kept?.contains(index) != false {
      var random = RandomStream(seed: seed, replication: index, purpose: "mutation")
      bytes = mutation.applied(to: bytes, &random)
    }
    if made.sample.isCompressed, !made.damagesCompressed { bytes = Gzip.file(bytes) }
    files[made.sample.target].bytes = bytes
    return files
  }

  public func exhibit(of seed: UInt64, keeping kept: Set<Int>?) -> [InputFile] {
    let made = made(seed)
    let words = made.command.map { $0.contains(" ") || $0.isEmpty ? "'\($0)'" : $0 }
    return [InputFile("command", "spillway " + words.joined(separator: " ") + "\n")]
      + files(made, seed: seed, keeping: kept)
  }

  public func attempt(_ seed: UInt64, keeping kept: Set<Int>?, into tally: inout FuzzTally) async -> String? {
    let made = made(seed)
    tally.cases += 1
    do {
      try Self.empty(folder)
      for file in files(made, seed: seed, keeping: kept) { try Self.write(file, in: folder) }
    } catch { return "the case's files cannot be written: \(error)" }
    for (index, mutation) in made.mutations.enumerated() where kept?.contains(index) != false {
      tally.mutations[mutation.rawValue, default: 0] += 1
    }
    var check = await Self.run(made.command, in: folder, names: made.sample.files.map(\.name))
    if !made.sample.isCompressed {
      let bytes = files(made, seed: seed, keeping: kept)[made.sample.target].bytes
      check.lines = InputCheck.rows(of: bytes)
      check.input = String(decoding: bytes, as: UTF8.self)
    }
    count(check, made, &tally)
    if let problem = check.problem { return "\(made.sample.kind): \(problem)" }
    return nil
  }

  private func count(_ check: InputCheck, _ made: InputCase, _ tally: inout FuzzTally) {
    var kind = KindTally()
    kind.cases = 1
    if check.isRead {
      tally.ran += 1
      kind.read = 1
    } else if check.status == .interrupted {
      tally.tooLong += 1
      kind.stopped = 1
    } else {
      tally.refused += 1
      kind.refused = 1
      let place = check.place
      kind.withLine = place.line ? 1 : 0
      kind.withColumn = place.column ? 1 : 0
      for line in check.error.split(separator: "\n").prefix(20) where line.contains("error") {
        tally.note(message: String(line))
      }
    }
    tally.kinds[made.sample.kind] = (tally.kinds[made.sample.kind] ?? KindTally()) + kind
    let words = made.command.prefix { !$0.hasPrefix("-") && !$0.hasPrefix("@") }.joined(separator: " ")
    for option in made.command where option.hasPrefix("--") {
      tally.optionsReached["\(words) \(option)", default: 0] += 1
    }
  }

  /// Runs a command on the files of a folder, reading confined to it.
  static func run(_ command: [String], in folder: String, names: [String]) async -> InputCheck {
    var arguments = command.map { $0.hasPrefix("@") ? folder + "/" + $0.dropFirst() : $0 }
    if command[0] != "store" { arguments += ["--confine-reading", folder] }
    let captured = CapturedConsole()
    let stop = StopRequest()
    let alarm = DispatchWorkItem { stop.request() }
    // On a queue of its own: what the case keeps busy may be all threads that the global one has.
    DispatchQueue(label: "spillway.alarm").asyncAfter(deadline: .now() + stopAfter, execute: alarm)
    let context = CommandContext(console: captured.console, stop: { stop }, storePatience: 0.2)
    let status = await SpillwayCommand.run(arguments, context: context)
    alarm.cancel()
    return InputCheck(
      status: status, output: captured.output, error: captured.error, arguments: command, folder: folder,
      names: names + [folder])
  }

  private static func empty(_ folder: String) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      try FileManager.default.removeItem(atPath: folder + "/" + name)
    }
  }

  static func write(_ file: InputFile, in folder: String) throws {
    let path = folder + "/" + file.name
    if file.name.contains("/") {
      let parent = path[..<(path.lastIndex(of: "/") ?? path.endIndex)]
      try FileManager.default.createDirectory(atPath: String(parent), withIntermediateDirectories: true)
    }
    try Data(file.bytes).write(to: URL(fileURLWithPath: path))
  }
}
