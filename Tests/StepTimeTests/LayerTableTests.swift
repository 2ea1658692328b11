import Models
import SimCore
import StepTime
import Testing

/// Step costs made of measured layers.
struct LayerTableTests {
  /// A model of two layers whose kernels follow simple rules, in microseconds.
  private func tables(experts: Bool = false) -> LayerTables {
    func dense(_ fixed: Double, _ perToken: Double) -> [LayerTables.Point] {
      [1, 16, 32, 64].map { LayerTables.Point(count: $0, seconds: (fixed + perToken * Double($0)) * 1e-6) }
    }
    var attention: [LayerTables.AttentionPoint] = []
    for chunk in [0, 16, 32, 64] {
      for chunkContext in chunk == 0 ? [0] : [0, 64] {
        for decodes in [0, 1, 2, 4] where chunk + decodes > 0 {
          for context in decodes == 0 ? [0] : [16, 64, 256] {
            let own = Double(chunk * chunk) / 16 + Double(chunk * chunkContext) / 64
            let decode = Double(decodes * context) / (chunk == 0 ? 16 : 8)
            // Beside a chunk every sequence is given room for its tokens, from the second 16 on.
            let room = decodes > 0 ? Double(decodes * max(0, chunk - 16)) / 8 : 0
            attention.append(
              LayerTables.AttentionPoint(
                chunk: chunk, chunkContext: chunkContext, decodes: decodes, decodeContext: context,
                seconds: (5 + own + decode + room) * 1e-6))
          }
        }
      }
    }
    var layers = ["embedding", "final_layernorm", "layernorm", "rotary_emb", "qk_norm"]
      .reduce(into: [String: [LayerTables.Point]]()) { $0[$1] = dense(1, 0) }
    for name in ["qkv_proj", "o_proj"] + (experts ? [] : ["gate_up_proj", "down_proj"]) { layers[name] = dense(10, 1) }
    if !experts { layers["act_fn"] = dense(1, 0) }
    return LayerTables(
      source: "a test", dense: layers, perSequence: ["lm_head": dense(20, 0), "sampler": dense(2, 1)],
      attention: attention,
      experts: experts
        ? [1, 16, 64].flatMap { tokens in
          [2, 8].map {
            LayerTables.ExpertPoint(tokens: tokens, experts: $0, seconds: Double(10 * $0 + tokens) * 1e-6)
          }
        } : [])
  }

  private var plain: EngineCosts {
    EngineCosts(
      name: "plain", perStep: 1, perLayer: 1, perSequence: 1, eagerLaunchPerLayer: 0, captureSizes: [],
      capturesMixedIterations: true, elementwiseEfficiency: 0.7, provenance: [])
  }

  private func bound(_ change: (inout LayerTableRequest) -> Void = { _ in }) -> BoundStepCost {
    var request = LayerTableRequest(
      tables: tables(), layerCount: 2, maxBatchedTokens: 64, maxSequences: 4, engine: plain)
    change(&request)
    return LayerTableBinder.bind(request).cost
  }

  private func microseconds(_ duration: SimDuration) -> Double { duration.seconds * 1e6 }

  @Test("every measured iteration comes out, layers times layers, without the host's time")
  func measuredIterations() {
    let cost = bound()
    // Two norms, rotary, query norms, activation: 5 a layer; embedding and last norm: 2; attention's launch.
    func layers(_ tokens: Int) -> Double { 2 * (5 + 4 * (10 + Double(tokens)) + 5) + 2 }
    func iteration(_ decodes: Int, _ context: Int64, _ chunks: [(tokens: Int, cached: Int)]) -> Double {
      microseconds(cost.iteration(decodes: decodes, context: context, chunks: chunks)!)
    }
    // A lone decode: 16 tokens of context at 1/16 us in each layer; 20 + 3 us behind the layers.
    #expect(abs(iteration(1, 16, []) - (layers(1) + 2 + 23)) < 0.01)
    #expect(abs(iteration(0, 0, [(32, 0)]) - (layers(32) + 2 * 64 + 23)) < 0.01)
    #expect(abs(iteration(0, 0, [(32, 64)]) - (layers(32) + 2 * (64 + 32) + 23)) < 0.01)
    // Both: decode costs twice as much, and 16 tokens more than the smallest chunk make room for 2 us each.
    #expect(abs(iteration(1, 64, [(16, 0)]) - (layers(32) + 2 * (8 + 16) + 24)) < 0.01)
    #expect(abs(iteration(2, 512, [(32, 0)]) - (layers(64) + 2 * (64 + 4 + 64) + 25)) < 0.01)
    #expect(cost.iteration(decodes: 4, context: 64, chunks: [(16, 0)]) == nil, "five sequences are too many")
  }

