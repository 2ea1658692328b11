import Models
import Testing

/// The catalogue's models against what their publishers state.
@Suite struct CatalogueModelTests {
  /// Parameter counts as Hugging Face lists them for the published weights (safetensors metadata, in billions), or
  /// the publisher's paper where it does not.
  static let published: [(name: String, billions: Double)] = [
    ("llama-2-7b", 6.738), ("llama-2-13b", 13.016), ("llama-2-70b", 68.977), ("llama-3.1-8b", 8.030),
    ("llama-3.1-70b", 70.554), ("codellama-34b", 33.744), ("mistral-7b", 7.242), ("mixtral-8x7b", 46.703),
    ("yi-34b-200k", 34.389), ("opt-30b", 29.975), ("qwen-2.5-14b", 14.770), ("qwen-2.5-72b", 72.706),
    ("llama-7b", 6.738), ("llama-3.1-405b", 405.853), ("opt-6.7b", 6.658), ("qwen-2-7b", 7.616), ("gpt-j-6b", 6.053),
    ("qwen-3-32b", 32.8), ("qwen-3-30b-a3b", 30.5), ("qwen-3-235b-a22b", 235), ("deepseek-v3", 671),
    ("minimax-m2", 229),
  ]

  /// Models of which only a rounded size is published.
  static let rounded: [(name: String, billions: Double)] = [("aquila-7b", 7)]

  /// Models whose configuration does not say everything; what is assumed is printed with them.
  static let assumed: Set<String> = ["minimax-m2"]

  @Test func everyModelHasAPublishedCountToCompareWith() {
    #expect(ModelCatalogue.names == (Self.published + Self.rounded).map(\.name).sorted())
  }

  @Test(arguments: rounded) func parameterCountIsNearTheRoundedOne(name: String, billions: Double) throws {
    let model = try ModelCatalogue.model(named: name)
    #expect(abs(Double(model.parameterCount) / 1e9 / billions - 1) < 0.05)
  }

  @Test(arguments: published) func parameterCountIsThePublishedOne(name: String, billions: Double) throws {
    let model = try ModelCatalogue.model(named: name)
    let count = Double(model.parameterCount) / 1e9
    #expect(abs(count / billions - 1) < 0.005, "\(name): \(count) billion")
    #expect(model.assumptions.isEmpty != Self.assumed.contains(name))
  }

  @Test(
    arguments: [
      ("llama-3.1-8b", 131_072), ("mistral-7b", 131_072), ("codellama-34b", 196_608), ("qwen-2.5-14b", 196_608),
      ("yi-34b-200k", 245_760), ("llama-3.1-70b", 327_680), ("llama-2-7b", 524_288), ("llama-2-13b", 819_200),
      ("opt-30b", 1_376_256),
    ] as [(String, Int64)])
  func keyValueBytesPerToken(name: String, bytes: Int64) throws {
    let model = try ModelCatalogue.model(named: name)
    #expect(model.keyValueBytesPerToken() == bytes)
    #expect(model.keyValueBytesPerToken(cacheType: .fp8) == bytes / 2)
    #expect(try model.keyValueBytesPerTokenPerGPU(tensorParallel: 2) == bytes / 2)
  }

  @Test func weightsOfTheTensorParallelGroupAreTheModelAndLittleMore() throws {
    for name in ModelCatalogue.names {
      let model = try ModelCatalogue.model(named: name)
      for degree in 1...8 {
        guard let perGPU = try? model.weightBytesPerGPU(tensorParallel: degree) else { continue }
        let ratio = Double(perGPU) * Double(degree) / Double(model.weightBytes)
        #expect(ratio > 0.999 && ratio < 1.02, "\(name) over \(degree) GPUs: \(ratio)")
      }
    }
  }

  @Test func seventyBillionOnTwoGPUsIsSixtyFiveGibibytesEach() throws {
    let model = try ModelCatalogue.model(named: "llama-3.1-70b")
    let gibibytes = Double(try model.weightBytesPerGPU(tensorParallel: 2)) / 1_073_741_824
    #expect(abs(gibibytes - 65.7) < 0.1)
  }

  @Test func keyValueHeadsAreReplicatedBeyondTheirNumber() throws {
    let model = try ModelCatalogue.model(named: "llama-3.1-70b")
    #expect(try model.keyValueBytesPerTokenPerGPU(tensorParallel: 8) == 327_680 / 8)
    #expect(try model.keyValueBytesPerTokenPerGPU(tensorParallel: 16) == 327_680 / 8)
    #expect(model.keyValueHeadsPerGPU(tensorParallel: 16) == 1)
  }

  @Test func aDegreeThatDoesNotDivideIsRefusedWithTheOnesThatDo() throws {
    let model = try ModelCatalogue.model(named: "opt-30b")
    #expect(throws: TensorParallelError.self) { try model.linearLayers(tensorParallel: 3) }
    do {
      try model.checkTensorParallel(3)
    } catch {
      #expect(error.possible == [1, 2, 4, 7, 8])
      #expect(error.description.contains("56 attention heads"))
    }
  }

  @Test func linearLayersAreTheFusedOnes() throws {
    let model = try ModelCatalogue.model(named: "llama-3.1-70b")
    let layers = try model.linearLayers(tensorParallel: 4)
    #expect(layers.map(\.role) == [.queryKeyValue, .attentionOutput, .gateUp, .down, .outputHead])
    #expect(layers.map(\.outputFeatures) == [2560, 8192, 14336, 8192, 32064])
    #expect(layers.map(\.inputFeatures) == [8192, 2048, 8192, 7168, 8192])
    #expect(layers.map(\.occurrences) == [80, 80, 80, 80, 1])
  }

  @Test func floatingPointOperationsAreTwicePerParameterAndTheAttention() throws {
    let model = try ModelCatalogue.model(named: "llama-2-7b")
    let linear = try model.linearLayers(tensorParallel: 1).reduce(0) { $0 + $1.floatingPointOperations(tokens: 1) }
    #expect(abs(model.floatingPointOperationsPerToken(context: 0) / linear - 1) < 0.001)
    let attention =
      model.floatingPointOperationsPerToken(context: 1000) - model.floatingPointOperationsPerToken(context: 0)
    #expect(attention == 4 * 1000 * 4096 * 32)
  }

  @Test func aWindowLimitsTheAttentionOperations() throws {
    let model = try ModelCatalogue.model(named: "mistral-7b")
    #expect(model.slidingWindow == 4096 && model.slidingLayerCount == 32)
    #expect(
      model.floatingPointOperationsPerToken(context: 4096) == model.floatingPointOperationsPerToken(context: 30000))
    #expect(try ModelCatalogue.model(named: "qwen-2.5-14b").slidingWindow == nil)
  }

  @Test func aMixtureRunsTwoOfEightExperts() throws {
    let model = try ModelCatalogue.model(named: "mixtral-8x7b")
    #expect(abs(Double(model.activeParameterCount) / 1e9 - 12.75) < 0.1)  // 12.9 billion with the embedding
    let experts = try #require(try model.expertLayer(tensorParallel: 2))
    #expect(experts.intermediateSize == 7168 && experts.count == 8 && experts.perToken == 2)
  }

  @Test func anUnknownNameListsTheKnownOnes() {
    #expect(throws: UnknownModelError.self) { try ModelCatalogue.model(named: "llama-9") }
  }
}
