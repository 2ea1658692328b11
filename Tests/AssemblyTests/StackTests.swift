import Catalogue
import Hardware
import HardwareCatalogue
import Models
import Scheduling
import StepTime
import Testing

@testable import Assembly

/// Serving stacks of the catalogue: what versions stand for, and that every file is sound.
struct StackTests {
  private func vllm(_ version: String) throws -> StackVersion {
    try #require(StackLibrary.standard.version(version))
  }

  @Test("every stack can be read, and what it names is there")
  func allAreSound() throws {
    #expect(StackLibrary.names == ["inference-sim", "sglang", "tensorrt-llm", "vllm"])
    for path in Catalogue.paths(under: "stacks") {
      _ = try ServingStack(yaml: try #require(Catalogue.text(path)), file: path)
    }
    for version in StackLibrary.all.flatMap(\.versions) {
      let policy = try #require(PolicyCatalogue.builtIn.policy(named: version.policy), "\(version.fullName)").descriptor
      for (name, value) in version.parameters {
        let parameter = try #require(policy.parameters.first { $0.name == name }, "\(version.fullName): \(name)")
        switch (parameter.kind, value) {
        case (.boolean, .boolean), (.number, .number), (.integer, .integer): break
        default: Issue.record("\(version.fullName): '\(name)' is of another kind")
        }
      }
      for profile in version.kernels { _ = try ProfileLibrary.profile(named: profile) }
      #expect(!version.limits.isEmpty && version.limits.allSatisfy { !$0.source.isEmpty } && !version.date.isEmpty)
      #expect(version.limits.last?.memoryAtLeast == 0 && version.limits.last?.exception == nil, "\(version.fullName)")
    }
  }

  @Test(
    "a version stands for those after it until the next",
    arguments: [
      ("0.4.2", "0.4"), ("0.5", "0.4"), ("0.6.3.post1", "0.6"), ("0.7.99", "0.6"), ("0.8", "0.8"), ("0.12.0", "0.8"),
      ("v0.14.1", "0.14"), ("0.19", "0.14"), ("0.20.2", "0.20"), ("0.20rc1", "0.20"), ("0.21", "0.20"), ("1.0", "0.20"),
    ])
  func ranges(asked: String, entry: String) throws {
    let found = try vllm(asked)
    #expect(found.number == VersionNumber(entry) && found.asked == asked)
    #expect(found.isBeyondFitted == ["0.21", "1.0"].contains(asked))
  }

  @Test("a version older than all is not known")
  func tooOld() {
    #expect(StackLibrary.standard.version("0.3.9") == nil && StackLibrary.standard.version("old") == nil)
  }

  @Test("vLLM's server takes more tokens and sequences on large GPUs but the A100")
  func limits() throws {
    let newest = StackLibrary.standard.newest
    func limits(_ gpu: String, _ gigabytes: Int64, _ version: StackVersion) -> [Int] {
      let limits = version.limits(gpu: gpu, memory: gigabytes * 1_000_000_000, maxModelLength: 4096)
      return [limits.maxBatchedTokens, limits.maxSequences]
    }
    #expect(limits("h100-sxm-80gb", 85, newest) == [8192, 1024])
    #expect(limits("h200-sxm-141gb", 150, newest) == [8192, 1024])
    #expect(limits("a100-sxm-80gb", 85, newest) == [2048, 256])
    #expect(limits("rtx-4090-24gb", 25, newest) == [2048, 256])
    #expect(limits("h100-sxm-80gb", 85, try vllm("0.4")) == [4096, 256])
    let tensorRT = try #require(StackLibrary.stack(named: "tensorrt-llm")).newest
    #expect(limits("h100-sxm-80gb", 85, tensorRT) == [8192, 2048])
    #expect(tensorRT.memory.shareOfFree == 0.9 && tensorRT.memory.share == 1)
  }

  @Test("what is charged follows version, variant and the model's heads")
  func costs() throws {
    func charged(_ version: String, _ variant: String? = nil, sharesHeads: Bool = true) throws -> String {
      try vllm(version).costs(variant: variant, sharesHeads: sharesHeads).name
    }
    #expect(try charged("0.20") == "vllm-v1" && charged("0.18") == "vllm-v1-async")
    #expect(try charged("0.18", "synchronous") == "vllm-v1" && charged("0.12", "asynchronous") == "vllm-v1-async")
    #expect(try charged("0.4") == "vllm-v0-grouped" && charged("0.4", sharesHeads: false) == "vllm-v0")
    #expect(try charged("0.6") == "vllm-v0")
  }

  @Test("kernel tables by version and kind of GPU: the newest vLLM's are those that its costs were fitted on")
  func kernels() throws {
    #expect(try vllm("0.20").profileName(forGPU: "h200-sxm-141gb") == "h200-sxm-141gb")
    #expect(try vllm("0.18").profileName(forGPU: "h200-sxm-141gb") == "h200-vllm-0.19")
    #expect(try vllm("0.18").profileName(forGPU: "a100-sxm-40gb") == "a100-sxm-80gb")
    #expect(try vllm("0.20").profileName(forGPU: "rtx-4090-24gb") == nil)
  }

  @Test(
    "the newest vLLM divides memory as six of its engines reported, at 0.9 with 8192 tokens and 256 sequences",
    arguments: [
      ("h100-sxm-80gb", "llama-3.1-8b", 1, 27_955), ("h200-sxm-141gb", "llama-3.1-8b", 1, 55_889),
      ("h200-sxm-141gb", "llama-2-7b", 1, 14_322), ("h200-sxm-141gb", "llama-3.1-70b", 4, 74_294),
      ("h200-sxm-141gb", "llama-3.1-8b", 2, 119_683), ("h200-sxm-141gb", "llama-3.1-8b", 4, 247_204),
    ])
  func blocks(gpu: String, model: String, degree: Int, reported: Int) throws {
    let version = try vllm("0.20")
    #expect(version.memory.share == 0.92 && version.memory.reserve != .assumed)
    let gpu = try #require(HardwareCatalogue.gpu(named: gpu))
    let budget = try MemoryBudget(
      memory: gpu.memoryBytes, utilisation: 0.9, model: try ModelCatalogue.model(named: model),
      tensorParallel: degree, maxBatchedTokens: 8192, maxSequences: 256, engine: version.costs,
      estimate: version.memory.reserve)
    #expect(abs(Double(budget.blocks) / Double(reported) - 1) < 0.0005, "\(budget.blocks) blocks")
  }

  @Test("mistakes in a stack's file are told")
  func mistakes() throws {
    let text = try #require(Catalogue.text("stacks/sglang.yaml"))
    for (wrong, said) in [
      (text.replacing("costs: sglang", with: "costs: sglong"), "engines/sglong.csv"),
      (text.replacing("\"0.3\"", with: "0.3"), "put it in quotes"),
      (text.replacing("        max_num_seqs: 1024\n", with: ""), "lacks the key 'max_num_seqs'"),
      (text.replacing("policy: vllm-v0", with: "policy: vllm-v1"), "'watermark' is no parameter of 'vllm-v1'"),
    ] {
      let message = #expect(throws: (any Error).self) { try ServingStack(yaml: wrong, file: "x.yaml") }
      #expect("\(try #require(message))".contains(said))
    }
  }

  @Test("a scheduler's parameter has no default of its own where some version has it otherwise, and only there")
  func decided() {
    let versions = StackLibrary.all.flatMap(\.versions)
    for policy in PolicyCatalogue.builtIn.descriptors {
      for parameter in policy.parameters {
        let isDecided = versions.contains { version in
          guard version.policy == policy.name else { return false }
          if parameter.name == VLLMv1Policy.planningAhead { return version.schedulesAsynchronously }
          return version.parameters[parameter.name].map { $0 != parameter.defaultValue } ?? false
        }
        #expect(StackLibrary.decides(parameter.name, of: policy) == isDecided, "\(policy.name): \(parameter.name)")
      }
    }
  }
}
