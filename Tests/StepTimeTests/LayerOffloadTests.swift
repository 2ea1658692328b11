import SimCore
import Testing

@testable import StepTime

/// KV off the GPU, brought to it layer by layer.
struct LayerOffloadTests {
  private func value(_ curve: DecodeAttentionCurve, _ context: Int64) -> Int64 {
    var (value, from) = (curve.start.picoseconds, Int64(0))
    for (index, slope) in curve.slopes.enumerated() {
      let end = index < curve.knots.count ? curve.knots[index] : Int64.max
      if context <= end { return value + slope.picoseconds * (context - from) }
      value += slope.picoseconds * (end - from)
      from = end
    }
    return value
  }

  @Test func aCurveAtLeastALineIsTheGreaterOfBothAtEveryToken() {
    var random = RandomStream(seed: 5, replication: 0, purpose: "envelopes")
    for _ in 0..<500 {
      var knots: [Int64] = []
      for _ in 0..<random.below(4) { knots.append((knots.last ?? 0) + 1 + Int64(random.below(400))) }
      let slopes = (0...knots.count).map { _ in SimDuration(picoseconds: Int64(random.below(50))) }
      let curve = DecodeAttentionCurve(
        start: SimDuration(picoseconds: Int64(random.below(4000))), knots: knots, slopes: slopes)
      let start = SimDuration(picoseconds: Int64(random.below(9000)) - 3000)
      let slope = SimDuration(picoseconds: Int64(random.below(50)))
      let both = curve.atLeast(line: start, perToken: slope)
      for context in stride(from: Int64(0), through: 1500, by: 13) {
        let expected = max(value(curve, context), start.picoseconds + slope.picoseconds * context)
        let error = value(both, context) - expected
        // A crossing between two tokens is put at the second: by then a step of the steeper line may be missing, once
        // for each crossing.
        #expect(abs(error) <= 50 * Int64(knots.count + 2), "at \(context): \(error) ps")
      }
    }
  }

  @Test func aLayerTakesTheLongestOfWhatItWaitsForAndTheWait() {
    // Ten layers; a token's iteration computes 10 ms besides attention, of which there is none.
    let offload = LayerOffload(
      layers: 10, loadPerLayer: 0.1e-3, loadPerToken: 1e-6, storePerLayer: 0.2e-3, storePerToken: 0, synchronise: 0.5e-3
    )
    let curve = offload.decode(DecodeAttentionCurve(start: .zero), rest: 10e-3)
    // 500 tokens load in 0.6 ms a layer, less than the 1 ms that it computes; 2,000 tokens in 2.1 ms.
    #expect(value(curve, 500) == SimDuration.milliseconds(5).picoseconds)
    #expect(abs(value(curve, 2_000) - SimDuration.milliseconds(10 * (2.1 + 0.5) - 10).picoseconds) < 20_000_000)
    // Where storing takes longest, it counts.
    var storing = offload
    storing.storePerLayer = 3e-3
    let stored = storing.decode(DecodeAttentionCurve(start: .zero), rest: 10e-3)
    #expect(value(stored, 500) == SimDuration.milliseconds(10 * (3 + 0.5) - 10).picoseconds)
    // A prompt's chunk waits for its KV to be stored, or for weights.
    var chunk = offload
    chunk.storePerToken = 4e-6
    #expect(abs(chunk.chunk(tokens: 1_000, alone: 1e-3, rest: 10e-3) - (10 * 4.2e-3 - 10e-3 + 5e-3)) < 1e-12)
    chunk.weightsPerLayer = 6e-3
    #expect(abs(chunk.chunk(tokens: 1_000, alone: 1e-3, rest: 10e-3) - (60e-3 - 10e-3 + 5e-3)) < 1e-12)
    #expect(abs(offload.chunk(tokens: 1, alone: 30e-3, rest: 10e-3) - 35e-3) < 1e-12, "computing takes longest")
  }
}
