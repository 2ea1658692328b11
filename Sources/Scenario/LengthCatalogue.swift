import Catalogue
import TextIO
import Workload

/// Recorded pairs of prompt and output length that the program carries, each with its source in its file.
public enum LengthCatalogue {
  /// The names of the sets, in order.
  public static let names: [String] = Catalogue.paths(under: "lengths").compactMap { path in
    path.hasSuffix(".csv") ? String(PathText.lastPart(path).dropLast(4)) : nil
  }

  private static let read = Memo<String, LengthPairSample?>()

  /// The pairs of a set; nil when there is none of that name.
  public static func pairs(named name: String) -> LengthPairSample? {
    read.value(for: name) {
      guard let text = Catalogue.text("lengths/\(name).csv") else { return nil }
      return LengthPairSample(source: name, pairs: pairs(in: text))
    }
  }

  /// The rows behind the comments and the line that names the columns.
  private static func pairs(in text: String) -> [LengthPairSample.Pair] {
    text.utf8.split(separator: UInt8(ascii: "\n")).drop { $0.first == UInt8(ascii: "#") }.dropFirst().map { line in
      let fields = line.split(separator: UInt8(ascii: ","), maxSplits: 1).map { Int32(Substring($0)) }
      guard fields.count == 2, let prompt = fields[0], let output = fields[1] else {
        preconditionFailure("a row of lengths is not two whole numbers: \(Substring(line))")
      }
      return LengthPairSample.Pair(prompt: prompt, output: output)
    }
  }
}
