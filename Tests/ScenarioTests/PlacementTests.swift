import Assembly
import Hardware
import Scenario
import Testing

/// On which GPUs of which servers the replicas of deployments are put, and what is said when they do not fit.
@Suite struct PlacementTests {
  private func scenario(_ servers: String, _ deployments: String...) -> String {
    """
    servers: \(servers)
    policies: [vllm-v1]
    deployments:
    \(deployments.enumerated().map { "  - {name: d\($0), model: llama-3.1-70b, tensor_parallel: 4\($1)}" }.joined(separator: "\n"))
    workload: {deployment: d0, rate: 1/s, requests: 5, prompt_tokens: 5, output_tokens: 5}
    """
  }

  /// Each deployment's replicas as `server:gpu gpu ...`.
  private func places(_ text: String) throws -> [[String]] {
    let (resolved, messages) = resolve(text)
    #expect(messages.filter { $0.contains("error") }.isEmpty, "\(messages)")
    let scenario = try #require(resolved)
    // What is printed is placed the same.
    let again = resolve(scenario.canonicalText)
    #expect(again.messages.filter { $0.contains("error") }.isEmpty, "\(again.messages)\n\(scenario.canonicalText)")
    #expect(again.scenario?.deployments.map(\.placement) == scenario.deployments.map(\.placement))
    #expect(again.scenario?.digest == scenario.digest)
    return scenario.deployments.map { deployment in
      deployment.placement.map { "\($0.server):" + $0.gpus.map(String.init).joined(separator: " ") }
    }
  }

  private func errors(_ text: String) -> [String] {
    resolve(text).messages.filter { $0.contains("error") }.map {
      String($0.split(separator: " error: ", maxSplits: 1)[1])
    }
  }

