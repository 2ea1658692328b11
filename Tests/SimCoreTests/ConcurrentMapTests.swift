import SimCore
import Synchronization
import Testing

struct ConcurrentMapTests {
  @Test(arguments: [0, 1, 3, 100]) func resultsStandInOrderWhateverTheWidth(width: Int) async throws {
    let squares = try await ConcurrentMap.results(count: 20, width: width) { $0 * $0 }
    #expect(squares == (0..<20).map { $0 * $0 })
  }

  @Test func nothingGivesNothing() async throws {
    #expect(try await ConcurrentMap.results(count: 0, width: 4) { $0 }.isEmpty)
  }

  @Test func neverMoreThanTheWidthAtOnce() async throws {
    let most = Mutex((now: 0, peak: 0))
    _ = try await ConcurrentMap.results(count: 40, width: 2) { index in
      most.withLock {
        $0.now += 1
        $0.peak = max($0.peak, $0.now)
      }
      defer { most.withLock { $0.now -= 1 } }
      return index
    }
    #expect((1...2).contains(most.withLock(\.peak)))
  }

  @Test func anErrorEndsTheWork() async {
    struct Broken: Error {}
    let begun = Mutex(0)
    await #expect(throws: Broken.self) {
      _ = try await ConcurrentMap.results(count: 1_000, width: 1) { index in
        begun.withLock { $0 += 1 }
        if index == 3 { throw Broken() }
        return index
      }
    }
    #expect(begun.withLock { $0 } == 4)
  }
}
