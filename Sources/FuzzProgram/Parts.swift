import ArgumentParser
import CClocks
import CStorage
import CommandLineTool
import Foundation
import Fuzzing
import Scheduling
import Statistics

/// The parts of the harness, by name.
enum PartName: String, CaseIterable, ExpressibleByArgument {
  case scenarios, inputs, faults

  /// - Parameter folder: for the files of cases.
  func part(in folder: String) async -> any FuzzPart {
    switch self {
    case .scenarios: return Self.session
    case .inputs: return await InputPart(scenarios: Self.session, folder: folder)
    case .faults: return FaultPart(program: Self.program, folder: folder)
    }
  }

  static let session = FuzzSession(policies: .builtIn, metrics: MetricKey.all.map(\.name))

  /// The path of this program, which becomes its own workers.
  static var program: String { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "" }
}

/// A worker: tries seeds and says what came of them.
struct WorkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work", abstract: "Try seeds in this process; what the others start.")

  @Argument var part: PartName
  @Argument var first: UInt64
  @Argument var count: UInt64
  @Option var seconds = 1e9
  @Option(help: "The numbers of the changes that are made, separated by commas; all when left out.") var keep: String?
  @Option(help: "For the files of cases.") var folder = ".build/fuzz"

  func run() async throws {
    let own = "\(folder)/\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: own) }
    let kept = keep.map { Set($0.split(separator: ",").compactMap { Int($0) }) }
    await FuzzWorker.run(
      await part.part(in: own), seeds: first..<first + count, keeping: kept, seconds: seconds)
  }
}

/// Spillway's own command line, in a process that a fault may meet.
struct ProgramCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "program", abstract: "Run a command of spillway; what the part 'faults' starts.")

  @Option(help: "The most bytes that a file may have: a disk that is full.") var fileLimit: UInt64?
  @Option(help: "A seed: clocks jump.") var clockJumps: UInt64?
  @Option(help: "Write down what databases ask of the disk in this file.") var storageLog: String?
  @Argument(parsing: .captureForPassthrough) var words: [String]

  func run() async throws {
    if let fileLimit { FaultPart.limitFiles(to: fileLimit) }
    if let clockJumps { clocks_jump(clockJumps) }
    if let storageLog, storage_log("x.sqlite", storageLog) != 0 { throw ExitCode(EX_SOFTWARE) }
    let context = CommandContext(console: .system, stop: { .onSignal() })
    let status = await SpillwayCommand.run(words.filter { $0 != "--" }, context: context)
    // A fault that nobody can have noticed shows nothing.
    if clockJumps != nil, clocks_asked() == 0 { throw ExitCode(EX_SOFTWARE) }
    throw ExitCode(status.rawValue)
  }
}

/// The case of a seed, for whoever looks at a failure.
struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Write the files of a seed's case.")

  @Argument var part: PartName
  @Argument var seed: UInt64
  @Option(help: "The numbers of the changes that are made, separated by commas; all when left out.") var keep: String?
  @Option(help: "Where they are written.") var output = ".build/fuzz/case"

  func run() async throws {
    let scratch = "\(output)-scratch"
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let kept = keep.map { Set($0.split(separator: ",").compactMap { Int($0) }) }
    for path in try Exhibit.write(await part.part(in: scratch), seed, keeping: kept, to: output) { print(path) }
  }
}

/// Cases as files.
enum Exhibit {
  /// Writes the files of a case.
  ///
  /// - Returns: their paths.
  static func write(_ part: any FuzzPart, _ seed: UInt64, keeping kept: Set<Int>?, to folder: String) throws -> [String]
  {
    try part.exhibit(of: seed, keeping: kept).map { file in
      let url = URL(fileURLWithPath: folder).appendingPathComponent(file.name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.bytes).write(to: url)
      return "\(folder)/\(file.name)"
    }
  }
}
