import CommandLineTool
import Foundation
import ResultsStore
import SimCore

/// Faults of the machine while commands run: kills, a full disk, closed pipes, writers at once, other surroundings,
/// clocks that jump, the loss of power. The results store is whole after each, and holds in the end what it would hold
/// without them.
public struct FaultPart: FuzzPart {
  public let name = "faults"
  /// Seconds that a command may take before it counts as hanging.
  static let patience = 60.0

  /// The program, to which `program` and a command's words are given.
  private let program: String
  /// Where cases have their files.
  let folder: String

  /// - Parameters:
  ///   - program: one that runs Spillway's commands behind the word `program`.
  ///   - folder: for the files of cases; emptied before each.
  public init(program: String, folder: String) {
    self.program = program
    self.folder = folder
  }

  /// What can happen.
  public enum Fault: String, CaseIterable, Sendable {
    case kill, fullDisk, closedPipe, fullOutput, writersAtOnce, surroundings, clockJumps, powerLoss
  }

  /// Kills are what is most often asked about, so most cases are kills.
  public static func fault(of seed: UInt64) -> Fault {
    var random = RandomStream(seed: seed, replication: 0, purpose: "fault")
    let all = Fault.allCases
    return random.below(3) == 0 ? all[1 + random.below(all.count - 1)] : .kill
  }

  public func changes(of seed: UInt64) -> Int { 0 }

  public func exhibit(of seed: UInt64, keeping kept: Set<Int>?) -> [InputFile] {
    [
      InputFile("s.yaml", Self.scenario),
      InputFile("fault", "\(Self.fault(of: seed).rawValue), seed \(seed)\n"),
    ]
  }

  /// A sweep of a few points that take some milliseconds each.
  static let scenario = """
    server: hgx-h100-8
    seed: 5
    replications: 2
    duration: 10 s
    policies: [vllm-v1, aqua]
    deployments: [{name: chat, model: llama-3.1-8b, gpus: [0], engine: {kv_blocks: 400}}]
    workload: {rate: 6/s, requests: 60, prompt_tokens: 300, output_tokens: {distribution: lognormal, mean: 60, cv: 1}}
    sweep: {grid: {workload.rate: {from: 2/s, to: 12/s, points: 6}}}

    """

  public func attempt(_ seed: UInt64, keeping kept: Set<Int>?, into tally: inout FuzzTally) async -> String? {
    var random = RandomStream(seed: seed, replication: 0, purpose: "moment")
    let fault = Self.fault(of: seed)
    var kind = KindTally()
    tally.cases += 1
    defer {
      tally.ran += 1
      tally.kinds[fault.rawValue] = (tally.kinds[fault.rawValue] ?? KindTally()) + kind
    }
    do {
      try? FileManager.default.removeItem(atPath: folder)
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(Self.scenario.utf8).write(to: URL(fileURLWithPath: folder + "/s.yaml"))
      switch fault {
      case .kill: try await kills(&random, &kind)
      case .fullDisk: try await fullDisk(&random, &kind)
      case .closedPipe, .fullOutput: try await lostOutput(fault, &random, &kind)
      case .writersAtOnce: try await writers(&random, &kind)
      case .surroundings: try surroundings(&random, &kind)
      case .clockJumps: try await clockJumps(&random, &kind)
      case .powerLoss: try await powerLoss(&random, &kind)
      }
      return nil
    } catch let broken as Broken {
      return "\(fault.rawValue): \(broken.what)"
    } catch { return "\(fault.rawValue): \(error)" }
  }

  /// What did not hold.
  struct Broken: Error {
    var what: String
    init(_ what: String) { self.what = what }
  }
}

extension FaultPart {
  func path(_ name: String) -> String { folder + "/" + name }

  /// The words of a sweep into a store.
  func sweep(_ store: String, _ more: String...) -> [String] {
    ["program", "--", "sweep", path("s.yaml"), "--store", path(store), "--jobs", "2", "--quiet"] + more
  }

  func start(
    _ words: [String], outputFile: String? = nil, surroundings: [String: String] = [:]
  ) throws -> ChildProcess {
    try ChildProcess(
      program, words, errors: path("errors-\(UUID().uuidString.prefix(8))"), outputFile: outputFile,
      surroundings: surroundings)
  }

  /// Runs a command undisturbed.
  func finish(_ words: [String], surroundings: [String: String] = [:]) throws -> [UInt8] {
    let (output, status) = try start(words, surroundings: surroundings).finish(seconds: Self.patience)
    if status != 0 { throw Broken("'\(words.dropFirst(2).prefix(2).joined(separator: " "))' ends with \(status)") }
    return output
  }

  /// The points that a store holds, all of it read; none where there is no file.
  func points(_ store: String) throws -> Set<StoredPoint> {
    guard FileManager.default.fileExists(atPath: path(store)) else { return [] }
    let store = try ResultsStore(path: path(store))
    _ = try store.contentDigest()
    return try store.points()
  }

  /// What the sweep's store holds when nothing disturbs it; made once for each build of the program and scenario.
  func undisturbed() async throws -> (digest: String, seconds: Double) {
    if let known = await Self.known.value { return known }
    let clock = ContinuousClock()
    let start = clock.now
    _ = try finish(sweep("whole.sqlite"))
    let seconds = (clock.now - start) / .seconds(1)
    let made = (try ResultsStore(path: path("whole.sqlite")).contentDigest(), seconds)
    await Self.known.set(made)
    return made
  }

  private actor Known {
    var value: (digest: String, seconds: Double)?
    func set(_ value: (digest: String, seconds: Double)) { self.value = value }
  }

  private static let known = Known()

  /// Files do not grow beyond so many bytes in this process: writing more fails, as on a full disk.
  public static func limitFiles(to bytes: UInt64) {
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
  }
}
