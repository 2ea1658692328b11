import Catalogue
import Fitting
import Models
import SimCore
import Statistics
import StepTime
import TestSupport
import Testing

/// Costs that are known come back.
@Suite struct EngineFitTests {
  private static func options() throws -> EngineFitOptions {
    EngineFitOptions(name: "some", profile: try ProfileLibrary.profile(forGPU: h200.name))
  }

  private static func near(_ a: Double, _ b: Double, _ share: Double) -> Bool { abs(a - b) <= share * abs(b) }

  @Test func knownCostsComeBack() throws {
    let engine = someEngine()
    let fit = try EngineFit([try synthetic(engine, steps: 1200)], options: Self.options())
    #expect(Self.near(fit.costs.perStep, engine.perStep, 0.05))
    #expect(Self.near(fit.costs.perSequence, engine.perSequence, 0.1))
    #expect(Self.near(fit.costs.prefillPerLayer, engine.prefillPerLayer, 0.15))
    #expect(Self.near(fit.costs.matrixStretch, engine.matrixStretch, 0.01))
    #expect(Self.near(fit.costs.decodeAttentionStretch, engine.decodeAttentionStretch, 0.02))
    #expect(Self.near(fit.costs.mixedDecodeStretch, engine.mixedDecodeStretch, 0.05))
    #expect(Self.near(fit.costs.prefillAttentionStretch, engine.prefillAttentionStretch, 0.05))
    #expect(fit.costs.perLayer == 20e-6)
    #expect(fit.crossValidated.median < 0.01 && abs(fit.crossValidated.total) < 0.002)
    #expect(fit.givenHostSpeed == nil)
    // The truth lies in the intervals, as it does 95 times in 100.
    for (term, truth) in [(EngineTerm.matrices, 0.2), (.decode, 1.1), (.prefill, 0.9), (.perSequence, 12e-6)] {
      let found = try #require(fit.terms.first { $0.term == term }).coefficient
      #expect(found.interval.lowerBound < truth && truth < found.interval.upperBound, "\(term.rawValue)")
    }
  }

  /// What is fitted is what will be simulated: the costs, bound, give the regression's own predictions.
  @Test func theCostsBoundAreThePrediction() throws {
    let log = try synthetic(someEngine(), steps: 400)
    let fit = try EngineFit([log], options: Self.options())
    let bound = try StepCostBinder.bind(
      StepCostRequest(gpu: h200, model: log.model, maxBatchedTokens: 9000, maxSequences: 256, engine: fit.costs)
    ).cost
    for (step, error) in zip(log.steps, fit.inSample.relative) {
      let cost = try #require(
        bound.iteration(
          decodes: step.decodes, context: step.decodeContext, chunks: step.chunks.map { ($0.tokens, $0.cached) }))
      #expect(abs(cost.seconds / step.duration - 1 - error) < 2e-3)
    }
  }

  @Test func aTenthOfWildStepsDoesNoHarm() throws {
    let engine = someEngine()
    var log = try synthetic(engine, steps: 1200)
    for index in log.steps.indices where index % 10 == 4 { log.steps[index].duration *= 3 }
    let fit = try EngineFit([log], options: Self.options())
    #expect(Self.near(fit.costs.perStep, engine.perStep, 0.05))
    #expect(Self.near(fit.costs.matrixStretch, engine.matrixStretch, 0.02))
    #expect(abs(fit.outliers - 0.1) < 0.02)
  }

  /// A host that takes twice as long in every other stretch: with its time logged, the kernels' part is found as if it
  /// had not, and the errors left are those of the host's moods.
  @Test func aHostOfTwoSpeedsIsToldApart() throws {
    let engine = someEngine()
    let log = try synthetic(engine, steps: 1600, host: { ($0 / 80) % 2 == 0 ? 0.7 : 1.3 })
    let fit = try EngineFit([log], options: Self.options())
    #expect(Self.near(fit.costs.decodeAttentionStretch, engine.decodeAttentionStretch, 0.03))
    #expect(Self.near(fit.costs.matrixStretch, engine.matrixStretch, 0.02))
    #expect(Self.near(fit.costs.perStep, engine.perStep, 0.1))
    let given = try #require(fit.givenHostSpeed)
    #expect(given.median < 0.012 && fit.crossValidated.median > 2 * given.median)
  }

  /// One depth cannot tell time per layer from time per step; two can.
  @Test func modelsOfTwoDepthsTellLayersFromSteps() throws {
    var engine = someEngine()
    engine.perLayer = 35e-6
    let shallow = try synthetic(engine, model: "llama-3.1-8b", steps: 800)
    let one = try EngineFit([shallow], options: Self.options())
    #expect(one.costs.perLayer == 20e-6)
    #expect(one.assumptions.contains { $0.contains("32 layers and cannot tell") })
    #expect(Self.near(one.costs.perStep + 32 * 20e-6, engine.perStep + 32 * 35e-6, 0.05))
    let deep = try synthetic(engine, model: "llama-2-13b", steps: 800, seed: 9)
    let both = try EngineFit([shallow, deep], options: Self.options())
    #expect(Self.near(both.costs.perLayer, 35e-6, 0.2))
    #expect(Self.near(both.costs.perStep, engine.perStep, 0.2))
    #expect(!both.assumptions.contains { $0.contains("cannot tell") })
    #expect(both.byRun.count == 2)
  }

  @Test func theTimeToLaunchKernelByKernelIsFound() throws {
    var engine = EngineCosts.vllmEager
    engine.perLayer = 0
    engine.eagerLaunchPerLayer = 0.4e-3
    let fit = try EngineFit([try synthetic(engine, steps: 600)], options: Self.options())
    #expect(Self.near(fit.costs.eagerLaunchPerLayer, 0.4e-3, 0.1))
    #expect(fit.costs.captureSizes.isEmpty && fit.costs.prefillPerLayer == 0)
    #expect(fit.crossValidated.median < 0.02)
  }

  @Test func aLogWithoutPromptsSaysWhatItCannotTell() throws {
    let fit = try EngineFit([try synthetic(someEngine(), steps: 400, prefills: false)], options: Self.options())
    #expect(fit.assumptions.contains { $0.hasPrefix("no step prefills") })
    #expect(fit.costs.prefillAttentionStretch == 1 && !fit.terms.contains { $0.term == .prefill })
  }

  @Test func tooLittleIsSaid() throws {
    #expect(throws: FitError("no steps to fit")) { try EngineFit([], options: Self.options()) }
    var log = try synthetic(someEngine(), steps: 40)
    log.steps = Array(repeating: log.steps[1], count: 40)
    #expect(throws: FitError.self) { try EngineFit([log], options: Self.options()) }
    var other = log
    other.captureSizes = []
    #expect(throws: FitError.self) { try EngineFit([log, other], options: Self.options()) }
  }

  @Test func theSectionReadsBack() throws {
    let engines = [EngineCosts.vllmV1, someEngine()]
    var document = ProfileDocument(file: "x.csv")
    document.sections = [EngineCosts.section(engines)]
    let read = try EngineCosts.engines(in: ProfileDocument(text: document.description, file: "x.csv"))
    #expect(read.map(\.name) == ["vllm-v1", "some"])
    #expect(read[1].captureSizes == engines[1].captureSizes && abs(read[1].perStep - 1.2e-3) < 1e-12)
    #expect(read[0].provenance == engines[0].provenance)
  }
}