  @Test("a product takes the time of the next count measured, other layers lie between")
  func products() {
    let cost = bound()
    #expect(cost.linear(tokens: 17, graph: false) == cost.linear(tokens: 32, graph: false))
    #expect(cost.linear(tokens: 16, graph: false) < cost.linear(tokens: 17, graph: false))
    // What is beyond the least is slower inside an engine: of 4 products in 2 layers, 31 us each.
    let slower = bound { $0.engine.matrixStretch = 1.5 }
    let more = slower.linear(tokens: 32, graph: false) - cost.linear(tokens: 32, graph: false)
    #expect(abs(microseconds(more) - 0.5 * 8 * 31) < 0.01)
    #expect(slower.linear(tokens: 1, graph: false) == cost.linear(tokens: 1, graph: false))
  }

  @Test("unequal contexts lengthen iterations that only decode, by a share of the way to the longest")
  func imbalance() {
    let even = bound()
    let uneven = bound { $0.imbalance = DecodeImbalance(share: 0.25, longestOverMean: [1, 1, 2, 2, 3]) }
    func decode(_ cost: BoundStepCost, _ n: Int, _ context: Int64) -> Double {
      microseconds(cost.decodeAttention(sequences: n, contextTokens: context).cost(contextTokens: context))
    }
    #expect(decode(uneven, 1, 200) == decode(even, 1, 200))
    // Four sequences of 64: 16 us a layer, 48 if all were three times as long; 1 us of them is in the launch.
    #expect(abs(decode(even, 4, 256) - 2 * 15) < 0.01)
    #expect(abs(decode(uneven, 4, 256) - 2 * (15 + 0.25 * 32)) < 0.01)
    let mixed = uneven.mixedDecodeAttention(sequences: 4, contextTokens: 256, chunkTokens: 16)
    #expect(abs(microseconds(mixed.cost(contextTokens: 256)) - 2 * 32) < 0.01)
  }

  @Test("the sum reproduces the mixed iterations that it was made of")
  func mixedErrors() {
    let errors = tables().mixedAttentionErrors(typicalContext: 64)
    #expect(errors.count == 3 * 2 * 3 * 3)
    for (point, error) in errors { #expect(abs(error) < 1e-6, "\(point)") }
  }

  @Test("experts: by how many are visited, and by the work of one rank")
  func experts() {
    let experts = LayerExperts(tables(experts: true).experts, count: 8, perToken: 2)
    #expect(abs(experts.visited(1) - 2) < 1e-9)
    #expect(experts.visited(4000) > 7.99)
    // All 8 experts and 64 tokens: 144 us; two ranks with 4 of them and the work of 32 tokens: 72.
    #expect(abs(experts.seconds(64) * 1e6 - (64 + 10 * experts.visited(64))) < 0.01)
    #expect(abs(experts.seconds(64, ranks: 2) * 1e6 - (32 + 5 * experts.visited(64))) < 0.01)
    #expect(experts.seconds(0) == 0)
  }

  @Test("tables that no step time can be made of say why")
  func problems() {
    #expect(tables().problem(hasExperts: false) == nil)
    #expect(tables(experts: true).problem(hasExperts: true) == nil)
    #expect(tables().problem(hasExperts: true)?.contains("experts") == true)
    #expect(tables(experts: true).problem(hasExperts: false)?.contains("'gate_up_proj' is missing") == true)
    var strange = tables()
    strange.dense["qk_nrm"] = strange.dense["qk_norm"]
    #expect(strange.problem(hasExperts: false)?.contains("'qk_nrm' is not known") == true)
    strange = tables()
    strange.attention.removeAll { $0.chunk == 0 }
    #expect(strange.problem(hasExperts: false)?.contains("decode attention is missing") == true)
  }
}
