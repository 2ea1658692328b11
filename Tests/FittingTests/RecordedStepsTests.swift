import Fitting
import Models
import SimCore
import Statistics
import StepTime
import TestSupport
import Testing

/// Every step of real vLLM runs on an H200: A is what the engine's costs are fitted to; B (saturation, Poisson arrivals),
/// C (a queue behind a small KV cache) and D (bursts) are predicted.
@Suite struct RecordedStepsTests {
  private static func fitted(_ profile: String = h200.name, fullClock: Double = 10e-3) throws -> EngineFit? {
    guard let logs = try Recorded.logs("A") else {
      print("skipped: no recorded steps beside the repository")
      return nil
    }
    return try EngineFit(
      logs,
      options: EngineFitOptions(
        name: "vllm-v1", profile: try ProfileLibrary.profile(named: profile), fullClock: fullClock))
  }

  /// The costs in the catalogue are what fitting gives, not what somebody wrote there: on top of products measured in
  /// bursts, for the H200, and on top of tables whose large products were measured under load, for other GPUs.
  @Test(arguments: [("h200-sxm-141gb", 10e-3), ("h200-vllm-0.14", 0)])
  func theCommittedCostsAreTheFit(name: String, fullClock: Double) throws {
    guard let fit = try Self.fitted(name, fullClock: fullClock) else { return }
    let committed = EngineCosts.vllm(on: try ProfileLibrary.profile(named: name))
    #expect(committed.fullClock == fullClock && (fullClock > 0 || committed == EngineCosts.vllmV1))
    for (name, found, kept) in [
      ("per step", fit.costs.perStep * 1e6, committed.perStep * 1e6),
      ("per layer", fit.costs.perLayer * 1e6, committed.perLayer * 1e6),
      ("per sequence", fit.costs.perSequence * 1e6, committed.perSequence * 1e6),
      ("prefill per layer", fit.costs.prefillPerLayer * 1e6, committed.prefillPerLayer * 1e6),
      ("matrices", fit.costs.matrixStretch, committed.matrixStretch),
      ("decode", fit.costs.decodeAttentionStretch, committed.decodeAttentionStretch),
      ("decode beside prefill", fit.costs.mixedDecodeStretch, committed.mixedDecodeStretch),
      ("prefill", fit.costs.prefillAttentionStretch, committed.prefillAttentionStretch),
    ] {
      #expect(abs(found - kept) <= 2e-3 * max(abs(kept), 1e-3), "\(name): fitted \(found), committed \(kept)")
    }
    #expect(fit.costs.captureSizes == committed.captureSizes)
  }

  /// The recorder's host ran at two speeds, for seconds on end, at the same work: a step of the same make takes 6 %
  /// more or less. With the speed of the moment known, what is left is the model's own error.
  @Test func crossValidatedErrors() throws {
    guard let fit = try Self.fitted() else { return }
    let all = fit.crossValidated
    print("A, cross-validated: median \(all.median), p95 \(all.p95), total \(all.total)")
    #expect(all.count > 1600 && all.median < 0.04 && all.p95 < 0.12 && abs(all.total) < 0.015)
    let given = try #require(fit.givenHostSpeed)
    print("A, the host's speed known: median \(given.median), p95 \(given.p95), total \(given.total)")
    #expect(given.median < 0.03 && given.p95 < 0.10 && abs(given.total) < 0.015)
  }

  /// - Parameter total: how far all steps together may be off. The host was 18 % faster than in A while B_saturation ran
  ///   and 9 % slower while C did, which moves them by 4 and 2 %.
  @Test(arguments: [("B", 0.07, 0.04), ("C", 0.055, 0.045), ("D", 0.045, 0.02)])
  func stepsNeverFittedToArePredicted(file: String, median: Double, total: Double) throws {
    guard let logs = try Recorded.logs(file) else {
      print("skipped: no recorded steps beside the repository")
      return
    }
    for log in logs {
      let cost = try StepCostBinder.bind(
        StepCostRequest(gpu: h200, model: log.model, engine: try .vllm(onGPU: h200.name))
      ).cost
      let predicted = try log.steps.map { step in
        let chunks = step.chunks.map { (tokens: $0.tokens, cached: $0.cached) }
        return try #require(cost.iteration(decodes: step.decodes, context: step.decodeContext, chunks: chunks)).seconds
      }
      let errors = Quantiles(zip(predicted, log.steps).map { abs($0 / $1.duration - 1) })
      let sum = predicted.reduce(0, +) / log.steps.reduce(0) { $0 + $1.duration } - 1
      print("\(log.name): \(log.steps.count) steps, median \(errors(0.5)), p95 \(errors(0.95)), total \(sum)")
      #expect(errors(0.5) < median && abs(sum) < total, "\(log.name)")
    }
  }
}
