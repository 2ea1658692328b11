import Configuration
import Models
import TextIO

/// Reads kits of every layout.
public enum KitReader {
  /// Reads a kit: a `.json` or `.json.gz` of the recorder; a folder with a `kit.yaml`; a folder of LLMServingSim's
  /// bench; or a folder that holds kits.
  ///
  /// - Throws: `KitError` for what is wrong in a kit, `WorkloadError` for files that cannot be read or unpacked,
  ///   `ModelConfigurationError`, `KitProblems` for mistakes in a `kit.yaml`.
  public static func read(path: String) throws -> MeasuredKit {
    guard let kind = try ReadableFile.kind(of: path) else {
      throw UnreadableFile(path: path, reason: "no such file or folder")
    }
    guard kind == .folder else { return MeasuredKit(path: path, experiments: try file(path)) }
    let experiments = try folder(path, depth: 0)
    if experiments.isEmpty {
      throw KitError(
        file: path,
        "no kit in this folder: it has no kit.yaml, no engine_config.json with workload.jsonl, and no .json or .json.gz "
          + "of the recorder")
    }
    return MeasuredKit(path: path, experiments: experiments)
  }

  private static func file(_ path: String) throws -> [MeasuredExperiment] {
    if path.hasSuffix("kit.yaml") { return [try FolderKitReader(folder: parent(of: path)).experiment()] }
    let document = try KitJSON.read(path)
    guard RecorderKitReader.recognises(document) else {
      throw KitError(file: path, "not a kit: the keys 'config' and 'experiments' are missing")
    }
    return try RecorderKitReader(document).experiments()
  }

  /// Folders in folders are looked into this deep.
  private static let depthLimit = 3

  private static func folder(_ path: String, depth: Int) throws -> [MeasuredExperiment] {
    let names = try ReadableFile.names(in: path)
    if names.contains("kit.yaml") { return [try FolderKitReader(folder: path).experiment()] }
    if names.contains("engine_config.json") { return [try ServingSimKitReader(folder: path).experiment()] }
    var experiments: [MeasuredExperiment] = []
    for name in names where !name.hasPrefix(".") {
      let inner = path + "/" + name
      guard let kind = try ReadableFile.kind(of: inner) else { continue }
      if kind == .folder {
        if depth < depthLimit { experiments += try folder(inner, depth: depth + 1) }
      } else if name.hasSuffix(".json.gz") || name.hasSuffix(".json") {
        let document = try KitJSON.read(inner)
        if RecorderKitReader.recognises(document) { experiments += try RecorderKitReader(document).experiments() }
      }
    }
    return experiments
  }

  private static func parent(of path: String) -> String {
    path.contains("/") ? String(path[..<path.lastIndex(of: "/")!]) : "."
  }
}
