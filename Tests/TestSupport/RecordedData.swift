import Foundation

/// Files that tests read: what is committed, and public data sets that whoever runs the tests has fetched.
public enum RecordedData {
  /// The repository's top folder.
  public static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// A file of the repository.
  public static func committed(_ path: String) -> String { repository.appending(path: path).path }

  /// The committed recording of vLLM 0.20.2 on an H200 with this letter: A is a grid of steps, B saturation and Poisson
  /// arrivals, C a queue behind a small KV cache. `Kits/vllm-h200/README.md` has the rest.
  public static func kit(_ letter: String) -> String { committed("Kits/vllm-h200/llama3-8b-\(letter).json.gz") }

  /// The environment variable that names the folder of public data sets; `make test-data DATA=DIR` sets it.
  public static let variable = "SPILLWAY_DATA"

  /// A file or folder of the public data sets; nil where there is none. Tests that need one are in suites whose names
  /// end in
  /// `DataTests`, by which `make test-data` finds them.
  public static func published(_ path: String) -> String? {
    guard let folder = ProcessInfo.processInfo.environment[variable], !folder.isEmpty else { return nil }
    let file = URL(filePath: folder, relativeTo: repository).appending(path: path).path
    return FileManager.default.fileExists(atPath: file) ? file : nil
  }

  /// Why a test that needs public data was left out.
  public static func isMissing(_ path: String) -> String { "\(variable) names no folder with \(path)" }

  /// The content of a gzip file, unpacked by the system's `gzip`.
  public static func unpacked(_ path: String) throws -> Data {
    let child = try Child("/usr/bin/env", ["gzip", "-dc", path])
    guard try child.wait(seconds: 120) == .status(0) else { throw CocoaError(.fileReadCorruptFile) }
    return child.data
  }
}
