import Catalogue
import TextIO

/// The rows that link figures are fitted to, read back from a profile, so that anybody can fit them again.
struct LinkReadings {
  struct Transfer {
    let quantity: String
    let path: String
    let bytes: Double
    let copies: Double
    let seconds: Double

    var rate: Double { bytes / seconds }
  }

  /// One flow of a pattern.
  struct Flow {
    let pattern: String
    let from: String
    let to: String
    let bytes: Double
    let seconds: Double
  }

  struct Interference {
    let kernel: String
    let traffic: String
    let stretch: Double
    /// Bytes per second beside the kernel.
    let rate: Double
    /// The distance of the quartiles of the kernel's times as a share of their median.
    let spread: Double
  }

  /// Pages beside a load.
  struct Sharing {
    /// `reading` or `all-reduce`.
    let load: String
    /// Of a reading kernel, the GPU; of an all-reduce, the bytes.
    let gpu: Int?
    let bytes: Double?
    let mode: String
    let direction: String
    let alone: Double
    let beside: Double
    /// Bytes per second of the pages, alone and beside the load.
    let trafficAlone: Double
    let trafficBeside: Double
    /// The GPUs of the all-reduce; of a reading kernel, its own.
    let group: [Int]
    let pages: [SharingArrangement.Pair]

    var stretch: Double { beside / alone }
  }

  var transfers: [Transfer] = []
  var flows: [Flow] = []
  var interference: [Interference] = []
  var sharing: [Sharing] = []

  init(_ document: ProfileDocument) throws(ProfileTextError) {
    for row in try document.rows(of: "transfer", columns: CopyMeasurements.columns) {
      transfers.append(
        Transfer(
          quantity: row.text("quantity"), path: row.text("path"), bytes: try Self.positive(row, "bytes"),
          copies: try Self.positive(row, "copies"), seconds: try Self.positive(row, "seconds")))
    }
    for row in try document.rows(of: "contention", columns: ContentionMeasurements.columns) {
      flows.append(
        Flow(
          pattern: row.text("pattern"), from: row.text("from"), to: row.text("to"),
          bytes: try Self.positive(row, "bytes"), seconds: try Self.positive(row, "seconds")))
    }
    for row in try document.rows(of: "interference", columns: InterferenceMeasurements.columns) {
      interference.append(
        Interference(
          kernel: row.text("kernel"), traffic: row.text("traffic"),
          stretch: try Self.positive(row, "kernel_beside") / Self.positive(row, "kernel_alone"),
          rate: try Self.positive(row, "traffic_beside"), spread: try row.optionalNumber("spread") ?? 0))
    }
    for row in try document.rows(of: "sharing", columns: Array(SharingMeasurements.columns.dropLast(2))) {
      sharing.append(try Self.sharing(row))
    }
  }

  /// Profiles of the first versions lack the last two columns; two GPUs are meant.
  private static func sharing(_ row: ProfileTable.Row) throws(ProfileTextError) -> Sharing {
    let gpu = try row.optionalNumber("gpu").map { Int($0) }
    var (group, pages) = SharingArrangement.pair
    if let text = row.optionalText("group") {
      guard let named = SharingArrangement.group(text) else {
        throw row.error("'group' wants the numbers of GPUs, as in '0 1', found '\(Printable.excerpt(text))'")
      }
      group = named
    }
    if let text = row.optionalText("pages") {
      guard let named = SharingArrangement.pages(text) else {
        throw row.error("'pages' wants pairs of GPUs, as in '2>0 3>1', found '\(Printable.excerpt(text))'")
      }
      pages = named
    }
    return Sharing(
      load: row.text("load"), gpu: gpu, bytes: try row.optionalNumber("bytes"), mode: row.text("mode"),
      direction: row.text("direction"), alone: try positive(row, "load_alone"),
      beside: try positive(row, "load_beside"), trafficAlone: try positive(row, "traffic_alone"),
      trafficBeside: try positive(row, "traffic_beside"), group: gpu.map { [$0] } ?? group, pages: pages)
  }

  private static func positive(_ row: ProfileTable.Row, _ column: String) throws(ProfileTextError) -> Double {
    let value = try row.number(column)
    if value <= 0 {
      throw row.error("'\(column)' must be more than zero, found '\(Printable.excerpt(row.text(column)))'")
    }
    return value
  }

  func transfers(_ quantity: String, _ path: String) -> [Transfer] {
    transfers.filter { $0.quantity == quantity && $0.path == path }
  }

  /// The patterns there are, in order.
  var patterns: [String] {
    var names: [String] = []
    for flow in flows where names.last != flow.pattern { names.append(flow.pattern) }
    return names
  }

  func flows(_ pattern: String) -> [Flow] { flows.filter { $0.pattern == pattern } }
}
