import CUDA
import Models
import StepTime
import Testing

@testable import Calibration

@Suite struct KernelsShapesTests {
  private static let models = ModelCatalogue.names.compactMap { try? ModelCatalogue.model(named: $0) }

  private func model(_ name: String) throws -> ModelArchitecture { try ModelCatalogue.model(named: name) }

  @Test func degreesAreThoseThatAModelIsServedWith() throws {
    // 141 GB of weights do not fit one GPU; 16 GB over eight leave 2 GB each.
    #expect(try ModelShapes.usualDegrees(of: model("llama-3.1-70b")) == [2, 4, 8])
    #expect(try ModelShapes.usualDegrees(of: model("llama-3.1-8b")) == [1, 2, 4, 8])
    #expect(Self.models.allSatisfy { !ModelShapes.usualDegrees(of: $0).isEmpty })
  }

  @Test func shapesAreThoseOfTheLayers() throws {
    let shapes = try ModelShapes.linear([model("llama-3.1-8b")])
    // Query, key and value in one; gate and up in one; the head; at one GPU and at two.
    for (outputs, inputs) in [(6144, 4096), (4096, 4096), (28672, 4096), (4096, 14336), (128256, 4096), (3072, 4096)] {
      #expect(shapes[MatrixShape(outputs: outputs, inputs: inputs)] != nil, "\(outputs) x \(inputs)")
    }
    #expect(shapes[MatrixShape(outputs: 28672, inputs: 4096)] == 32)
    // Two models share shapes; a shape is measured once.
    let both = try ModelShapes.linear([model("llama-3.1-8b"), model("mistral-7b")])
    #expect(both[MatrixShape(outputs: 28672, inputs: 4096)] == 64)
  }

  @Test func routersAreNotMeasured() throws {
    let shapes = try ModelShapes.linear([model("mixtral-8x7b")])
    #expect(shapes.keys.allSatisfy { $0.outputs >= 64 })
  }

  @Test func outputHeadsAreMeasuredForSequencesOnly() throws {
    let plan = try KernelPlan.full([model("llama-3.1-8b")])
    let head = MatrixShape(outputs: 128256, inputs: 4096)
    let layer = MatrixShape(outputs: 28672, inputs: 4096)
    #expect(plan.headsOnly.contains(head) && !plan.headsOnly.contains(layer))
    #expect(plan.rows(of: head, .bfloat16).last == 1024 && plan.rows(of: layer, .bfloat16).last == 8192)
    #expect(plan.rows(of: head, .fp8).isEmpty && !plan.rows(of: layer, .fp8).isEmpty)
  }

