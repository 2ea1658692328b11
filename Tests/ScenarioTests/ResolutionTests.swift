import Assembly
import Cluster
import Configuration
import Foundation
import Hardware
import Metrics
import Models
import Scenario
import Scheduling
import SimCore
import Testing
import Workload

@Suite struct ResolutionTests {
  @Test func theSmallestScenarioGetsItsDefaults() throws {
    let (resolved, messages) = resolve(smallScenario, name: "Scenarios/burst.yaml")
    #expect(messages.isEmpty, "\(messages)")
    let scenario = try #require(resolved)
    #expect(scenario.name == "burst")
    #expect(scenario.seed == 1 && scenario.replications == 1 && scenario.duration == nil)
    #expect(scenario.drain == .untilEmpty && scenario.warmUp == .zero)
    #expect(scenario.policies.map(\.label) == ["vllm-v1"])
    let chat = try #require(scenario.deployments.first)
    #expect(
      chat.placement == [ReplicaPlacement(server: 0, gpus: [0])] && chat.tensorParallel == 1 && chat.policy == nil)
    #expect(chat.engine.maxBatchedTokens == 8192 && chat.engine.maxSequences == 1024 && chat.engine.blockSize == 16)
    #expect(chat.engine.maxModelLength == 131_072 && chat.engine.swapSpace == 4 << 30)
    #expect(chat.weightBytesPerGPU > 15_000_000_000 && chat.weightBytesPerGPU < 17_000_000_000)
    let stream = try #require(scenario.streams.first)
    #expect(stream.deployment == 0 && stream.objective.isEmpty)
    #expect(
      stream.workload
        == WorkloadStream(
          name: "requests", arrivals: .poisson(rate: 4),
          components: [
            WorkloadComponent(requestClass: .online, lengths: .independent(prompt: .fixed(1024), output: .fixed(256)))
          ], requestLimit: 1000))
  }

  /// Without a duration of the scenario a bounded drain counts from the last stream's.
  @Test func aDrainCountsFromTheEndOfArrivals() throws {
    let streams = """
      drain: 30 s
      workload:
        - {name: a, rate: 1/s, start: 10 s, duration: 20 s, prompt_tokens: 8, output_tokens: 8}
        - {name: b, rate: 1/s, duration: 25 s, prompt_tokens: 8, output_tokens: 8}

      """
    let text = smallScenario.components(separatedBy: "workload:")[0] + streams
    let scenario = try #require(resolve(text, catalogue: .builtIn).scenario)
    #expect(scenario.arrivalEnd == .seconds(30))
    let run = try #require(try Planner.runs(of: scenario, spillwayVersion: "").first)
    #expect(run.plan.end == SimTime.zero + .seconds(60))
    let until = try #require(resolve(smallScenario, catalogue: .builtIn).scenario)
    #expect(until.arrivalEnd == nil)
    #expect(try Planner.runs(of: until, spillwayVersion: "").first?.plan.end == .never)
  }

  @Test func theFullScenarioIsReadWhole() throws {
    let (resolved, messages) = resolve(fullScenario)
    #expect(messages.isEmpty, "\(messages)")
    let scenario = try #require(resolved)
    #expect(scenario.name == "quickstart" && scenario.seed == 7 && scenario.replications == 3)
    #expect(scenario.duration == .seconds(600) && scenario.warmUp == .seconds(30))
    #expect(scenario.drain == .atMost(.seconds(120)))
    #expect(scenario.servers.map(\.name) == ["hgx-h100-8"])
    #expect(scenario.policies.map(\.name) == ["vllm-v1", "aqua", "conserve"])
    #expect(scenario.policies.map(\.label) == ["vllm-v1", "aqua-peer", "conserve"])
    #expect(scenario.policies.map(\.pagingDestination) == [nil, .peer, nil])
    #expect(scenario.policies[2].parameters.integer("safepoint_layers") == 8)
    #expect(scenario.policies[2].parameters.number("margin") == 0.1)
    #expect(scenario.policies[2].parameters.duration("target") == .milliseconds(200))
    #expect(scenario.policies[2].parameters.boolean("checkpoint"))
    let chat = scenario.deployments[0]
    #expect(chat.placement.map(\.gpus) == [[0, 1, 2, 3]] && chat.router == .leastKV)
    #expect(chat.engine.maxBatchedTokens == 512 && chat.engine.keyValueType == .fp8 && chat.engine.enforcesEager)
    #expect(chat.paging == PagingSettings(destination: .host, lenders: [1], transfer: .fragmented))
    let small = scenario.deployments[1]
    #expect(small.placement.map(\.gpus) == [[4], [5]] && small.policy?.parameters.choice("order") == "priority")
    #expect(small.lending?.rule == .informer && small.lending?.memory == 30_000_000_000)
    #expect(small.lending?.retain == 5_000_000_000 && small.lending?.reclaimAtWaiting == 10)
    #expect(scenario.deployments[2].placement.map(\.gpus) == [[6]] && scenario.deployments[2].lending?.rule == .static)
    #expect(scenario.streams.map(\.name) == ["users", "batch", "mixed", "stream-3"])
    #expect(
      scenario.streams[0].workload.arrivals
        == .onOff(
          OnOffRates(
            onRate: 4, offRate: 0.5, onDuration: .seconds(60), offDuration: .seconds(120), durations: .exponential)))
    #expect(scenario.streams[0].workload.durationLimit == .seconds(600))
    #expect(
      scenario.streams[0].objective
        == ServiceObjective(timeToFirstToken: .seconds(1), timePerOutputToken: .milliseconds(100)))
    #expect(scenario.streams[1].workload.arrivals == .batch(count: 200))
    #expect(scenario.streams[1].workload.components[0].priority == 5)
    #expect(scenario.streams[1].workload.components[0].deadline == nil)
    let dated = resolve(smallScenario, set: ["workload.deadline=1 h"]).scenario
    #expect(dated?.streams[0].workload.components[0].deadline == .seconds(3600))
    #expect(dated?.digest != resolve(smallScenario).scenario?.digest)
    #expect(scenario.streams[1].requestClasses == [.offline])
    #expect(scenario.streams[2].requestClasses == [.online, .offline])
    #expect(scenario.streams[2].workload.components.map(\.weight) == [3, 1])
    #expect(
      scenario.streams[3].workload.arrivals
        == .closedLoop(ClosedLoop(users: 8, thinkTime: .exponential(mean: 5), firstRequests: .together)))
    #expect(scenario.expectations.map(\.below) == [2000, 0.2, nil])
    #expect(scenario.expectations.map(\.above) == [nil, nil, 0.1])
    #expect(scenario.expectations[0].subject == .value(policy: "aqua-peer"))
    #expect(scenario.expectations[1].subject == .ratio("aqua-peer", over: "vllm-v1"))
    #expect(scenario.expectations[2].deployment == 2 && scenario.expectations[2].requestClass == .online)
  }

  @Test(arguments: [smallScenario, fullScenario])
  func whatIsPrintedResolvesToTheSame(text: String) throws {
    let first = try #require(resolve(text).scenario)
    let (second, messages) = resolve(first.canonicalText)
    #expect(messages.isEmpty, "\(messages)\n\(first.canonicalText)")
    let again = try #require(second)
    #expect(again.canonicalText == first.canonicalText)
    #expect(again.digest == first.digest && again.digest.count == 64)
    #expect(again.streams == first.streams)
    #expect(again.deployments.map(\.engine) == first.deployments.map(\.engine))
    #expect(again.deployments.map(\.paging) == first.deployments.map(\.paging))
    #expect(again.deployments.map(\.lending) == first.deployments.map(\.lending))
    #expect(again.deployments.map(\.placement) == first.deployments.map(\.placement))
    #expect(again.policies.map(\.parameters) == first.policies.map(\.parameters))
    #expect(again.servers == first.servers)
  }

  /// Defaults of the deployment's engine are no settings under a policy whose engine has other defaults.
  @Test func policiesKeepTheirEnginesDefaults() throws {
    let policies = """
      policies:
        - vllm-v1
        - {name: vllm-v1, label: small, engine: {max_num_batched_tokens: 64}}
        - {name: conserve, label: other, engine: {stack: sglang}}
        - name: vllm-v1
          label: best
          best_over: {engine: {max_num_batched_tokens: [32, 64]}, judged: {metric: completed, seeds: [5, 6]}}
      """
    let text = smallScenario.split(separator: "\n").filter { !$0.hasPrefix("policies:") }.joined(separator: "\n")
    let first = try #require(resolve(text + "\n" + policies).scenario)
    let (second, messages) = resolve(first.canonicalText)
    #expect(messages.isEmpty, "\(messages)\n\(first.canonicalText)")
    let again = try #require(second)
    #expect(again.canonicalText == first.canonicalText)
    for (one, other) in zip(first.policies, again.policies) {
      #expect(again.deployments[0].engine(under: other) == first.deployments[0].engine(under: one), "\(one.label)")
    }
    #expect(first.deployments[0].engine(under: first.policies[1]).maxSequences == 64)
  }

  @Test func theDigestFollowsMeaning() throws {
    let base = try #require(resolve(smallScenario).scenario).digest
    let remarked = smallScenario.replacing("rate: 4/s", with: "rate: 240/min   # the same")
    #expect(resolve(remarked).scenario?.digest == base)
    #expect(resolve(smallScenario + "\nseed: 1").scenario?.digest == base)
    #expect(resolve(smallScenario + "\nseed: 2").scenario?.digest != base)
    #expect(resolve(smallScenario, set: ["workload.rate=5/s"]).scenario?.digest != base)
  }

  @Test func overridesChangeWhatIsResolved() throws {
    let (resolved, messages) = resolve(
      smallScenario,
      set: [
        "workload.requests=50", "workload.rate=16/s", "deployments.chat.engine.max_num_seqs=64", "server=h100-pair",
      ],
      policies: ["conserve", "aqua"])
    #expect(messages.isEmpty, "\(messages)")
    let scenario = try #require(resolved)
    #expect(scenario.streams[0].workload.arrivals == .poisson(rate: 16))
    #expect(scenario.streams[0].workload.requestLimit == 50)
    #expect(scenario.deployments[0].engine.maxSequences == 64)
    #expect(scenario.policies.map(\.name) == ["conserve", "aqua"])
    #expect(scenario.servers[0].name == "h100-pair")
    #expect(scenario.sourceText == smallScenario)
  }

  @Test func choosingAPolicyKeepsItsParameters() throws {
    let scenario = try #require(resolve(fullScenario, set: ["expect="], policies: ["aqua-peer", "vllm-v1"]).scenario)
    #expect(scenario.policies.map(\.label) == ["aqua-peer", "vllm-v1"])
    #expect(scenario.policies[0].pagingDestination == .peer)
  }

  @Test(arguments: [
    (
      ["policies.conserve.slice=3"],
      "--set policies.conserve.slice: error: 'policies' has no item named 'conserve'; known names: vllm-v1; "
        + "or write policies[0]"
    ),
    (["workload.rte=5/s"], "--set workload.rte: error: unknown key 'rte' in 'workload'; did you mean 'rate'?"),
    (
      ["workload.rate=fast"],
      "--set workload.rate: error: 'rate' wants a number of requests per second, found 'fast'"
    ),
    (
      ["deployments.chat.engine.max_num_seqs=0"],
      "--set deployments.chat.engine.max_num_seqs: error: 'max_num_seqs' must be between 1 and 65536, found 0"
    ),
    (
      ["deployments.chat.model=llama-3.1-70b"],
      "--set deployments.chat.model: error: llama-3.1-70b needs 141.1 GB per GPU for its weights at tensor_parallel 1, "
        + "more than the 78.2 GB of a GPU of hgx-h100-8 (85.0 GB x 0.92); tensor_parallel 2 would fit"
    ),
  ])
  func badOverridesAreReportedAtTheArgument(set: [String], message: String) {
    let (scenario, messages) = resolve(smallScenario, set: set)
    #expect(scenario == nil)
    #expect(messages == [message])
  }

  @Test func optionsOfTheirOwnAreNamedInMessages() throws {
    #expect(
      resolve(smallScenario, policies: ["vlm-v1"]).messages
        == ["--policy vlm-v1: error: unknown policy 'vlm-v1'; did you mean 'vllm-v1'?"])
    let diagnostics = Diagnostics()
    let document = try #require(Document(text: smallScenario, name: "f.yaml", into: diagnostics))
    _ = ScenarioReader.resolve(
      document, overrides: ScenarioOverrides(seed: "x", replications: "0"), policies: testPolicies,
      metrics: testMetrics, into: diagnostics)
    #expect(
      diagnostics.all.map(\.description) == [
        "--seed: error: 'seed' wants a whole number, found 'x'",
        "--replications: error: 'replications' must be between 1 and 10000, found 0",
      ])
  }

  @Test func aSingleStreamInAListNeedsNoIndex() throws {
    let listed = smallScenario.replacing("workload:\n  rate:", with: "workload:\n- rate:")
    let (scenario, messages) = resolve(listed, set: ["workload.rate=9/s"])
    #expect(messages.isEmpty, "\(messages)")
    #expect(scenario?.streams.first?.workload.arrivals == .poisson(rate: 9))
  }

  @Test func serversCanBeDescribedAndChosen() throws {
    let text = """
      servers: [{name: left, like: hgx-h100-8, gpus: 4}, hgx-a100-8, hgx-a100-8]
      policies: [aqua]
      deployments:
        - {name: a, model: llama-3.1-8b, server: left, replicas: 4}
        - {name: b, model: llama-3.1-8b, server: 2, tensor_parallel: 2, replicas: 2}
      workload:
        - {deployment: a, rate: 1/s, requests: 5, prompt_tokens: 5, output_tokens: 5}
        - {deployment: b, rate: 1/s, requests: 5, prompt_tokens: 5, output_tokens: 5}
      """
    let (resolved, messages) = resolve(text)
    #expect(messages.isEmpty, "\(messages)")
    let scenario = try #require(resolved)
    #expect(scenario.servers.map(\.gpuCount) == [4, 8, 8])
    #expect(scenario.deployments.map(\.server) == [0, 2])
    #expect(scenario.deployments[0].placement.map(\.gpus) == [[0], [1], [2], [3]])
    #expect(scenario.deployments[1].placement.map(\.gpus) == [[0, 1], [2, 3]])
    let again = resolve(scenario.canonicalText)
    #expect(again.messages.isEmpty && again.scenario?.servers == scenario.servers, "\(again.messages)")
  }

  @Test func idleDeploymentsAreWarnedOf() throws {
    let text = smallScenario.replacing(
      "workload:\n", with: "  - {name: idle, model: mistral-7b}\nworkload:\n  deployment: chat\n")
    let (scenario, messages) = resolve(text)
    #expect(messages == ["f.yaml:6:5: warning: no stream sends requests to 'idle'"])
    #expect(scenario?.warnings.count == 1)
  }
}

extension String {
  /// The text with the first occurrence of `old` replaced; the test is wrong when there is none.
  func replacing(_ old: String, with new: String) -> String {
    guard let range = firstRange(of: old) else {
      Issue.record("'\(old)' is not in the text")
      return self
    }
    return self[..<range.lowerBound] + new + self[range.upperBound...]
  }
}
