import Assembly
import Replica
import SimCore
import StepTime

/// Iterations that people know from experience, as the step-cost model prices them.
package struct WorkedExample {
  package var name: String
  /// Sequences that decode; 0 for a prompt.
  package var decodes = 0
  /// Tokens of the prompt; 0 for decoding.
  package var promptTokens = 0
  package var duration: SimDuration
  /// Output or prompt tokens per second at that pace.
  package var tokensPerSecond: Double

  package static let decodeBatches = [1, 8, 64]
  package static let decodeContext = 1024
  package static let prompts = [512, 2048]

  /// Those that the engine's limits allow.
  package static func all(for deployment: PlannedDeployment) -> [WorkedExample] {
    let cost = deployment.step.cost
    var examples: [WorkedExample] = []
    for batch in decodeBatches where batch <= min(cost.maxSequences, cost.maxBatchedTokens) {
      let duration = cost.iterationCost(decodes: batch, context: Int64(batch * decodeContext)).first
      examples.append(
        WorkedExample(
          name: "decode, \(batch) sequence\(batch == 1 ? "" : "s") of \(decodeContext) tokens", decodes: batch,
          duration: duration,
          tokensPerSecond: Double(batch) / duration.seconds))
    }
    for prompt in prompts {
      var duration = SimDuration.zero
      var done = 0
      var iterations = 0
      while done < prompt {
        let chunk = min(prompt - done, cost.maxBatchedTokens)
        duration +=
          cost.iterationCost(
            decodes: 0, context: 0, chunks: 1, chunkTokens: chunk,
            chunkAttention: cost.prefillAttention(chunk: chunk, context: done)
          ).first
        done += chunk
        iterations += 1
      }
      let pieces = iterations == 1 ? "" : " in \(iterations) iterations"
      examples.append(
        WorkedExample(
          name: "prefill, \(prompt) tokens" + pieces, promptTokens: prompt, duration: duration,
          tokensPerSecond: Double(prompt) / duration.seconds))
    }
    return examples
  }
}
