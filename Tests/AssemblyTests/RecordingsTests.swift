import Catalogue
import Foundation
import Testing

@testable import Assembly

/// What was seen on recordings, which trust lines and wider intervals rest on.
struct RecordingsTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Every figure is in the table of the page that tells of it.
  @Test("errors are those of the page of results")
  func page() throws {
    let page = try String(contentsOf: Self.root.appending(path: "Results/validation/deployed.md"), encoding: .utf8)
    let text = try #require(Catalogue.text("trust/recordings.yaml"))
    var table = ""
    var runs = 0
    for line in text.split(separator: "\n") {
      if let name = line.split(separator: "table: ").last, line.contains("    table: ") {
        table = name.trimmingCharacters(in: ["\""])
      }
      guard let open = line.firstIndex(of: "["), let close = line.firstIndex(of: "]") else { continue }
      let name = try #require(line.split(separator: "name: ").last?.split(separator: ",").first)
      let row = try #require(
        page.split(separator: "\n").first { $0.hasPrefix("| \(table), `\(name)` |") }, "\(table), \(name)")
      let cells = row.split(separator: "|").dropFirst().joined(separator: ",")
      let errors = line[line.index(after: open)..<close].split(separator: ",").map(Self.number)
      #expect(errors == cells.split(separator: ",").map(Self.number), "\(table), \(name)")
      let throughput = try #require(line.split(separator: "throughput: ").last?.dropLast())
      let figures = try #require(
        page.split(separator: "\n").first { $0.hasPrefix("| \(table) | `\(name)`") }?.split(separator: "|"))
      #expect(Self.number(figures[4].split(separator: ",")[1]) == Self.number(throughput))
      runs += 1
    }
    #expect(runs == Recording.all.reduce(0) { $0 + $1.throughputErrors.count } && runs > 5)
    #expect(Recording.all.allSatisfy { $0.latencyErrors.count == 12 * $0.throughputErrors.count })
  }

  private static func number(_ text: some StringProtocol) -> Double? {
    Double(String(text.filter { $0 != "+" && $0 != " " && $0 != "%" }))
  }
}
