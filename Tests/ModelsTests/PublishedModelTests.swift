import Models
import Testing

/// Names that publishers and people use.
struct PublishedModelTests {
  @Test(
    "Hugging Face ids and usual spellings mean the catalogue's model that is alike",
    arguments: [
      ("meta-llama/Llama-3.1-70B-Instruct", "llama-3.1-70b"), ("meta-llama/Llama-3.1-8B", "llama-3.1-8b"),
      ("meta-llama/Meta-Llama-3.1-405B-Instruct", "llama-3.1-405b"), ("meta-llama/Llama-2-7b-chat-hf", "llama-2-7b"),
      ("meta-llama/Llama-3.3-70B-Instruct", "llama-3.1-70b"), ("deepseek-ai/DeepSeek-R1-0528", "deepseek-v3"),
      ("mistralai/Mistral-7B-Instruct-v0.1", "mistral-7b"), ("mistralai/Mixtral-8x7B-Instruct-v0.1", "mixtral-8x7b"),
      ("Qwen/Qwen2.5-72B", "qwen-2.5-72b"), ("Qwen/Qwen3-30B-A3B", "qwen-3-30b-a3b"),
      ("codellama/CodeLlama-34b-Instruct-hf", "codellama-34b"), ("EleutherAI/gpt-j-6b", "gpt-j-6b"),
      ("Llama-3.1-8B", "llama-3.1-8b"),
    ])
  func alike(published: String, entry: String) throws {
    let found = try #require(try ModelCatalogue.published(published))
    #expect(found.entry == entry && found.differences.isEmpty)
    #expect(ModelReference(published) { _ in false } == .entry(entry))
  }

  @Test(
    "a checkpoint that only shares the layers is told from the catalogue's",
    arguments: [
      ("llama-3-70b", "llama-3.1-70b", PublishedModel.Difference.context(8192)),
      ("meta-llama/Meta-Llama-3-8B-Instruct", "llama-3.1-8b", .context(8192)),
      ("Qwen/Qwen2.5-72B-Instruct", "qwen-2.5-72b", .context(32_768)),
      ("nvidia/Llama-3.1-70B-Instruct-FP8", "llama-3.1-70b", .weights(.fp8)),
      ("mistralai/Mistral-7B-Instruct-v0.3", "mistral-7b", .layers("no sliding window and a vocabulary of 32,768")),
    ])
  func differs(published: String, entry: String, difference: PublishedModel.Difference) throws {
    let found = try #require(try ModelCatalogue.published(published))
    #expect(found.entry == entry && found.differences == [difference])
    guard case .unknown(let advice?) = ModelReference(published, isFile: { _ in false }) else {
      Issue.record("'\(published)' was taken for something else")
      return
    }
    #expect(advice.hasPrefix("; did you mean '\(entry)'? '\(published)' has the same layers but "))
  }

  @Test("weights that the catalogue has in 8 bits too are no difference")
  func sameWeights() throws {
    #expect(try ModelCatalogue.published("deepseek-ai/DeepSeek-V3-FP8")?.differences == [])
  }

  @Test("what is not modelled is said; what is not known is not guessed")
  func others() throws {
    #expect(throws: UnmodelledModelError.self) { try ModelCatalogue.published("openai/gpt-oss-120b") }
    guard case .unknown(let advice?) = ModelReference("openai/gpt-oss-120b", isFile: { _ in false }) else {
      Issue.record("gpt-oss was taken for something else")
      return
    }
    #expect(advice.contains("MXFP4"))
    #expect(try ModelCatalogue.published("someone/my-model") == nil)
    #expect(ModelReference("someone/my-model") { _ in false } == .unknown(advice: nil))
    #expect(ModelCatalogue.plainName(of: "someone/My-Model-Instruct") == "my-model")
  }

  @Test("every alias leads to a model that is there")
  func aliasesLead() throws {
    for name in ModelCatalogue.names { #expect(try ModelCatalogue.published(name)?.entry == name) }
    for name in ["llama2-70b-99.9", "yi-34b", "minimax-m2.5", "qwen2-72b", "qwen2.5-14b", "llama-13b"] {
      let found = try #require(try ModelCatalogue.published(name))
      #expect(ModelCatalogue.names.contains(found.entry))
    }
  }

  @Test("files come before published names; a folder stands for the config.json in it")
  func files() {
    let files: Set<String> = ["meta-llama/Llama-3.1-8B/config.json", "mine.json"]
    #expect(
      ModelReference("meta-llama/Llama-3.1-8B", isFile: files.contains) == .file("meta-llama/Llama-3.1-8B/config.json"))
    #expect(ModelReference("mine.json", isFile: files.contains) == .file("mine.json"))
    #expect(ModelReference("gone/config.json", isFile: files.contains) == .file("gone/config.json"))
    #expect(ModelReference.name(ofFile: "models/mine/config.json") == "mine")
    #expect(ModelReference.name(ofFile: "mine.json") == "mine")
  }
}
