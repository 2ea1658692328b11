import Foundation
import Synchronization

/// A body or a program took longer than a test waits for it.
public struct TookTooLong: Error, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// What a body returns, if it does so in time; one that takes longer is cancelled and left behind, so that a test ends
/// whatever it waits for. The body runs on a thread of its own.
///
/// - Throws: `TookTooLong`, and what the body throws.
public func within<Value: Sendable>(
  _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  let box = Box<Result<Value, any Error>>()
  let task = Task(executorPreference: OwnThreads()) {
    do {
      let value = try await body()
      box.content.withLock { $0 = .success(value) }
    } catch {
      box.content.withLock { $0 = .failure(error) }
    }
  }
  let deadline = ContinuousClock.now + limit
  while true {
    if let result = box.content.withLock({ $0 }) { return try result.get() }
    guard ContinuousClock.now < deadline else { break }
    try await Task.sleep(for: .milliseconds(10))
  }
  task.cancel()
  throw TookTooLong("not done within \(limit)")
}

private final class Box<Value: Sendable>: Sendable {
  let content = Mutex<Value?>(nil)
}
