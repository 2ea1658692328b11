import Foundation
import Report
import TextIO

/// What is found beside the harness's own runs, in tables that scripts write: `planted.csv` of `make planted`, and
/// `libfuzzer.csv` of `make libfuzzer`.
struct FuzzTables {
  private var planted: [[String]] = []
  private var readers: [[String]] = []

  init() {}

  /// - Parameter folder: where the tables are; those that are not there are empty.
  init(in folder: String) {
    func rows(_ name: String, columns: Int) -> [[String]] {
      guard let text = try? String(contentsOfFile: folder + "/" + name, encoding: .utf8) else { return [] }
      // The last column may have commas.
      return text.split(separator: "\n").dropFirst().map {
        $0.split(separator: ",", maxSplits: columns - 1, omittingEmptySubsequences: false).map(String.init)
      }.filter { $0.count == columns }
    }
    planted = rows("planted.csv", columns: 6)
    readers = rows("libfuzzer.csv", columns: 6)
  }

  private static let faults = [
    "peek": "a policy that looks at how long answers will be", "ledger": "a ledger of KV blocks that is off by one",
    "histogram": "a histogram that is off by one bucket", "row": "a reader that drops a row",
  ]

  var text: String {
    var parts: [String] = []
    if !planted.isEmpty {
      let rows = planted.map { row in
        [Self.faults[row[0]] ?? row[0], row[1], row[2], row[3], row[4], Printable.line(row[5])]
      }
      parts.append(
        """
        ## Planted faults

        `make planted` puts each into a copy of the sources and lets the harness look for it, with two workers. What is
        counted is the time until the first case that breaks something.

        """ + "\n" + MarkupTable.markdown(["Fault", "Day", "Part", "Seconds", "Seed", "What was said"], rows))
    }
    if !readers.isEmpty {
      parts.append(
        """
        ## Readers under libFuzzer

        `make libfuzzer` lets libFuzzer make inputs for one reader by what code they reach. Edges are places in the code
        that were reached; an input that broke something is a trap, a hang of 20 s, more than 4 GB, or a promise of the
        reader that did not hold.

        """ + "\n"
          + MarkupTable.markdown(["Reader", "Day", "Seconds", "Inputs", "Edges", "Broke something"], readers))
    }
    return parts.joined(separator: "\n")
  }
}
