import Assembly
import Cluster
import Hardware
import HardwareCatalogue
import Metrics
import Scenario
import Scheduling
import SimCore
import Testing

/// `services`: models that serve batches in a fixed time.
@Suite struct ServiceKeyTests {
  /// A borrower, and a model of images beside it.
  private static let text = """
    server: dgx-a100-80gb
    policies: [vllm-v1]
    deployments:
      - {name: chat, model: llama-3.1-8b, gpus: [0], paging: {destination: peer}}
    services:
      - {name: images, model: stable-diffusion-1.5, gpus: [1], lend: {memory: 30 GB}}
    workload:
      - {name: users, deployment: chat, rate: 1/s, requests: 5, prompt_tokens: 100, output_tokens: 10}
      - {name: pictures, deployment: images, rate: 1/s, requests: 5}
    """

  private func service(_ change: (String, String)...) throws -> ResolvedService {
    let text = change.reduce(Self.text) { $0.replacing($1.0, with: $1.1) }
    let resolved = resolve(text)
    let scenario = try #require(resolved.scenario, "\(resolved.messages)")
    // What is printed is the same again.
    let again = resolve(scenario.canonicalText)
    #expect(again.scenario?.digest == scenario.digest, "\(again.messages)\n\(scenario.canonicalText)")
    return scenario.services[0]
  }

  @Test("the catalogue's times are those that were published, and go by what binds the model elsewhere")
  func catalogue() throws {
    let onA100 = try service().service
    #expect(onA100.maxBatch == 20 && onA100.memory == 44_600_000_000)
    // 50 steps at 21.66, 11.6 and 3.04 a second.
    for (size, rate) in [(1, 21.66), (4, 11.6), (16, 3.04)] {
      #expect(abs(onA100.time(ofBatch: size).seconds / (50 / rate) - 1) < 0.005, "a batch of \(size)")
    }
    let gpus = try ["a100-sxm-80gb", "h100-sxm-80gb"].map { try #require(HardwareCatalogue.gpu(named: $0)) }
    let onH100 = try service(("dgx-a100-80gb", "hgx-h100-8")).service
    let compute = gpus[0].peakBF16.value / gpus[1].peakBF16.value
    #expect(abs(onH100.time(ofBatch: 8).seconds / onA100.time(ofBatch: 8).seconds - compute) < 1e-9)
    let audio = ("stable-diffusion-1.5", "audiogen-medium")
    let memory = gpus[0].memoryBandwidth.value / gpus[1].memoryBandwidth.value
    #expect(
      abs(
        try service(audio, ("dgx-a100-80gb", "hgx-h100-8")).service.time(ofBatch: 8).seconds
          / service(audio).service.time(ofBatch: 8).seconds - memory) < 1e-9)
    #expect(ServiceCatalogue.all.allSatisfy { !$0.memorySource.isEmpty && !$0.timeSource.isEmpty })
  }

  @Test("what is written comes before the catalogue, times as a whole; all that is left is lent where no size is given")
  func ownFigures() throws {
    let own = try service(("gpus: [1]", "gpus: [1], max_batch: 4, per_request: 2 s"))
    #expect(own.service.maxBatch == 4 && own.service.time(ofBatch: 4) == .seconds(8))
    #expect(own.service.time(ofBatch: 1) == .seconds(2), "the catalogue's least is not kept beside times of one's own")
    #expect(!own.sources.contains { $0.hasPrefix("times") } && own.sources.contains { $0.hasPrefix("memory") })
    let all = try service(("lend: {memory: 30 GB}", "lend: {}"))
    let gpu = try #require(HardwareCatalogue.gpu(named: "a100-sxm-80gb"))
    #expect(all.lending?.memory == Int(gpu.memoryBytes) - 44_600_000_000 - 5 << 30)
    #expect(all.lending?.rule == .batch)
    #expect(try service(("lend: {memory: 30 GB}", "lend: 30 GB")).lending?.rule == .static)
    let bare = try service(
      ("model: stable-diffusion-1.5, ", ""), ("gpus: [1]", "gpus: [1], max_batch: 2, memory: 10 GB, per_batch: 1 s"))
    #expect(bare.modelName == "images" && bare.sources.isEmpty)
  }

