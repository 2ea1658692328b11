import SimCore
import StepTime
import TestSupport
import Testing

/// The tables the engine computes with: exactness, order, pieces.
@Suite struct BoundStepCostTests {
  @Test func everyCoefficientIsAWholeNumberOfTicks() throws {
    let cost = try bind(TestGPU.h100, "llama-3.1-8b", maxBatchedTokens: 512, maxSequences: 64).cost
    let tick = BoundStepCost.tickPicoseconds
    for tokens in 0...512 {
      #expect(cost.linear(tokens: tokens, graph: false).picoseconds % tick == 0)
      #expect(cost.linear(tokens: tokens, graph: true).picoseconds % tick == 0)
      #expect(cost.prefillAttention(chunk: tokens, context: 777).picoseconds % tick == 0)
    }
    for n in 1...64 {
      let piece = cost.decodeAttention(sequences: n, contextTokens: Int64(n) * 900)
      #expect(piece.fixed.picoseconds % tick == 0 && piece.perToken.picoseconds % tick == 0)
    }
  }

  @Test func neighbouringPiecesMeetExactly() throws {
    let cost = try bind(TestGPU.a100, "llama-2-70b", tensorParallel: 4, maxBatchedTokens: 512).cost
    for n in [1, 3, 16, 100, 256] {
      var context: Int64 = 0
      var pieces = 0
      while true {
        let piece = cost.decodeAttention(sequences: n, contextTokens: context)
        if piece.contextLimit == .max { break }
        let next = cost.decodeAttention(sequences: n, contextTokens: piece.contextLimit + 1)
        #expect(
          piece.cost(contextTokens: piece.contextLimit) == next.cost(contextTokens: piece.contextLimit))
        context = piece.contextLimit + 1
        pieces += 1
      }
      #expect(pieces >= 8)
    }
  }

  @Test(arguments: [("llama-3.1-8b", 1), ("llama-3.1-70b", 4), ("mixtral-8x7b", 2), ("opt-30b", 2), ("mistral-7b", 1)])
  func moreWorkNeverTakesLess(model: String, degree: Int) throws {
    for gpu in TestGPU.all {
      let cost = try bind(gpu, model, tensorParallel: degree, maxBatchedTokens: 4096, maxSequences: 128).cost
      for tokens in 1...4096 {
        // What is padded to 448 rows takes longer than what is padded to the next sizes: the library's choice, which
        // `SingleSizeTests` has. Those on either side of it are as all others are.
        let fewer = tokens == 449 ? 432 : tokens - 1
        #expect(cost.linear(tokens: fewer, graph: false) <= cost.linear(tokens: tokens, graph: false))
        #expect(
          cost.prefillAttention(chunk: tokens - 1, context: 0) <= cost.prefillAttention(chunk: tokens, context: 0))
        #expect(
          cost.prefillAttention(chunk: tokens, context: 5000) <= cost.prefillAttention(chunk: tokens, context: 5001))
      }
      for n in 1...128 {
        #expect(cost.sequences(n - 1) <= cost.sequences(n))
        var last = SimDuration(picoseconds: -1)
        for length: Int64 in [1, 100, 128, 129, 1000, 3000, 4096, 4097, 20000, 200_000, 400_000] {
          let total = length * Int64(n)
          let time = cost.decodeAttention(sequences: n, contextTokens: total).cost(contextTokens: total)
          #expect(time >= last && time >= .zero, "\(n) sequences of \(length)")
          last = time
        }
      }
    }
  }

  @Test func graphsPadToTheNextCapturedSize() throws {
    let cost = try bind(TestGPU.h100, "llama-3.1-8b").cost
    #expect(cost.linear(tokens: 17, graph: true) == cost.linear(tokens: 24, graph: true))
    #expect(cost.linear(tokens: 3, graph: true) == cost.linear(tokens: 4, graph: true))
    #expect(cost.linear(tokens: 24, graph: true) < cost.linear(tokens: 232, graph: true))
    let eager = try bind(TestGPU.h100, "llama-3.1-8b", engine: .vllmEager).cost
    // Launching 32 layers from the host takes longer than a small batch's kernels.
    #expect(eager.linear(tokens: 1, graph: true) == eager.linear(tokens: 8, graph: true))
    #expect(eager.linear(tokens: 1, graph: true) > cost.linear(tokens: 1, graph: true))
  }

  @Test func affineCostIsWhatItSays() {
    let cost = BoundStepCost(
      perStep: .milliseconds(1), perToken: .microseconds(64), perSequence: .microseconds(6.4),
      perDecodeContextToken: SimDuration(picoseconds: 640), perPrefillPair: SimDuration(picoseconds: 128),
      maxBatchedTokens: 100, maxSequences: 10)
    #expect(cost.linear(tokens: 10, graph: true) == .microseconds(1640))
    #expect(cost.sequences(10) == .microseconds(64))
    #expect(cost.decodeAttention(sequences: 3, contextTokens: 1000).cost(contextTokens: 1000).picoseconds == 640_000)
    #expect(cost.decodeAttention(sequences: 3, contextTokens: .max / 1000).contextLimit == .max)
    #expect(cost.prefillAttention(chunk: 4, context: 10).picoseconds == 128 * (10 + 40))
    #expect(cost.maxBatchedTokens == 100 && cost.maxSequences == 10)
  }

  @Test func roundingToTicksIsToTheNearest() {
    #expect(SimDuration(picoseconds: 95).roundedToTick.picoseconds == 64)
    #expect(SimDuration(picoseconds: 96).roundedToTick.picoseconds == 128)
    #expect(SimDuration(picoseconds: -96).roundedToTick.picoseconds == -128)
  }

  @Test func aSlidingWindowCapsWhatContextCosts() throws {
    let cost = try bind(TestGPU.h100, "mistral-7b").cost
    let long = cost.decodeAttention(sequences: 4, contextTokens: 80_000)
    #expect(long.perToken == .zero)
    #expect(cost.prefillAttention(chunk: 512, context: 4096) == cost.prefillAttention(chunk: 512, context: 20_000))
    #expect(cost.prefillAttention(chunk: 512, context: 2048) < cost.prefillAttention(chunk: 512, context: 4096))
  }
}
