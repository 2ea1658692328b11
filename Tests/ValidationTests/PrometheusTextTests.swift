import Foundation
import Testing

@testable import Validation

struct PrometheusTextTests {
  /// Sorted by such a bound, the others were in another order in each process, and ranges of them stopped it.
  @Test("a bucket whose bound is no number is left out")
  func boundsAreNumbers() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("scrape-\(UUID().uuidString).prom")
    defer { try? FileManager.default.removeItem(at: file) }
    let bounds = ["0.5", "NaN", "0.1", "+Inf", "nan"]
    let text = bounds.map { "x_bucket{le=\"\($0)\"} 1\n" }.joined()
    try text.write(to: file, atomically: true, encoding: .utf8)
    let scrape = try PrometheusText(path: file.path)
    #expect(scrape.buckets("x", model: nil).map(\.bound) == [0.1, 0.5, .infinity])
  }
}
