import Synchronization
import Testing

@testable import CommandLineTool

@Suite struct ProgressTests {
  @Test("the line stays within the terminal, whatever it says", arguments: [20, 50, 200])
  func fits(width: Int) async throws {
    let shown = Mutex<[String]>([])
    let progress = Progress(runs: 12_000, expectedRequests: 1_000_000, width: width) { text in
      shown.withLock { $0.append(text) }
    }
    for _ in 0..<100 { progress.requestLeft() }
    try await Task.sleep(for: .milliseconds(250))
    progress.goesOn()
    let line = try #require(shown.withLock { $0.first }).dropFirst("\r\u{1b}[K".count)
    #expect(line.hasPrefix("0 of 12000 runs") && line.count < width)
    #expect((line.count == width - 1) == (width < 50), "it is cut only where it must be")
    #expect(line.contains("requests") == (width > 50) || width < 50, "what says least goes first")
    #expect(line.hasSuffix(" left") == (width >= 50))
  }
}