  @Test(
    "mistakes are told with their places",
    arguments: [
      (
        "model: stable-diffusion-1.5", "model: stable-difusion-1.5",
        [
          "6:27: error: unknown service 'stable-difusion-1.5'; did you mean 'stable-diffusion-1.5'?"
        ]
      ),
      (
        "model: stable-diffusion-1.5, ", "",
        [
          "6:5: error: 'services[0]' lacks the key 'max_batch', or a 'model' of the catalogue that has it",
          "6:5: error: 'services[0]' lacks the key 'memory', or a 'model' of the catalogue that has it",
          "6:5: error: 'services[0]' says nothing of how long a batch takes: give it 'per_batch', 'per_request' or "
            + "both, or a 'model' of the catalogue",
        ]
      ),
      (
        "gpus: [1]", "gpus: [1], per_batch: 0 s",
        ["6:71: error: 'services[0]': a batch takes no time"]
      ),
      (
        "gpus: [1]", "gpus: [1], memory: 100 GB",
        ["6:68: error: 'services[0]' holds 100.0 GB, and a GPU has 85.9 GB"]
      ),
      (
        "lend: {memory: 30 GB}", "lend: {memory: 38 GB}",
        [
          "6:66: error: 'lend' of 'services[0]' offers 38.0 GB, with 'retain' 5.4 GB; the model leaves 41.3 GB of a GPU"
        ]
      ),
      (
        "gpus: [1]", "gpus: [0]", ["6:56: error: GPU 0 already belongs to 'chat'"]
      ),
      (
        "gpus: [1]", "gpus: [1], tensor_parallel: 2",
        [
          "6:60: error: 'tensor_parallel' is not modelled; a service runs on one GPU; use more 'replicas'"
        ]
      ),
      (
        "services:", "services:\n  - {name: chat, model: stable-diffusion-1.5, gpus: [2]}",
        ["6:12: error: two deployments or services are called 'chat'"]
      ),
      (
        "deployment: images, rate: 1/s", "deployment: images, prompt_tokens: 5, rate: 1/s",
        [
          "9:57: error: 'prompt_tokens' has no meaning here: 'images' is a service, whose requests are all alike"
        ]
      ),
      (
        "workload:", "fleet: [{at: 5 s, deployment: images, drain: 1}]\nworkload:",
        ["7:31: error: 'images' is a service; its replicas stay as they are"]
      ),
    ] as [(String, String, [String])])
  func mistakes(old: String, new: String, messages: [String]) {
    let resolved = resolve(Self.text.replacing(old, with: new))
    #expect(resolved.scenario == nil)
    #expect(resolved.messages.filter { $0.contains("error") } == messages.map { "f.yaml:" + $0 })
  }

  @Test("a lender that offers later keeps nothing that must be there from the start")
  func stored() throws {
    let text = Self.text.replacing(
      "paging: {destination: peer}", with: "paging: {destination: peer}, engine: {lora: {}}"
    )
    .replacing("output_tokens: 10}", with: "output_tokens: 10, adapters: {count: 4}}")
    let scenario = try #require(resolve(text, catalogue: .builtIn).scenario)
    let error = #expect(throws: PlanningError.self) { try Planner.runs(of: scenario, spillwayVersion: "") }
    #expect(
      error?.problems == [
        "deployment 'chat': keeps 4 adapters with a lender that does not always lend; give it one that does, "
          + "'lend: 20 GB'"
      ])
    let always = text.replacing("lend: {memory: 30 GB}", with: "lend: 30 GB")
    _ = try Planner.runs(of: try #require(resolve(always, catalogue: .builtIn).scenario), spillwayVersion: "")
  }

