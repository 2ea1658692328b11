import Assembly
import Fitting
import SimCore
import StepTime
import TestSupport
import Testing

@testable import Validation

/// The costs of `vllm-v1` in the catalogue are what fitting the committed grids gives, not what somebody wrote there.
///
/// Fits some 7,800 steps of seven recordings, which takes seconds in a build for tests.
@Suite struct CommittedCostsTests {
  /// The grids, and one run with asynchronous scheduling, which shows what is the host's and what the kernels'.
  private static let kits = [
    "vllm-h200/llama3-8b-A", "vllm-h100/llama3-8b-A", "vllm-h200/llama2-7b-A", "vllm-h200/llama3-8b-A-tp2",
    "vllm-h200/llama3-8b-A-tp4", "vllm-h200/llama3-70b-A-tp4", "vllm-h100/llama3-8b-C-async",
  ]

  /// On top of products measured in bursts, for the H200; and on top of tables whose large products were measured under
  /// load, for other GPUs.
  @Test(arguments: [("h200-sxm-141gb", 10e-3), ("h200-vllm-0.14", 0)])
  func theCommittedCostsAreTheFit(name: String, fullClock: Double) throws {
    let logs = try StepLogSelection(paths: Self.kits.map { RecordedData.committed("Kits/\($0).json.gz") }).logs()
    var options = EngineFitOptions(name: "vllm-v1", profile: nil, fullClock: fullClock)
    options.profiles["h200-sxm-141gb"] = try ProfileLibrary.profile(named: name)
    options.profiles["h100-sxm-80gb"] = try ProfileLibrary.profile(named: "h100-sxm-80gb")
    for (profile, fitted) in try EngineFit.costs(logs, options: options) {
      // The H100's own costs are from the first of the two.
      if profile == "h100-sxm-80gb", fullClock == 0 { continue }
      let kept = try ProfileLibrary.profile(named: profile).engines.first { $0.name == "vllm-v1" }
      expectSame(fitted, try kept ?? EngineLibrary.costs(named: "vllm-v1"), profile)
    }
  }

  private func expectSame(_ fitted: EngineCosts, _ committed: EngineCosts, _ profile: String) {
    #expect(committed.fullClock == fitted.fullClock && committed.captureSizes == fitted.captureSizes)
    var pairs = [
      ("per step", fitted.perStep, committed.perStep), ("per layer", fitted.perLayer, committed.perLayer),
      ("per sequence", fitted.perSequence, committed.perSequence),
      ("prefill per layer", fitted.prefillPerLayer, committed.prefillPerLayer),
      ("matrices", fitted.matrixStretch, committed.matrixStretch),
      ("decode", fitted.decodeAttentionStretch, committed.decodeAttentionStretch),
      ("decode beside prefill", fitted.mixedDecodeStretch, committed.mixedDecodeStretch),
      ("prefill", fitted.prefillAttentionStretch, committed.prefillAttentionStretch),
    ]
    if let a = fitted.host, let b = committed.host {
      pairs += [
        ("slowdown", a.slowdown, b.slowdown), ("ahead", a.aheadSlowdown, b.aheadSlowdown),
        ("launch", a.launchPerLayer, b.launchPerLayer), ("broken", a.launchPerBrokenLayer, b.launchPerBrokenLayer),
        ("new size", a.launchOfNewSize, b.launchOfNewSize), ("host per decode", a.perDecode, b.perDecode),
      ]
    }
    if let a = fitted.host?.workers, let b = committed.host?.workers {
      pairs += [
        ("worker step", a.perStep, b.perStep), ("worker sequence", a.perSequence, b.perSequence),
        ("collective", a.collectiveGap, b.collectiveGap), ("worker launch", a.launchPerLayer, b.launchPerLayer),
        ("worker broken", a.launchPerBrokenLayer, b.launchPerBrokenLayer),
      ]
    }
    #expect(fitted.host?.workers != nil && committed.host?.workers != nil)
    for (name, found, kept) in pairs {
      #expect(abs(found - kept) <= 2e-3 * max(abs(kept), 1e-7), "\(profile), \(name): \(found), committed \(kept)")
    }
  }
}

/// What `fit` does not find: how much longer preparing prompts takes for each sequence beside a busy GPU. It is what
/// the steps of `B_saturation` on the H100 show that come before steps with prompts, all other costs kept.
@Suite struct AheadPerSequenceTests {
  @Test func theCommittedValueIsWhatTheRunShows() throws {
    let kit = try KitReader.read(path: RecordedData.committed("Kits/vllm-h100/llama3-8b-B-async.json.gz"))
    let experiment = try #require(kit.experiments.first { $0.name == "B_saturation" })
    let bound = try experiment.bound(PredictionOptions(host: .recorded))
    let committed = try #require(bound.step.cost.host)
    #expect(committed.work.perSequenceWithPrefill == 10e-6)
    let steps = experiment.steps
    let periods = steps.periods
    /// The mean error of the steps that launch one with prompts and have none themselves.
    func error(_ perSequence: Double) -> Double {
      var host = committed
      host.work.perSequenceWithPrefill = perSequence
      var met: Set<Int> = []
      var errors: [Double] = []
      for (index, step) in steps.enumerated() where !step.chunks.isEmpty {
        let isNew = met.insert(step.tokens).inserted
        guard index > 10, step.decodes > 200, steps[index - 1].chunks.isEmpty,
          let kernels = bound.step.cost.seconds(of: steps[index - 1])
        else { continue }
        let iteration = BoundHost.Iteration(
          decodes: step.decodes, chunks: step.chunks.count, chunkTokens: step.tokens - step.decodes, isNewSize: isNew)
        let pace = bound.engine.description.host.pace(at: SimTime(seconds: step.start))
        let late = host.iteration(kernels: .zero, pace: pace, iteration, start: .zero).wait.seconds
        errors.append(abs(max(kernels, late) / periods[index - 1] - 1))
      }
      #expect(errors.count > 50)
      return errors.reduce(0, +) / Double(errors.count)
    }
    let errors = [0, 5e-6, 10e-6, 15e-6, 20e-6].map(error)
    #expect(errors[2] == errors.min() && errors[0] > 1.2 * errors[2], "\(errors)")
  }
}

/// What people deploy: asynchronous scheduling, and tensor parallel, with the usual host. None of these runs was
/// fitted.
@Suite struct DeployedTests {
  /// - Parameters:
  ///   - mean: mean absolute error of time to first token, time per output token and latency, at mean, p50, p90 and
  ///     p99.
  ///   - worst: of these.
  @Test(
    "latencies are predicted without the run's own log",
    arguments: [
      ("vllm-h100/llama3-8b-B-async", "B_poisson_60", 0.04, 0.15),
      ("vllm-h100/llama3-8b-B-async", "B_saturation", 0.04, 0.10),
      ("vllm-h200/llama3-8b-B-tp4", "B_saturation", 0.07, 0.10),
    ])
  func predicted(kit: String, name: String, mean: Double, worst: Double) throws {
    let kit = try KitReader.read(path: RecordedData.committed("Kits/\(kit).json.gz"))
    let experiment = try #require(kit.experiments.first { $0.name == name })
    let comparison = try ExperimentComparison(experiment)
    let errors = comparison.figures.filter { [.ttft, .tpot, .e2el].contains($0.metric) }.compactMap(\.error).map(abs)
    #expect(errors.count == 12)
    let average = errors.reduce(0, +) / Double(errors.count)
    #expect(average < mean && errors.max() ?? 1 < worst, "mean \(average), worst \(errors.max() ?? 1)")
  }
}
