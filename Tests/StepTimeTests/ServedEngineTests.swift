import Catalogue
import SimCore
import TestSupport
import Testing

@testable import Models
@testable import StepTime

/// What serving stacks add to the step-time model.
struct ServedEngineTests {
  @Test("every engine of the catalogue can be read, has its file's name and says where its numbers come from")
  func engines() throws {
    #expect(EngineLibrary.names.count >= 10)
    for name in EngineLibrary.names {
      let costs = try EngineLibrary.costs(named: name)
      #expect(costs.name == name && !costs.provenance.isEmpty && costs.frontEnd >= 0)
      let text = try #require(Catalogue.text("engines/\(name).csv"))
      #expect(text.contains("# date: 20") && text.contains("# source: "), "\(name)")
    }
    #expect(throws: ProfileError.self) { try EngineLibrary.costs(named: "vllm-v9") }
  }

  @Test("what is written of an engine reads back")
  func written() throws {
    var engine = try EngineLibrary.costs(named: "tensorrt-llm")
    engine.provenance = ["one", "two"]
    var document = ProfileDocument(file: "x.csv")
    document.sections = [EngineCosts.section([engine])]
    let read = try EngineCosts.engines(in: ProfileDocument(text: document.description, file: "x.csv"))
    #expect(read == [engine])
    #expect(read[0].overlap == OverlappedHost(perStep: 5.42e-3, perSequence: 104.5e-6) && read[0].frontEnd == 36.7e-3)
  }

  @Test("the convex minorant has no jump and is nowhere above the points")
  func minorant() {
    let points = PiecewiseLinear([1, 2, 4, 8, 16], [5, 5, 12, 12, 20])
    let below = points.convexMinorant
    #expect(below.x == [1, 2, 8, 16] || below.x == [1, 2, 16])
    for x in points.x { #expect(below.proportional(at: x) <= points.proportional(at: x) + 1e-12) }
    #expect(below.proportional(at: 1) == 5 && below.proportional(at: 16) == 20)
  }

  @Test("a tuned product is padded to where more rows go faster")
  func padded() {
    #expect(leastOfLater([3, 7, 5, 6, 4, 9]) == [3, 4, 4, 4, 4, 9])
    #expect(leastOfLater([]).isEmpty)
  }

  @Test("an iteration takes as long as the host needs, and no longer where the GPU is slower")
  func host() throws {
    func nanoseconds(_ count: Int64) -> SimDuration { SimDuration(picoseconds: count * 1000) }
    let curve = DecodeAttentionCurve(
      start: nanoseconds(10), knots: [100, 200], slopes: [nanoseconds(1), nanoseconds(2), nanoseconds(4)])
    let floored = curve.atLeast(nanoseconds(150))
    #expect(floored.start == nanoseconds(150))
    // 10 + 100 at a knot of 100; 150 is reached at 120.
    #expect(floored.knots == [120, 200] && floored.slopes == [.zero, nanoseconds(2), nanoseconds(4)])
    #expect(curve.atLeast(nanoseconds(5)) == curve)
    let flat = DecodeAttentionCurve(start: nanoseconds(10), knots: [], slopes: [.zero])
    #expect(flat.atLeast(nanoseconds(30)) == DecodeAttentionCurve(start: nanoseconds(30)))

    let model = try ModelCatalogue.model(named: "llama-3.1-8b")
    let gpu = GPURates(name: "h100-sxm-80gb", bf16: 989e12, fp8: 1979e12, memoryBandwidth: 3.35e12)
    func step(_ host: OverlappedHost) throws -> (Int, Int64) -> Double {
      var engine = EngineCosts.vllmV1
      engine.overlap = host
      let bound = try StepCostBinder.bind(
        StepCostRequest(gpu: gpu, model: model, tensorParallel: 8, maxSequences: 64, engine: engine))
      return { sequences, context in
        (bound.cost.linear(tokens: sequences, graph: true) + bound.cost.sequences(sequences)
          + bound.cost.decodeAttention(sequences: sequences, contextTokens: context).cost(contextTokens: context))
          .seconds
      }
    }
    let alone = try step(.none)
    let hosted = try step(OverlappedHost(perStep: 20e-3, perSequence: 1e-4))
    #expect(alone(16, 16_000) < 20e-3)
    #expect(abs(hosted(16, 16_000) - 21.6e-3) < 1e-6)
    let quick = try step(OverlappedHost(perStep: 1e-6, perSequence: 0))
    #expect(quick(16, 16_000) == alone(16, 16_000))
  }

  @Test("a quantised checkpoint of a model: half the weights of the linear layers, the rest as it was")
  func quantised() throws {
    let model = try ModelCatalogue.model(named: "llama-3.1-70b")
    let small = model.storingWeights(as: .fp8)
    #expect(small.parameterCount == model.parameterCount && small.activationType == model.activationType)
    #expect(small.weightBytes < model.weightBytes * 53 / 100 && small.weightBytes > model.weightBytes / 2)
  }
}
