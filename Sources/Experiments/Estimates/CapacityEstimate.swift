import Assembly
import Replica
import SimCore
import StepTime

/// What a deployment can serve when it is never short of requests, from the step-cost model alone.
///
/// Every request is taken to be the typical one, prompts are processed in chunks beside decoding, as vLLM V1 does, and
/// nothing is preempted: a bound to compare a simulation with, not a prediction of one.
package struct CapacityEstimate {
  /// What keeps the batch from growing.
  package enum BatchLimit: String {
    case keyValueMemory = "KV memory"
    case slots = "max_num_seqs"
    case tokenBudget = "max_num_batched_tokens"
  }

  /// Sequences decoding at once.
  package var batch: Int
  package var limit: BatchLimit
  /// One iteration of the full batch without prompts.
  package var decodeStep: SimDuration
  /// Of all replicas together.
  package var requestsPerSecond: Double
  package var outputTokensPerSecond: Double
  /// The parts of one request's share of iterations: name and fraction.
  package var shares: [(name: String, fraction: Double)]

  /// - Returns: nil when not even one typical request fits.
  package init?(_ deployment: PlannedDeployment, _ typical: TypicalRequest) {
    let cost = deployment.step.cost
    let engine = deployment.description.engine
    let poolTokens = Double(deployment.keyValueBlocks * deployment.budget.blockSize)
    let prompt = max(1, typical.promptTokens)
    let output = max(1, typical.outputTokens)
    let budget = Double(engine.maxBatchedTokens)
    let options: [(Double, BatchLimit)] = [
      (poolTokens / typical.residentTokens, .keyValueMemory),
      (Double(engine.maxSequences), .slots),
      // In balance every iteration finishes batch / output requests and takes in as many prompts.
      (output * budget / (prompt + output), .tokenBudget),
    ]
    guard let tightest = options.min(by: { $0.0 < $1.0 }), tightest.0 >= 1 else { return nil }
    batch = min(Int(tightest.0), cost.maxSequences, cost.maxBatchedTokens)
    limit = tightest.1
    let context = Int64(Double(batch) * typical.residentTokens)
    let decode = cost.iterationCost(decodes: batch, context: context).first
    decodeStep = decode

    // Iterations with prompts hold one, or as many as balance asks for, as far as the token budget goes.
    let room = max(1, engine.maxBatchedTokens - batch)
    let chunk = min(max(1, Int((prompt * max(1, Double(batch) / output)).rounded())), room)
    let piece = min(chunk, max(1, Int(prompt.rounded())))
    let pieces = Double(chunk) / Double(piece)
    let mixedIterations = prompt / Double(chunk)
    let onePiece = cost.prefillAttention(chunk: piece, context: max(0, Int((prompt - Double(piece)) / 2)))
    let attention = SimDuration(seconds: onePiece.seconds * pieces)
    // The prompt's own sequence takes a place in the batch.
    let beside = max(0, min(batch, cost.maxSequences - 1, cost.maxBatchedTokens - chunk))
    let mixed = cost.iterationCost(
      decodes: beside, context: Int64(Double(beside) * typical.residentTokens), chunks: 1, chunkTokens: chunk,
      chunkAttention: attention
    ).first
    let iterations = output / Double(batch)
    let pure = max(0, iterations - mixedIterations)
    let seconds = pure * decode.seconds + mixedIterations * mixed.seconds
    guard seconds > 0 else { return nil }
    let replicas = Double(deployment.replicas.count)
    requestsPerSecond = replicas / seconds
    outputTokensPerSecond = replicas * output / seconds

    let decodeAttention = cost.decodeAttention(sequences: batch, contextTokens: context).cost(contextTokens: context)
    let all = pure + mixedIterations
    let linear =
      pure * cost.linear(tokens: batch, graph: true).seconds
      + mixedIterations * cost.linear(tokens: beside + chunk, graph: false).seconds
    shares = [
      ("matrix products, norms, collectives, per-step overhead", linear / seconds),
      ("decode attention", all * decodeAttention.seconds / seconds),
      ("prefill attention", mixedIterations * attention.seconds / seconds),
    ]
    let rest = 1 - shares.reduce(0) { $0 + $1.fraction }
    shares.append(("per-sequence overhead and output head", max(0, rest)))
  }
}
