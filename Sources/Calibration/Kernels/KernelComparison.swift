import Catalogue
import Statistics
import StepTime
import TextIO

/// Measured kernels against another profile's: by how much its times would have to be multiplied.
public struct KernelComparison: Sendable {
  /// One measured time and the other profile's.
  public struct Point: Sendable, Hashable {
    /// `gemm bfloat16`, `decode`, ...
    public let kernel: String
    /// What the rows of the kernel's section are keyed by, for example `28672x4096`.
    public let shape: String
    /// The column: rows, context, prompt tokens, or bytes.
    public let size: Int
    /// Seconds.
    public let measured: Double
    public let other: Double
    public let basis: Basis

    /// Measured over the other profile's.
    public var ratio: Double { measured / other }
  }

  public let points: [Point]

  /// Looks up every time of the sections in the other profile.
  public init(_ sections: [ProfileDocument.Section], against profile: StepTimeProfile) {
    var points: [Point] = []
    for section in sections {
      guard let type = section.header.first.flatMap(MatrixType.init(rawValue:)) else { continue }
      let keys = section.header.dropFirst().prefix { Int($0) == nil }.count
      let sizes = section.header.dropFirst(1 + keys).compactMap { Int($0) }
      for row in section.rows where row.fields.count == keys + sizes.count {
        for (size, field) in zip(sizes, row.fields.dropFirst(keys)) {
          guard let microseconds = DecimalText.double(field),
            let (kernel, other) = Self.look(section.name, type, Array(row.fields.prefix(keys)), size, profile)
          else { continue }
          points.append(
            Point(
              kernel: kernel, shape: row.fields.prefix(keys).joined(separator: "x"), size: size,
              measured: microseconds * 1e-6, other: other.seconds, basis: other.basis))
        }
      }
    }
    self.points = points
  }

  private typealias Known = (seconds: Double, basis: Basis)

  private static func look(
    _ section: String, _ type: MatrixType, _ keys: [String], _ size: Int, _ profile: StepTimeProfile
  ) -> (kernel: String, other: Known)? {
    let numbers = keys.compactMap { Int($0) }
    switch (section, numbers.count) {
    case ("gemm", 2):
      return profile.matrixSeconds(n: numbers[0], k: numbers[1], m: size, type: type).map {
        ("gemm \(type.rawValue)", $0)
      }
    case ("decode", 3):
      let known = profile.decodeSeconds(
        heads: numbers[0], keyValueHeads: numbers[1], sequences: numbers[2], context: size)
      return ("decode", known)
    case ("prefill", 2):
      return ("prefill", profile.prefillSeconds(heads: numbers[0], keyValueHeads: numbers[1], length: size))
    case ("allreduce", 1):
      return profile.allReduceSeconds(gpus: numbers[0], bytes: Double(size)).map { ("allreduce", $0) }
    default: return nil
    }
  }

  /// One row per kernel and shape: how many points, the ratio's quantiles, and where it is farthest from 1.
  public var section: ProfileDocument.Section {
    var rows: [ProfileDocument.Row] = []
    for group in Self.groups(points, by: { "\($0.kernel),\($0.shape)" }) {
      let ratio = Quantiles(group.map(\.ratio))
      guard let worst = group.max(by: { Self.distance($0.ratio) < Self.distance($1.ratio) }) else { continue }
      func text(_ value: Double) -> String { ProfileNumber.text(value, digits: 4) }
      rows.append(
        .init([
          worst.kernel, worst.shape, worst.basis.rawValue, "\(group.count)", text(ratio(0.1)), text(ratio(0.5)),
          text(ratio(0.9)), "\(worst.size)", text(worst.ratio),
        ]))
    }
    return .init(
      "comparison", header: ["kernel", "shape", "basis", "points", "p10", "p50", "p90", "worst_at", "worst"], rows: rows
    )
  }

  /// Sentences with the ratio's quantiles: of each kernel, and of matrix products by rows.
  public var summary: [String] {
    func line(_ name: String, _ group: [Point]) -> String {
      let ratio = Quantiles(group.map(\.ratio))
      func text(_ value: Double) -> String { ProfileNumber.text(value, digits: 3) }
      return "\(name): measured over the other profile's, \(group.count) points: p10 \(text(ratio(0.1))), "
        + "p50 \(text(ratio(0.5))), p90 \(text(ratio(0.9)))"
    }
    var lines: [String] = []
    for kernel in Self.groups(points, by: \.kernel) {
      lines.append(line(kernel[0].kernel, kernel))
      guard kernel[0].kernel.hasPrefix("gemm") else { continue }
      for band in Self.groups(kernel, by: { Self.band($0.size) }) {
        lines.append(line("  \(kernel[0].kernel), m \(Self.band(band[0].size))", band))
      }
    }
    return lines
  }

  private static func band(_ rows: Int) -> String {
    switch rows {
    case ...16: "1 to 16"
    case ...128: "17 to 128"
    case ...1024: "129 to 1024"
    default: "above 1024"
    }
  }

  private static func groups<Key: Hashable>(_ points: [Point], by key: (Point) -> Key) -> [[Point]] {
    var order: [Key: Int] = [:]
    var groups: [[Point]] = []
    for point in points {
      if let index = order[key(point)] {
        groups[index].append(point)
      } else {
        order[key(point)] = groups.count
        groups.append([point])
      }
    }
    return groups
  }

  /// Farther from 1 the larger, either way; only compared.
  private static func distance(_ ratio: Double) -> Double { ratio >= 1 ? ratio - 1 : 1 / ratio - 1 }
}