  /// A small engine that pages all the time, beside a lender that serves full batches throughout.
  private static let paging = """
    server: hgx-h100-8
    duration: 60 s
    drain: 0 s
    policies:
      - {name: aqua, label: host, slice: 1, paging: {destination: host}}
      - {name: aqua, label: lent, slice: 1}
    deployments:
      - name: chat
        model: llama-3.1-8b
        gpus: [0]
        engine: {kv_blocks: 600, swap_space: 40 GB, max_model_len: 4096}
        paging: {destination: peer}
    services:
      - name: images
        gpus: [1]
        max_batch: 4
        memory: 10 GB
        per_batch: 1 s
        per_request: 0.25 s
        lend: {memory: 40 GB}
    workload:
      - {name: users, deployment: chat, rate: 3/s, prompt_tokens: 800, output_tokens: 400}
      - {name: pictures, deployment: images, arrivals: {process: closed-loop, users: 8}}
    """

  private func run(_ text: String, policy: Int, stepping: Stepping = .segment) throws -> RunResult {
    let scenario = try #require(resolve(text, catalogue: .builtIn).scenario, "\(resolve(text, catalogue: .builtIn))")
    let run = try Planner.runs(of: scenario, stepping: stepping, checksInvariants: true, spillwayVersion: "")[policy]
    return try Simulation.run(run.plan, provenance: run.provenance, policy: run.label)
  }

  @Test("a batch is served in its time, and copies to the lender's memory slow it by what they do to memory")
  func slowdown() throws {
    let alone = try run(Self.paging, policy: 0)
    let lent = try run(Self.paging, policy: 1)
    #expect(try run(Self.paging, policy: 1, stepping: .iteration) == lent)
    let group = try #require(alone.groups.firstIndex { $0.deployment == 1 })
    // Full batches of 4 take 2 s; with 8 users everybody waits for one and is served in the next.
    #expect(alone.groups[group].e2el.max == .seconds(4))
    #expect(lent.paging.contains { $0.tier == .peerGPU && $0.pagedOutBytes > 0 })
    let slowed = (lent.groups[group].e2el.mean ?? 0) / (alone.groups[group].e2el.mean ?? 1)
    let beside = lent.totals(ofDeployment: 1).besideCopiesFraction
    #expect(slowed > 1.001 && slowed < 1 + beside, "\(slowed) times as long, \(beside) of the time beside copies")
  }

  @Test("a lender that serves batches offers once it has run a full one, and never before")
  func batchInformer() throws {
    // Three users never fill a batch of four.
    let never = try run(Self.paging.replacing("users: 8", with: "users: 3"), policy: 1)
    #expect(never.paging.allSatisfy { $0.tier == .host || $0.pagedOutBytes == 0 })
    let full = try run(Self.paging, policy: 1)
    #expect(full.paging.contains { $0.tier == .peerGPU && $0.pagedOutBytes > 0 })
  }

  @Test("lenders and borrowers are placed together, services among them")
  func placement() throws {
    let text = """
      servers: [{like: hgx-h100-8, count: 2}]
      placement: balanced
      policies: [vllm-v1]
      deployments:
        - {name: large, model: llama-3.1-70b, tensor_parallel: 4, replicas: 2, paging: {destination: peer}}
      services:
        - {name: images, model: stable-diffusion-1.5, replicas: 8, lend: {}}
      workload:
        - {name: users, deployment: large, rate: 1/s, requests: 5, prompt_tokens: 100, output_tokens: 10}
        - {name: pictures, deployment: images, rate: 1/s, requests: 5}
      """
    let resolved = resolve(text)
    let scenario = try #require(resolved.scenario, "\(resolved.messages)")
    #expect(scenario.deployments[0].placement.map(\.server).sorted() == [0, 1])
    #expect(scenario.services[0].placement.map(\.server).sorted() == [0, 0, 0, 0, 1, 1, 1, 1])
    let problem = try scenario.placementProblem()
    #expect(problem.kinds.map(\.name) == ["large", "images"])
    #expect(problem.kinds[1].memory == Int64(scenario.services[0].lending?.memory ?? 0))
  }
}
