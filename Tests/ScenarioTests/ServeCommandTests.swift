import Assembly
import Configuration
import Models
import Scenario
import Scheduling
import SimCore
import Testing

/// Commands that start a server, as scenarios, and back.
@Suite struct ServeCommandTests {
  private static func read(
    _ command: String, server: String = "hgx-h100-8", version: String? = nil
  ) -> (scenario: ResolvedScenario?, text: String, errors: [String]) {
    let diagnostics = Diagnostics()
    var text = ""
    var scenario: ResolvedScenario?
    if let read = ServeCommandReader.read(command, name: "command", into: diagnostics),
      let model = read["model"]?.value,
      let imported = ImportedScenario(
        read, model: model, .init(server: server, version: version), into: diagnostics)
    {
      text = imported.text
      scenario = imported.document(name: "scenario", into: diagnostics).flatMap {
        ScenarioReader.resolve($0, policies: .builtIn, metrics: [], into: diagnostics)
      }
    }
    return (scenario, text, diagnostics.errors.map(\.description))
  }

  @Test func everyFileOfTheCatalogueIsSound() {
    #expect(Set(ServeDialect.all.map(\.stack)) == ["vllm", "sglang", "tensorrt-llm"])
    for dialect in ServeDialect.all {
      #expect(StackLibrary.names.contains(dialect.stack))
      let names = dialect.arguments.flatMap(\.names)
      let twice = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +).filter { $0.value > 1 }
      #expect(twice.isEmpty, "\(dialect.stack): \(twice.keys.sorted())")
    }
  }

  @Test func argumentsBecomeKeysInEverySpelling() throws {
    let command = """
      CUDA_VISIBLE_DEVICES=0,1 vllm serve meta-llama/Llama-3.1-8B \\
        -tp 2 --max_num_seqs=64 --max-num-batched-tokens 8k --max-model-len 4K  # a comment
        --kv-cache-dtype fp8_e4m3 --no-enable-prefix-caching --scheduling-policy "priority" --swap-space 2
        -cc '{"cudagraph_mode": "FULL_DECODE_ONLY", "cudagraph_capture_sizes": [1, 2]}' --num-gpu-blocks-override 1001
      """
    let (scenario, text, errors) = Self.read(command)
    #expect(errors == [])
    let deployment = try #require(scenario?.deployments.first, "\(text)")
    let engine = deployment.engine
    #expect(deployment.model.name == "llama-3.1-8b" && deployment.tensorParallel == 2)
    #expect(engine.maxSequences == 64 && engine.maxBatchedTokens == 8000 && engine.maxModelLength == 4096)
    #expect(engine.keyValueType == .fp8 && !engine.cachesPrefixes && engine.keyValueBlocks == 1000)
    #expect(engine.graphMode == .decodeOnly && engine.captureSizes == [1, 2] && engine.swapSpace == 2 << 30)
    let policy = try #require(scenario?.policies.first)
    #expect(policy.name == "vllm-v1" && policy.parameters["order"] == .choice("priority"))
    #expect(policy.plansAhead(on: engine), "vLLM's default")
  }

  @Test func stacksHaveTheirOwnDefaults() throws {
    let sglang = Self.read("sglang serve --model-path meta-llama/Llama-3.1-8B --tp 2 --mem-fraction-static 0.8")
    #expect(sglang.errors == [])
    let first = try #require(sglang.scenario?.deployments.first)
    #expect(first.engine.stack.name == "sglang" && first.engine.blockSize == 1 && first.engine.cachesPrefixes)
    #expect(first.engine.gpuMemoryUtilization == 0.8 && sglang.scenario?.policies.first?.name == "vllm-v0")
    let tensorRT = Self.read("/usr/bin/trtllm-serve meta-llama/Llama-3.1-8B --tp_size 2 --max-batch-size 32")
    #expect(tensorRT.errors == [])
    let second = try #require(tensorRT.scenario?.deployments.first)
    #expect(second.engine.stack.name == "tensorrt-llm" && second.engine.maxSequences == 32)
    #expect(tensorRT.scenario?.policies.first?.name == "tensorrt-llm")
    let old = Self.read("vllm serve llama-3.1-8b --no-async-scheduling", version: "0.14")
    #expect(old.scenario?.deployments.first?.engine.stack.variant == "synchronous", "\(old.text)")
  }

  /// vLLM's default share of memory is 0.92 from 0.20 on.
  @Test func versionsHaveTheirOwnDefaults() throws {
    func share(_ command: String, _ version: String) throws -> Double {
      let read = Self.read(command, version: version)
      return try #require(read.scenario?.deployments.first, "\(read.errors)").engine.gpuMemoryUtilization
    }
    #expect(try share("vllm serve llama-3.1-8b", "0.20.2") == 0.92)
    #expect(try share("vllm serve llama-3.1-8b", "0.19.0") == 0.9)
    #expect(try share("vllm serve llama-3.1-8b --gpu-memory-utilization 0.8", "0.20.2") == 0.8)
    // What a scenario has otherwise is in the command that stands for it.
    let own = Self.read("vllm serve llama-3.1-8b --gpu-memory-utilization 0.9").scenario
    let text = own?.deployments.first?.serveCommand(writing: [], under: own?.policies.first)
    #expect(text?.contains("--gpu-memory-utilization 0.9") == true, "\(text ?? "none")")
  }

  /// Arguments whose names were found in the published packages, one of each kind.
  @Test func argumentsOfThePublishedPackagesAreKnown() {
    let vllm = Self.read(
      "vllm serve llama-3.1-8b --disable-hybrid-kv-cache-manager --performance-mode balanced --cpu-offload-gb 0")
    #expect(vllm.errors == [])
    let refused = Self.read("vllm serve llama-3.1-8b --performance-mode throughput -ac x --numa-bind").errors
    #expect(refused.count == 3 && refused.allSatisfy { $0.contains("is not modelled") }, "\(refused)")
    let compiled = #"vllm serve llama-3.1-8b -cc '{"mode": 3}'"#
    #expect(Self.read(compiled).errors == [])
    #expect(Self.read(compiled.replacing("3}", with: "0}")).errors.count == 1)
    let sglang = Self.read(
      "sglang serve --model-path llama-3.1-8b --radix-eviction-policy lru --bucket-time-to-first-token 0.1 1 --dp 2")
    #expect(sglang.errors == [])
    let other = Self.read("sglang serve --model-path llama-3.1-8b --radix-eviction-policy lfu --enable-lmcache").errors
    #expect(other.count == 2 && other.allSatisfy { $0.contains("is not modelled") }, "\(other)")
  }

  @Test func whatIsNotModelledIsRefusedByNameAllAtOnce() {
    let errors = Self.read(
      """
      vllm serve llama-3.1-8b --port 80 -pp 2 --speculative-config '{"method": "ngram"}'
        --max-num-sqs 4 --enable-lora --max-num-seqs few -q fp8 --compilation-config.pass_config 1 more
      """
    ).errors
    let expected = [
      "command:1:35: error: '-pp 2' is not modelled: an engine is one stage",
      "command:1:41: error: '--speculative-config {\"method\": \"ngram\"}' is not modelled: every iteration",
      "command:2:3: error: 'vllm serve' has no argument '--max-num-sqs' that is known here; did you mean '--max-num-s",
      "command:2:19: error: '--enable-lora' is not modelled: every request uses the base model",
      "command:2:33: error: '--max-num-seqs' wants a whole number, found 'few'",
      "command:2:52: error: '-q fp8' is not modelled: the type of the weights",
      "command:2:59: error: '--compilation-config.pass_config' is not modelled",
    ]
    for line in expected { #expect(errors.contains { $0.hasPrefix(line) }, "\(line)\n\(errors)") }
    #expect(errors.contains { $0.contains("'more' belongs to no argument") } && errors.count == expected.count + 1)
  }

  /// What the scenario's own checks find has its place in the command.
  @Test func mistakesOfTheScenarioPointIntoTheCommand() {
    let errors = Self.read("vllm serve llama-3.1-70b\n  -tp 3 --max-num-seqs 0 --gpu-memory-utilization 2").errors
    #expect(errors.contains { $0.hasPrefix("command:2:3: error:") && $0.contains("3") }, "\(errors)")
    #expect(errors.contains { $0.hasPrefix("command:2:9: error: 'max_num_seqs' must be") }, "\(errors)")
    #expect(errors.contains { $0.hasPrefix("command:2:26: error:") }, "\(errors)")
    let model = Self.read("vllm serve lama-3.1-8b").errors
    #expect(model.count == 1 && model[0].hasPrefix("command:1:12: error: unknown model 'lama-3.1-8b'"), "\(model)")
    #expect(Self.read("vllm bench latency").errors.first?.contains("wants a command that starts a server") == true)
    #expect(Self.read("vllm serve --port 'x").errors.first?.contains("is not closed") == true)
    #expect(Self.read("vllm serve").errors == ["command:1:1: error: the command names no model"])
  }

  /// What 'advise' writes is read back to the same engine.
  @Test func commandsOfRandomSettingsAreReadBackToTheSameEngine() throws {
    var random = RandomStream(seed: 9, replication: 0, purpose: "serve-commands")
    func pick<T>(_ values: [T]) -> T { values[Int(random.next() % UInt64(values.count))] }
    for _ in 0..<60 {
      var engine: [String] = []
      func maybe(_ key: String, _ values: [String]) {
        if pick([true, false]) { engine.append("\(key): \(pick(values))") }
      }
      maybe("max_num_batched_tokens", ["1024", "2048", "8192", "16384"])
      maybe("max_num_seqs", ["16", "256", "1000"])
      maybe("max_model_len", ["2048", "8192", "100000"])
      maybe("block_size", ["16", "32"])
      maybe("gpu_memory_utilization", ["0.8", "0.95", "85 %"])
      maybe("kv_dtype", ["fp8", "auto", "bfloat16"])
      maybe("kv_blocks", ["1000", "20000"])
      maybe("enable_prefix_caching", ["true", "false"])
      if pick([true, false]) {
        engine.append("enforce_eager: true")
      } else {
        maybe("cudagraph_capture_sizes", ["[1, 2, 4, 8]", "[256]"])
        maybe("cudagraph_mode", ["FULL_DECODE_ONLY", "FULL_AND_PIECEWISE"])
      }
      var policy = ["name: vllm-v1"]
      for (key, values) in [
        ("order", ["fcfs", "priority"]), ("long_prefill_token_threshold", ["0", "512"]),
        ("chunked_prefill", ["true", "false"]), ("reserve_full_prompt", ["true", "false"]),
        ("async_scheduling", ["true", "false"]), ("kv_offloading", ["true", "false"]),
      ] where pick([true, false]) { policy.append("\(key): \(pick(values))") }
      if policy.contains("kv_offloading: true") { engine.append("swap_space: \(pick(["8 GiB", "3 GB"]))") }
      let yaml = """
        server: hgx-h100-8
        policies: [{\(policy.joined(separator: ", "))}]
        deployments:
          - name: engine
            model: llama-3.1-8b
            tensor_parallel: \(pick([1, 2, 4]))
            engine: {\(engine.joined(separator: ", "))}
        workload: {rate: 1/s, requests: 10, prompt_tokens: 100, output_tokens: 10}

        """
      let diagnostics = Diagnostics()
      let written = Document(text: yaml, name: "f.yaml", into: diagnostics).flatMap {
        ScenarioReader.resolve($0, policies: .builtIn, metrics: [], into: diagnostics)
      }
      let before = try #require(written, "\(yaml)\n\(diagnostics.all.map(\.description))")
      let policies = try #require(before.policies.first)
      let command = try #require(
        before.deployments[0].serveCommand(writing: pick([[], ["max_num_seqs"]]), under: policies), "\(yaml)")
      let (after, text, errors) = Self.read(command)
      let read = try #require(after, "\(command)\n\(errors)")
      #expect(errors == [])
      #expect(read.deployments[0].engine == before.deployments[0].engine, "\(command)\n\(text)")
      #expect(read.deployments[0].tensorParallel == before.deployments[0].tensorParallel)
      let (asked, found) = (before.deployments[0].engine, read.deployments[0].engine)
      #expect(
        read.policies[0].parameters(on: found) == policies.parameters(on: asked), "\(command)\n\(text)")
    }
  }
}