  @Test func headCountsAreThoseOfOneGPU() throws {
    let heads = try ModelShapes.heads([model("llama-3.1-70b")])
    #expect(
      heads == [
        HeadCounts(heads: 8, keyValueHeads: 1), HeadCounts(heads: 16, keyValueHeads: 2),
        HeadCounts(heads: 32, keyValueHeads: 4),
      ])
  }

  @Test func plansHoldWhatTheSimulatorsProfilesHold() throws {
    let full = KernelPlan.full(Self.models)
    let quick = KernelPlan.quick(Self.models)
    #expect(Set(quick.shapes).isSubset(of: full.shapes))
    #expect(
      quick.shapes.count * (quick.rows[.bfloat16] ?? []).count * 4 < full.shapes.count
        * (full.rows[.bfloat16] ?? []).count)
    #expect(full.rows[.bfloat16]?.first == 1 && full.rows[.bfloat16]?.last == 8192)
    #expect(full.collectiveBytes.first == 2048 && full.collectiveBytes.last == 256 << 20)
    for plan in [full, quick] {
      // Columns of a section must increase; the reader of prefill wants more than four.
      for columns in [
        plan.rows[.bfloat16] ?? [], plan.rows[.fp8] ?? [], plan.contexts, plan.prompts, plan.collectiveBytes,
      ] {
        #expect(zip(columns, columns.dropFirst()).allSatisfy(<))
      }
      #expect(plan.prompts.count > 4)
      #expect(!plan.heads.isEmpty && !plan.shapes.isEmpty && !plan.chunkHeads.isEmpty)
    }
  }

  @Test(arguments: [1, 8, 64, 100, 2048])
  func divisionsCoverTheContextAndFillTheGPU(pages: Int) {
    for blocks in [1, 8, 100, 264, 5000] {
      let (splits, each) = AttentionWork.split(pages: pages, blocksPerSplit: blocks, slots: 264)
      #expect(splits >= 1 && splits * each >= pages && (splits - 1) * each < pages)
    }
    // One long sequence of one head would use one block of 264; a full GPU gains nothing from dividing.
    if pages >= 2048 { #expect(AttentionWork.split(pages: pages, blocksPerSplit: 1, slots: 264).splits > 32) }
    #expect(AttentionWork.split(pages: pages, blocksPerSplit: 264, slots: 264).splits == 1)
  }

  @Test func workIsCountedPerLayer() {
    let heads = HeadCounts(heads: 32, keyValueHeads: 8)
    #expect(AttentionWork.decodeBytes(heads, sequences: 2, context: 100) == 2 * 100 * 4096)
    // 3 new tokens over 2: pairs 3 + 4 + 5.
    #expect(AttentionWork.prefillOperations(heads, chunk: 3, context: 2) == 4 * 4096 * 12)
  }

  @Test func referenceAttentionWeighsByScore() {
    let one = UInt16(0x3f80)
    // Three tokens on pages 1 and 0 of a head; the query points along the second token's key.
    var keys = [UInt16](repeating: 0, count: 2 * 16 * 128)
    var values = keys
    let place = (1 * 16 + 1) * 128
    for i in 0..<128 { keys[place + i] = one }
    for token in 0..<3 { values[(16 + token) * 128] = one }
    values[place] = 0x4000
    let query = [UInt16](repeating: one, count: 128)
    let result = AttentionReference.attention(
      query: query[...], keys: keys, values: values, pages: [1, 0][...], count: 3, head: 0, keyValueHeads: 1)
    // Scores 0, 128 / sqrt(128), 0: nearly all weight on the token whose value is 2.
    #expect(abs(result[0] - 2) < 1e-4 && result[0] < 2)
    #expect(result[1] == 0)
  }

  @Test func wrongResultsAreToldFromRounding() {
    #expect(AttentionReference.relativeError([1, 2], [1, 2]) == 0)
    #expect(throws: Never.self) { try WrongResult.check("k", AttentionReference.relativeError([1.001, 2], [1, 2])) }
    #expect(throws: WrongResult.self) { try WrongResult.check("k", AttentionReference.relativeError([2, 1], [1, 2])) }
    #expect(throws: WrongResult.self) {
      try WrongResult.check("k", AttentionReference.relativeError([.nan, 2], [1, 2]))
    }
  }

  @Test(arguments: [
    (UInt8(0x38), Float(1)), (0xb8, -1), (0x7e, 448), (0x01, 0.001953125), (0x08, 0.015625), (0x3c, 1.5),
  ])
  func e4m3Numbers(bits: UInt8, number: Float) { #expect(MatrixMeasurements.number(bits) == number) }

  @Test func e4m3HasNoNumberOfAllOnes() { #expect(MatrixMeasurements.number(0x7f).isNaN) }

  /// Needs NVRTC and no GPU.
  @Test(
    .enabled(if: KernelsShapesTests.compiler != nil, "NVRTC was not found; name its folder in SPILLWAY_CUDA_LIBRARIES"))
  func kernelsCompileForEveryGenerationSinceAmpere() throws {
    let compiler = try #require(Self.compiler)
    for source in KernelSource.all {
      let isForHopper = source.name == KernelSource.prefillHopper.name
      for architecture in isForHopper ? ["sm_90a"] : ["sm_80", "sm_89", "sm_90a"] {
        let image = try compiler.compile(
          source.text, name: source.name, architecture: architecture, headers: KernelSource.headers,
          options: KernelSource.options)
        #expect(image.count > 1000)
      }
    }
  }

  private static var compiler: KernelCompiler? { try? KernelCompiler(driverVersion: 13000) }
}
