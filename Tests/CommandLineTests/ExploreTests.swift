import CommandLineTool
import Experiments
import Foundation
import TestSupport
import Testing

/// `spillway explore`: its figures are those of `run`, its mistakes those of the command line.
@Suite(.serialized) struct ExploreTests {
  @Test(
    "a state's figures are those of 'run' with the same overrides, byte for byte",
    arguments: [
      [], [("set", "workload.rate=16/s")], [("policy", "aqua"), ("replications", "2"), ("seed", "5")],
      [("set", "policies[2].slice=3"), ("set", "server.peer_link.write_bandwidth=50 GB/s")],
    ])
  func figuresAreThoseOfRun(items: [(String, String)]) async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let options = items.flatMap { ["--" + $0, $1] }
    let run = await spillway(["run", path, "--format", "json", "--no-store", "--quiet"] + options)
    #expect(run.status == .done, "\(run.error)")
    let (outcome, reply) = try await ExploreServer.running([path, "--quiet"]) { await $0.get("run.json", items) }
    #expect(outcome.status == .done, "\(outcome.error)")
    #expect(outcome.error == "")
    #expect(reply.status == 200)
    #expect(Outcome(status: .done, output: reply.body, error: "").timeless == run.timeless)
  }

  @Test("a key below a server's name makes a server like that one")
  func keysBelowNames() async throws {
    let folder = try Folder()
    let named = try folder.file("a.yaml", pagingScenario)
    let described = try folder.file(
      "b.yaml",
      pagingScenario.replacing(
        "server: hgx-h100-8", with: "server: {like: hgx-h100-8, peer_link: {write_bandwidth: 20 GB/s}}"
      ).replacing("policies: [vllm-v1, aqua,", with: "policies: [vllm-v1, {name: aqua, slice: 3},"))
    func fingerprints(_ arguments: [String]) async throws -> [String] {
      let outcome = await spillway(["run", "--format", "json", "--no-store", "--quiet"] + arguments)
      #expect(outcome.status == .done, "\(outcome.error)")
      return try (outcome.json()["runs"] as? [[String: Any]] ?? []).compactMap { $0["fingerprint"] as? String }
    }
    let set = try await fingerprints(
      [named, "--set", "server.peer_link.write_bandwidth=20 GB/s", "--set", "policies[1].slice=3"])
    #expect(try await fingerprints([described]) == set)
    #expect(try await fingerprints([named]) != set)
  }

  @Test("what the command line says of a mistake the page says, and goes on")
  func mistakesAreTold() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let mistakes = ["workload.rate=fast", "deployments.chat.tensor_paralel=2", "server.gpu=h1000"]
    let run = await spillway(["run", path, "--no-store", "--quiet"] + mistakes.flatMap { ["--set", $0] })
    #expect(run.status == .usage || run.status == .badInput)
    let many = ["workload.rate=900/s", "deployments.chat.model=llama-3.1-405b"]
    let unfit = await spillway(["run", path, "--no-store", "--quiet"] + many.flatMap { ["--set", $0] })
    #expect(unfit.status != .done)
    _ = try await ExploreServer.running([path, "--quiet"]) { server in
      let errors = try await server.json("answer", mistakes.map { ("set", $0) })["errors"] as? [String]
      #expect(errors == run.errorLines)
      let others = try await server.json("answer", many.map { ("set", $0) })["errors"] as? [String]
      #expect(others == unfit.errorLines)
      #expect(await server.get("answer", [("nonsense", "1")]).status == 400)
      #expect(await server.get("report").status == 404)
      #expect(await server.get("answer").status == 200)
    }
  }

  @Test("a mistake in the file ends the command before there is a page")
  func brokenFileIsRefused() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario.replacing("4/s", with: "fast"))
    let outcome = await spillway("explore", path)
    #expect(outcome.status == .badInput)
    #expect(outcome.output == "")
    #expect(outcome.error == (await spillway("run", path, "--no-store")).error)
    #expect(await spillway("explore", folder["none.yaml"]).status == .unreadable)
  }

  @Test("the page has a control for each of the usual keys that the scenario has, and for no other")
  func controlsAreTheScenarios() async throws {
    let folder = try Folder()
    let burst = scenarioFolder + "/quickstart-burst.yaml"
    let plain = try folder.file("f.yaml", quickScenario)
    func paths(_ scenario: String, _ options: [String] = []) async throws -> Set<String> {
      let page = try await ExploreServer.running([scenario, "--quiet"] + options) { await $0.get("").body }.value
      for other in ["src=", "href=\"http", "url(", "@import"] where page.contains(other) {
        Issue.record("the page has '\(other)'")
      }
      return Set(page.matches(of: /data-path="([^"]+)"/).map { String($0.output.1) })
    }
    let some = try await paths(burst)
    #expect(
      some.isSuperset(of: [
        "workload.users.rate", "workload.users.arrivals.bursts[1].rate", "workload.users.arrivals.bursts[1].duration",
        "workload.users.slo.ttft", "workload.users.slo.tpot", "deployments.chat.tensor_parallel",
        "deployments.summaries.lend", "policies[1].slice", "server.peer_link.write_bandwidth",
        "server.host_link.read_bandwidth", "duration", "replications", "seed",
      ]))
    #expect(!some.contains("workload.users.slo.e2el"))
    #expect(!some.contains("workload.summaries.arrivals.bursts[0].rate"))
    let others = try await paths(plain)
    #expect(others.isSuperset(of: ["workload.rate", "workload.prompt_tokens", "deployments.chat.tensor_parallel"]))
    #expect(!others.contains { $0.contains("slo") || $0.contains("bursts") || $0 == "duration" })
    // With other policies than the file's, places in the file's list are not known.
    let chosen = try await paths(burst, ["--policy", "conserve"])
    #expect(!chosen.isEmpty && chosen.allSatisfy { !$0.hasPrefix("policies[") })
  }

  @Test("every control's own value gives the scenario as it is, and another value is taken")
  func controlsAreTaken() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let values = try await ExploreServer.running([path, "--quiet"]) { server -> [(String, String)] in
      let page = await server.get("").body
      return page.matches(of: /data-item="set" data-path="([^"]+)" data-text="([^"]+)"/).map {
        (String($0.output.1), String($0.output.2))
      }
    }.value
    #expect(values.count > 20)
    let own = await spillway("run", path, "--format", "json", "--no-store", "--quiet")
    let settings = values.filter { !$0.0.hasPrefix("server") }.flatMap { ["--set", "\($0)=\($1)"] }
    let set = await spillway(["run", path, "--format", "json", "--no-store", "--quiet"] + settings)
    #expect(set.status == .done, "\(set.error)")
    func fingerprints(_ outcome: Outcome) throws -> [String] {
      try (outcome.json()["runs"] as? [[String: Any]] ?? []).compactMap { $0["fingerprint"] as? String }
    }
    #expect(try fingerprints(set) == fingerprints(own))
  }

  @Test("pinned states stand beside the present one, with the keys in which they differ")
  func pinsAreCompared() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    _ = try await ExploreServer.running([path, "--quiet"]) { server in
      let answer = try await server.json(
        "answer", [("set", "workload.rate=8/s"), ("pin", "A"), ("pin", "B"), ("B.set", "workload.rate=2/s")])
      let table = try #require(answer["table"] as? String)
      for column in ["now", "A", "B"] { #expect(table.contains("<th scope=\"col\">\(column)</th>"), "\(column)") }
      for rate in ["8/s", "4/s", "2/s"] { #expect(table.contains("<td>\(rate)</td>"), "\(rate)") }
      let charts = try #require(answer["charts"] as? [String])
      #expect(charts.count >= 6)
      #expect(charts[0].contains("stroke-dasharray=\"6 4\"") && charts[0].contains("stroke-dasharray=\"1.8 3\""))
      let text = try #require((answer["scenarios"] as? [[String: Any]])?.first?["text"] as? String)
      #expect(text.contains("rate: 8/s"))
      let command = "spillway run \(path) --set workload.rate=8/s"
      #expect(answer["command"] as? String == command)
    }
  }

  @Test("several replications give bands, one gives none")
  func bandsAreDrawn() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    _ = try await ExploreServer.running([path, "--quiet"]) { server in
      func bands(_ items: [(String, String)]) async throws -> [Int] {
        let charts = try #require(try await server.json("answer", items)["charts"] as? [String])
        return charts.map { $0.matches(of: /class="area g\d"/).count }
      }
      let (single, several) = (try await bands([]), try await bands([("replications", "3")]))
      #expect(single.allSatisfy { $0 == 0 })
      #expect(several.allSatisfy { $0 == 1 } && several.count == single.count)
    }
  }

  @Test("a question whose asker has gone is no longer simulated, and others are answered")
  func goneAskerStopsRuns() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    // As many runs at once as there are cores: they leave no thread to what is not on one of its own.
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let (outcome, _) = try await ExploreServer.running([path, "--quiet", "--jobs", "\(cores)"]) { server in
      /// Asks until a short question has a status; a minute at most.
      func wait(for status: Int) async throws {
        for _ in 0..<600 {
          if await server.get("answer").status == status { return }
          try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("no status \(status)")
      }
      // Simulated, this takes minutes.
      let place = URL(string: server.address)?.path ?? ""
      let long = "/answer?set=workload.requests%3D10000000&set=workload.rate%3D300/s&replications=\(cores)"
      let clients = (0..<2).compactMap { _ in SocketClient(port: server.port) }
      for client in clients {
        client.send("GET \(place)\(long) HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n")
      }
      try await wait(for: 503)
      // What is on no thread of its own, as a look for Ctrl-C, goes on meanwhile.
      try await Task.detached { try await Task.sleep(for: .milliseconds(10)) }.value
      #expect(await server.get("answer").status == 503)
      for client in clients { client.close() }
      try await wait(for: 200)
    }
    #expect(outcome.status == .done)
  }

  @Test("a port that is taken is told of")
  func takenPortIsTold() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    _ = try await ExploreServer.running([path, "--quiet"]) { server in
      let outcome = await spillway("explore", path, "--quiet", "--port", "\(server.port)")
      #expect(outcome.status == .unavailable)
      #expect(
        outcome.error == "error: port \(server.port) of 127.0.0.1 cannot be had: Address already in use\n")
    }
  }
}
