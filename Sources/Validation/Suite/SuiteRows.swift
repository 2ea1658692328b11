import Configuration
import Foundation
import Hardware
import TextIO
import Workload

/// Why the measurements of a folder cannot be read.
public struct SuiteError: Error, Sendable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// A file of measurements, its fields by column name.
struct SuiteTable {
  /// The file's path within the suite's folder.
  let name: String
  private let table: CSVTable

  init(path: String, name: String) throws {
    table = try CSVTable(path: path)
    self.name = name
  }

  func has(_ columns: String...) -> Bool { columns.allSatisfy { table.positions[$0] != nil } }

  /// A point for every row; a row that cannot be understood becomes a point that says why.
  func points(_ source: String, _ point: (SuiteRow) throws -> SuitePoint) -> [SuitePoint] {
    rows.map { row in
      do {
        return try point(row)
      } catch {
        return SuitePoint(
          source: source, place: row.place, model: row.text("model"), gpu: row.text("gpu"), tensorParallel: 1,
          engine: row.text("engine"), workload: "", measured: [], set: .notModelled("unreadable: \(error)"))
      }
    }
  }

  var rows: [SuiteRow] {
    table.rows.map { SuiteRow(file: name, line: $0.line, fields: $0.fields, positions: table.positions) }
  }
}

/// One row of a file of measurements.
struct SuiteRow {
  let file: String
  let line: Int
  let fields: [String]
  let positions: [String: Int]

  /// Where it stands.
  var place: String { "\(file):\(line)" }

  /// The field of a column; empty when the column is missing.
  func text(_ column: String) -> String { positions[column].map { fields[$0] } ?? "" }

  /// A number, `nil` when the field is empty or its column missing.
  ///
  /// - Throws: `SuiteError` when it holds something else.
  func number(_ column: String) throws -> Double? {
    let field = text(column)
    if field.isEmpty { return nil }
    guard let value = DecimalText.double(field) else {
      if ["inf", "nan"].contains(field.lowercased()) { return nil }
      throw SuiteError("\(place): error: '\(column)' wants a number, found '\(Printable.excerpt(field))'")
    }
    guard abs(value) <= Self.largest else {
      throw SuiteError(
        "\(place): error: '\(column)' wants a number up to \(Self.largest), found '\(Printable.excerpt(field))'")
    }
    return value
  }

  /// No published figure is larger, and every number up to it is whole in 32 bits.
  private static let largest = 2e9

  /// A positive number that must be there.
  func required(_ column: String) throws -> Double {
    guard let value = try number(column), value > 0 else {
      throw SuiteError(
        "\(place): error: '\(column)' wants a positive number, found '\(Printable.excerpt(text(column)))'")
    }
    return value
  }

  /// A positive whole number that must be there; fractions that upstream's conversions left, such as `8.0`, are whole.
  func count(_ column: String) throws -> Int {
    let value = try required(column)
    guard value.rounded() == value, value < 1e9 else {
      throw SuiteError("\(place): error: '\(column)' wants a whole number, found '\(Printable.excerpt(text(column)))'")
    }
    return Int(value)
  }

  /// The measurements of those columns that hold something positive, each times `scale`.
  func measurements(_ columns: [(String, SuiteMetric)], scale: Double = 1) throws -> [SuitePoint.Measurement] {
    try columns.compactMap { column, metric in
      guard let value = try number(column), value > 0 else { return nil }
      return SuitePoint.Measurement(metric: metric, value: value * scale)
    }
  }
}

/// The reader of one kind of file.
struct SuiteReader: Sendable {
  /// Whether a file is of this kind, by its columns.
  let accepts: @Sendable (SuiteTable) -> Bool
  let read: @Sendable (SuiteTable) throws -> [SuitePoint]

  static let all: [SuiteReader] = [
    .inferenceX, .dstackSweep, .dstackRequests, .disaggregated, .dstackOffline, .mlperf, .servingPoints, .staticBatches,
    .prefillOnly, .tensorRTOverview,
  ]
}

/// Finds the files of a suite and reads them.
enum SuiteFolder {
  /// The points of every file under `folder` whose columns are known, files in order of their names.
  ///
  /// - Throws: `UnreadableFile` when there is no such folder; `SuiteError` when no file is of a known kind.
  static func points(in folder: String) throws -> [SuitePoint] {
    guard try ReadableFile.kind(of: folder) == .folder else {
      throw UnreadableFile(path: folder, reason: "no such folder; '--suite' wants one with published measurements")
    }
    let names = try ReadableFile.paths(below: folder).filter { $0.hasSuffix(".csv") || $0.hasSuffix(".csv.gz") }
    var points: [SuitePoint] = []
    var known = 0
    for name in names {
      let path = folder + "/" + name
      do {
        let table = try SuiteTable(path: path, name: name)
        // Other tables lie beside the measurements.
        guard let reader = SuiteReader.all.first(where: { $0.accepts(table) }) else { continue }
        known += 1
        points += try reader.read(table)
      } catch {
        // An empty file holds nothing to miss; of any other it is said.
        if (try? FileContents.bytes(path: path))?.isEmpty == true { continue }
        points.append(.unreadable(name, "\(error)"))
      }
    }
    if known == 0 {
      let damaged = points.isEmpty ? "" : "; \(points.count) cannot be read"
      throw SuiteError(
        "\(folder): error: none of its \(names.count) CSV files has the columns of a known data set\(damaged); "
          + "see Documentation/PublishedMeasurements.md for the layouts")
    }
    return points
  }
}

extension SuitePoint {
  /// What stands for a whole file of which no point can be read.
  static func unreadable(_ file: String, _ reason: String) -> SuitePoint {
    SuitePoint(
      source: "unreadable files", place: file, model: "", gpu: "", tensorParallel: 1, engine: "", workload: "",
      measured: [], set: .notModelled(reason))
  }
}

extension SuitePoint.Setting {
  /// The experiment that `build` makes, or the reason it gives for making none.
  static func of(_ build: () throws(SuiteObstacle) -> SuiteExperiment) -> Self {
    do { return .simulated(try build()) } catch { return .notModelled(error.reason) }
  }
}

/// The machine of a published GPU name with room for so many GPUs in one group.
func suiteMachine(_ gpu: String, gpus: Int) throws(SuiteObstacle) -> SuiteMachine {
  guard gpus >= 1 else { throw SuiteObstacle("\(gpus) GPUs cannot share a model") }
  guard let machine = SuiteMachine.find(gpu) else { throw SuiteObstacle("the GPU '\(gpu)' is not in the catalogue") }
  guard gpus <= machine.server.gpuCount else {
    throw SuiteObstacle("\(gpus) GPUs in one tensor-parallel group: more than one server has")
  }
  return machine
}
