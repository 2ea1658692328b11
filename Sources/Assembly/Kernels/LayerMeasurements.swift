import Configuration
import StepTime
import TextIO
import Workload

/// Kernel times in the layout of LLMServingSim's profiler: `profile_tp<k>_dense.csv`, `_per_sequence.csv`,
/// `_attention.csv`, for mixtures of experts `_moe.csv`, each plain or gzip, and `profile_meta.yaml`.
public struct LayerMeasurements: Sendable {
  /// The folder they were read from.
  public var folder: String
  public var tables: LayerTables
  /// How far unequal contexts move decode attention from the time at their mean to the time at their longest; nil where
  /// that was not measured.
  public var imbalanceShare: Double?

  /// - Throws: `ProfileError` for what is missing or wrong; `WorkloadError` for files that cannot be read.
  public init(folder: String, tensorParallel degree: Int) throws {
    func path(_ table: String) throws(UnreadableFile) -> String? {
      try ReadableFile.first(of: "\(folder)/profile_tp\(degree)_\(table).csv")
    }
    func needed(_ table: String) throws -> String {
      guard let found = try path(table) else {
        throw ProfileError(
          file: folder,
          message: "lacks profile_tp\(degree)_\(table).csv, the kernel times for a tensor-parallel degree of \(degree)")
      }
      return found
    }
    self.folder = folder
    let name = PathText.lastPart(folder)
    tables = LayerTables(
      source: "layers measured in \(name)", dense: try Self.layers(try needed("dense"), against: "tokens"),
      perSequence: try Self.layers(try needed("per_sequence"), against: "sequences"),
      attention: try Self.attention(try needed("attention")), experts: try path("moe").map(Self.experts) ?? [])
    imbalanceShare = try Self.imbalance(folder + "/profile_meta.yaml", degree: degree)
  }

  /// The files of a folder that are read for a tensor-parallel degree: those of them that are there.
  ///
  /// - Throws: when the folder cannot be read.
  public static func files(in folder: String, tensorParallel degree: Int) throws(UnreadableFile) -> [String] {
    var files: [String] = []
    for table in ["dense", "per_sequence", "attention", "moe"] {
      if let path = try ReadableFile.first(of: "\(folder)/profile_tp\(degree)_\(table).csv") { files.append(path) }
    }
    if try ReadableFile.kind(of: folder + "/profile_meta.yaml") != nil { files.append(folder + "/profile_meta.yaml") }
    return files
  }

  private static let largest = 1_048_576
  /// Microseconds: up to a minute.
  private static let times = 1e-6...6e7

  private static func layers(_ path: String, against count: String) throws -> [String: [LayerTables.Point]] {
    let rows = try CheckedTable(path, required: ["layer", count, "time_us"]).map { row in
      (
        layer: row.text("layer") ?? "",
        point: LayerTables.Point(
          count: try row.integer(count, 1...largest), seconds: try row.number("time_us", times) / 1e6)
      )
    }
    return Dictionary(grouping: rows, by: \.layer).mapValues { $0.map(\.point) }
  }

  private static func attention(_ path: String) throws -> [LayerTables.AttentionPoint] {
    let columns = ["prefill_chunk", "kv_prefill", "n_decode", "kv_decode", "time_us"]
    return try CheckedTable(path, required: columns).map { row in
      LayerTables.AttentionPoint(
        chunk: try row.integer("prefill_chunk", 0...largest), chunkContext: try row.integer("kv_prefill", 0...largest),
        decodes: try row.integer("n_decode", 0...largest), decodeContext: try row.integer("kv_decode", 0...largest),
        seconds: try row.number("time_us", times) / 1e6)
    }
  }

  private static func experts(_ path: String) throws -> [LayerTables.ExpertPoint] {
    try CheckedTable(path, required: ["tokens", "activated_experts", "time_us"]).map { row in
      LayerTables.ExpertPoint(
        tokens: try row.integer("tokens", 1...largest), experts: try row.integer("activated_experts", 1...largest),
        seconds: try row.number("time_us", times) / 1e6)
    }
  }

  /// `skew_fit.per_tp.<degree>.alpha_default` where the fit is enabled; nil without the file.
  private static func imbalance(_ path: String, degree: Int) throws -> Double? {
    guard try ReadableFile.kind(of: path) != nil else { return nil }
    let diagnostics = Diagnostics()
    guard let document = try Document.read(path: path, into: diagnostics) else {
      throw ProfileError(file: path, message: "cannot be read as YAML")
    }
    guard let fit = document.root["skew_fit"], fit["enabled"]?.text == "true",
      let text = fit["per_tp"]?[String(degree)]?["alpha_default"]?.text
    else { return nil }
    guard let share = DecimalText.double(text), (0...1).contains(share) else {
      throw ProfileError(
        file: path,
        message:
          "'skew_fit.per_tp.\(degree).alpha_default' wants a number from 0 to 1, found '\(Printable.excerpt(text))'")
    }
    return share
  }
}
