/// Work that does not depend on one another, so many pieces at a time.
public enum ConcurrentMap {
  /// Results in the order of the pieces, however many are done at once.
  ///
  /// - Parameters:
  ///   - count: pieces of work, numbered from 0 and begun in that order.
  ///   - width: how many are done at once, at least one.
  /// - Throws: the first error that a piece throws; pieces under way then find their task cancelled.
  public static func results<Result: Sendable>(
    count: Int, width: Int, _ piece: @escaping @Sendable (Int) throws -> Result
  ) async throws -> [Result] {
    var results = [Result?](repeating: nil, count: count)
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      var next = 0
      func start() {
        let index = next
        next += 1
        group.addTask { (index, try piece(index)) }
      }
      while next < min(max(1, width), count) { start() }
      while let (index, result) = try await group.next() {
        results[index] = result
        if next < count { start() }
      }
    }
    return results.compactMap { $0 }
  }
}
