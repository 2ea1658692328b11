import Configuration
import Foundation
import Scenario
import Scheduling
import SimCore
import Statistics
import StepTime
import TextIO
import Workload

/// What libFuzzer calls with bytes that it has found to reach new code: `make libfuzzer READER=trace`. A reader may
/// refuse them; it may not trap, and what it takes must hold.
enum Reader: String, CaseIterable {
  case trace, yaml, json, profile

  func read(_ bytes: [UInt8]) {
    switch self {
    case .trace: Self.trace(bytes)
    case .yaml: Self.scenario(String(decoding: bytes, as: UTF8.self))
    case .json: Self.json(bytes)
    case .profile: _ = try? StepTimeProfile(text: String(decoding: bytes, as: UTF8.self), file: "profile.csv")
    }
  }

  /// A file that is written anew for each input, where writing costs no disk.
  private static let path: String = {
    let folder = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    return "\(folder)/spillway-libfuzzer-\(ProcessInfo.processInfo.processIdentifier)"
  }()

  private static func trace(_ bytes: [UInt8]) {
    guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { return }
    defer { unlink(path) }
    for skipsBadRows in [false, true] {
      let description = TraceDescription(path: path, skipsBadRows: skipsBadRows, sortWindow: skipsBadRows ? 8 : 0)
      func random(_ purpose: String) -> RandomStream { RandomStream(seed: 1, replication: 0, purpose: purpose) }
      guard let reader = try? TraceReader(description, sampling: random("a"), spreading: random("b"), keepsBlocks: true)
      else { continue }
      var last = SimTime.zero
      while let row = try? reader.next() {
        precondition(row.arrival >= last, "rows come in order of time")
        precondition(row.promptTokens > 0 && row.outputTokens > 0, "lengths are at least one token")
        last = row.arrival
        _ = reader.takeBlocks(of: row)
      }
    }
  }

  private static let metrics = MetricKey.all.map(\.name)

  private static func scenario(_ text: String) {
    let diagnostics = Diagnostics()
    guard let document = Document(text: text, name: "scenario.yaml", into: diagnostics) else {
      precondition(!diagnostics.all.isEmpty, "what is refused is told")
      return
    }
    let study = ScenarioReader.study(document, policies: .builtIn, metrics: Self.metrics, into: diagnostics)
    precondition(study != nil || !diagnostics.all.isEmpty, "what is refused is told")
  }

  private static func json(_ bytes: [UInt8]) {
    do throws(JSONError) {
      _ = try JSONReader.value(of: bytes)
    } catch {
      precondition(error.line >= 1 && error.column >= 1, "a mistake has its place")
    }
  }
}

/// The reader that the environment names.
private let chosen = Reader(rawValue: ProcessInfo.processInfo.environment["READER"] ?? "")

/// Under the name that libFuzzer's own `main` calls: it is linked whole, and `main` here takes its place.
@_cdecl("LLVMFuzzerTestOneInput")
func tryOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  chosen?.read(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

/// libFuzzer's own loop (`FuzzerInterface.h`).
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@main struct FuzzReaders {
  static func main() {
    guard chosen != nil else {
      print("READER must name one of \(Reader.allCases.map(\.rawValue).joined(separator: ", "))")
      exit(64)
    }
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(runDriver(&count, &arguments, tryOne))
  }
}