  @Test func replicasFillTheServersInOrder() throws {
    let two = "[{like: hgx-h100-8, count: 2}]"
    #expect(try places(scenario(two, ", replicas: 3")) == [["0:0 1 2 3", "0:4 5 6 7", "1:0 1 2 3"]])
    #expect(try places(scenario(two, ", server: 1, replicas: 2")) == [["1:0 1 2 3", "1:4 5 6 7"]])
    #expect(try places(scenario(two, ", servers: [1, 0], replicas: 3")) == [["1:0 1 2 3", "1:4 5 6 7", "0:0 1 2 3"]])
    // What one deployment has, the next has not.
    #expect(
      try places(scenario(two, ", gpus: [2, 3, 4, 5]", ", replicas: 2")) == [
        ["0:2 3 4 5"], ["0:0 1 6 7", "1:0 1 2 3"],
      ])
  }

  @Test func eightReplicasOfFourGPUsOnFourServersSimplyWork() throws {
    let places = try places(scenario("[{like: hgx-h100-8, count: 4}]", ", replicas: 8"))
    #expect(places[0].count == 8 && Set(places[0]).count == 8)
    #expect(places[0].last == "3:4 5 6 7")
  }

  @Test func gpusCanBeListedServerByServer() throws {
    let two = "[hgx-h100-8, hgx-h100-8]"
    #expect(
      try places(scenario(two, ", gpus: [{server: 0, gpus: [0, 2, 4, 6]}, {server: 1, gpus: [0, 1, 2, 3]}]"))
        == [["0:0 2 4 6", "1:0 1 2 3"]])
    #expect(try places(scenario(two, ", gpus: [{server: 1, gpus: [4, 5, 6, 7]}]")) == [["1:4 5 6 7"]])
  }

  /// Without saying so, a deployment is not put on servers of another kind.
  @Test func serversOfAnotherKindAreLeftOut() throws {
    let mixed = "[hgx-h100-8, hgx-h200-8, hgx-h100-8]"
    #expect(try places(scenario(mixed, ", replicas: 3"))[0].last == "2:0 1 2 3")
    #expect(
      errors(scenario(mixed, ", replicas: 5")) == [
        "'deployments[0]' needs 20 GPUs, 5 replicas of 4, each within one server; server 0 (hgx-h100-8) has 8 of 8 left, "
          + "server 2 (hgx-h100-8) has 8 of 8 left; other servers are not used, because 'server' or 'servers' leaves them "
          + "out or their GPUs differ"
      ])
    #expect(
      errors(scenario(mixed, ", servers: [0, 1]")) == [
        "server 1 (hgx-h200-8) and server 0 (hgx-h100-8) differ in GPUs, NVLink or profile; replicas of one deployment are "
          + "alike, so give each kind of server a deployment of its own"
      ])
  }

  @Test func whatDoesNotFitIsSaidWithItsReason() {
    #expect(
      errors(scenario("[hgx-h100-8]", ", replicas: 8")) == [
        "'deployments[0]' needs 32 GPUs, 8 replicas of 4; hgx-h100-8 has 8 of 8 left; with 'servers: [{like: hgx-h100-8, "
          + "count: 4}]' it fits"
      ])
    #expect(
      errors(scenario("[{like: hgx-h100-8, count: 2}]", ", gpus: [0, 1, 2, 3]", ", replicas: 4")) == [
        "'deployments[1]' needs 16 GPUs, 4 replicas of 4, each within one server; server 0 (hgx-h100-8) has 4 of 8 left "
          + "('d0' 4), server 1 (hgx-h100-8) has 8 of 8 left; with 'servers: [{like: hgx-h100-8, count: 3}]' it fits"
      ])
    let own = scenario("[{like: hgx-h100-8, name: mine, gpus: 4}]", ", replicas: 3")
    #expect(
      errors(own) == [
        "'deployments[0]' needs 12 GPUs, 3 replicas of 4; mine has 4 of 4 left; 3 such servers would do: give 'servers' one "
          + "with 'count: 3'"
      ])
    // Ten GPUs are left, and yet two replicas of four do not fit: five on each server.
    #expect(
      errors(
        scenario(
          "[{like: hgx-h100-8, count: 2}]",
          ", gpus: [{server: 0, gpus: [0, 1, 2]}, {server: 1, gpus: [0, 1, 2]}]", ", replicas: 3"
        )
        .replacing("tensor_parallel: 4, gpus", with: "tensor_parallel: 1, gpus").replacing(
          "d0, model: llama-3.1-70b", with: "d0, model: llama-3.1-8b")
      ) == [
        "'deployments[1]' needs 12 GPUs, 3 replicas of 4, each within one server; server 0 (hgx-h100-8) has 5 of 8 left "
          + "('d0' 3), server 1 (hgx-h100-8) has 5 of 8 left ('d0' 3); with 'servers: [{like: hgx-h100-8, count: 3}]' it "
          + "fits"
      ])
  }

  @Test func aTensorParallelGroupStaysInOneServer() {
    let text = scenario("[{like: hgx-h100-8, count: 2}]", "").replacing(
      "tensor_parallel: 4", with: "tensor_parallel: 16"
    )
    .replacing("llama-3.1-70b", with: "llama-2-7b")
    #expect(
      errors(text) == [
        "'deployments[0]' needs 16 GPUs in one server; server 0 (hgx-h100-8) has 8: a tensor-parallel group over several "
          + "servers is not modelled"
      ])
  }

  @Test(arguments: [
    (", server: 0, servers: [1]", "'server' and 'servers' exclude each other"),
    (", servers: [0, 0]", "server 0 is listed twice"),
    (", servers: [2]", "there is no server 2; there are 2, counted from 0"),
    (", servers: [hgx-h100-8]", "2 servers are called 'hgx-h100-8'; give the number, from 0"),
    (", servers: [dgx]", "unknown server 'dgx'; known servers: hgx-h100-8"),
    (", servers: []", "'servers' wants at least one item"),
    (
      ", servers: [0, 1], gpus: [0, 1, 2, 3]",
      "'gpus' are numbered within a server, and 'servers' names 2; write them server by server: 'gpus: [{server: 0, gpus: "
        + "[0, 1]}, {server: 1, gpus: [0, 1]}]'"
    ),
    (", gpus: [0, {server: 1, gpus: [1]}]", "'gpus' lists either GPUs or servers with their GPUs, not both"),
    (
      ", server: 0, gpus: [{server: 1, gpus: [0, 1, 2, 3]}]",
      "server 1 (hgx-h100-8) is not among the deployment's servers"
    ),
    (
      ", gpus: [{server: 0, gpus: [0, 1]}, {server: 1, gpus: [0, 1]}]",
      "'gpus' lists 2 GPUs of server 0; a replica of 4 GPUs is within one server, so list a multiple of 4 of each"
    ),
    (", gpus: [{server: 0, gpus: [0, 1, 2, 8]}]", "there is no GPU 8 in hgx-h100-8, which has 8, counted from 0"),
    (", gpus: [{server: 1, gpus: [0, 1, 1, 2]}]", "GPU 1 of server 1 is listed twice"),
    (", gpus: [{server: 0, gpus: [0, 1, 2, 3]}], replicas: 2", "'gpus' lists 4 GPUs; 2 replicas of 4 GPUs need 8"),
  ])
  func mistakesAreTold(keys: String, message: String) {
    #expect(errors(scenario("[hgx-h100-8, hgx-h100-8]", keys)) == [message])
  }

  @Test func theNetworkIsNamedOrDescribed() throws {
    let text = scenario("[{like: hgx-h100-8, count: 2}]", ", replicas: 4")
    func network(_ text: String) throws -> ClusterNetworkSpec { try #require(resolve(text).scenario).network }
    #expect(try network(text) == .oneSwitch)
    let pod = try network(text + "\nnetwork: dgx-superpod-h100")
    #expect(pod.wiring == .rails && pod.serversPerLeaf == 32 && pod.oversubscription.value == 1)
    let own = try network(text + "\nnetwork: {like: dgx-superpod-h100, oversubscription: 2, servers_per_leaf: 1}")
    #expect(own.serversPerLeaf == 1 && own.oversubscription.value == 2 && own.wiring == .rails)
    #expect(own.oversubscription.provenance == .source("f.yaml:6:54"))
    #expect(
      errors(text + "\nnetwork: {wiring: rail, oversubscription: 0}") == [
        "unknown wiring 'rail'; did you mean 'rails'?", "'oversubscription' must be between 0.01 and 1000, found 0",
      ])
    #expect(
      errors(text + "\nnetwork: dgx-superpod").first?.hasPrefix(
        "unknown network 'dgx-superpod'; did you mean 'dgx-superpod-h100'?") == true)
    #expect(errors(text + "\nnetwork: {oversubscription: 2}").first?.contains("lacks the key 'wiring'") == true)
    let one = resolve(scenario("[hgx-h100-8]", "") + "\nnetwork: dgx-superpod-h100")
    #expect(one.messages == ["f.yaml:6:10: warning: 'network' joins servers, and there is one"])
  }

  @Test func aServerNamesItsCards() throws {
    let text = scenario(
      "[{like: hgx-h100-8, name: slow, network: {cards: 1, card: connectx-6-hdr-200g, gpu_direct: false}}]", "")
    let scenario = try #require(resolve(text).scenario)
    let network = try #require(scenario.servers[0].network)
    #expect(network.cards == 1 && !network.gpuDirect && network.link.writeBandwidth.value == 22.5e9)
    #expect(
      errors(self.scenario("[{like: hgx-h100-8, network: {card: connectx-7}}]", "")) == [
        "unknown network card 'connectx-7'; did you mean 'connectx-7-ndr-400g'?"
      ])
  }

  @Test func pagingOverTheNetworkHasToBeAskedFor() throws {
    func text(_ extra: String) -> String {
      """
      servers: [{like: hgx-h100-8, count: 2}]
      policies: [aqua]
      deployments:
        - {name: chat, model: llama-3.1-8b, server: 0, paging: {destination: peer\(extra)}}
        - {name: spare, model: mistral-7b, server: 1, lend: 10 GB}
      workload: {deployment: chat, rate: 1/s, requests: 5, prompt_tokens: 5, output_tokens: 5}
      """
    }
    #expect(
      errors(text("")) == ["'chat' pages to peers, but no other deployment that NVLink reaches has a 'lend'"])
    #expect(
      errors(text(", lenders: [spare]")) == [
        "'spare' is on another server, which NVLink does not reach; 'over_network: true' pages to it over network cards"
      ])
    let scenario = try #require(resolve(text(", over_network: true")).scenario)
    #expect(scenario.deployments[0].paging.lenders == [1] && scenario.deployments[0].paging.usesNetwork)
  }
}
