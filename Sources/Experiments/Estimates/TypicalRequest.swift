import Scenario
import SimCore
import Workload

/// What requests to a deployment are like on average, drawn from its streams.
package struct TypicalRequest {
  package var promptTokens: Double
  package var outputTokens: Double
  /// How many requests were drawn.
  package var count: Int

  /// Requests drawn from each stream at most.
  package static let drawn = 10_000

  /// Tokens a request holds in the KV cache on average while it decodes.
  package var residentTokens: Double { promptTokens + outputTokens / 2 }

  /// - Returns: nil for a deployment without requests.
  /// - Throws: `WorkloadError` when a trace cannot be read.
  package init?(ofDeployment deployment: Int, in scenario: ResolvedScenario) throws {
    var prompt = 0.0
    var output = 0.0
    var count = 0
    for (number, stream) in scenario.streams.enumerated() where stream.deployment == deployment {
      let source = try RequestSource(
        stream.workload, number: Int32(number), seed: scenario.seed, replication: 0)
      for _ in 0..<Self.drawn {
        let now = source.nextTime
        if now == .never { break }
        let request = try source.take()
        source.completed(user: request.user, at: now)
        prompt += Double(request.promptTokens)
        output += Double(request.outputTokens)
        count += 1
      }
    }
    guard count > 0 else { return nil }
    promptTokens = prompt / Double(count)
    outputTokens = output / Double(count)
    self.count = count
  }
}
