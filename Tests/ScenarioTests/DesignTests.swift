import Configuration
import Metrics
import Scenario
import Testing

/// The points of a sweep over the smallest scenario, and what is said about them.
private func sweep(_ design: String, vary: [String] = []) -> (study: Study?, messages: [String]) {
  let text = smallScenario + (design.isEmpty ? "" : "\nsweep:\n" + design) + "\n"
  var overrides = ScenarioOverrides()
  overrides.vary = vary
  let (study, messages) = reading(text) { document, diagnostics in
    ScenarioReader.sweep(
      document, overrides: overrides, policies: testPolicies, metrics: testMetrics, into: diagnostics)
  }
  return (study, messages)
}

extension Study {
  /// For each point the values of its keys, as text.
  fileprivate var values: [[String]] {
    scenarios.map { ($0.variant?.settings ?? []).map { $0.text ?? "none" } }
  }

  /// For each point the value of a key in base units.
  fileprivate func numbers(_ key: String) -> [Double] {
    scenarios.compactMap { $0.variant?.settings.first { $0.key == key }?.number }
  }
}

@Suite struct DesignTests {
  @Test func aGridHasEveryValueWithEveryOther() throws {
    let study = try #require(
      sweep("  grid:\n    workload.rate: [2/s, 4/s]\n    deployments.chat.replicas: [1, 2, 4]").study)
    #expect(study.values == [["2/s", "1"], ["2/s", "2"], ["2/s", "4"], ["4/s", "1"], ["4/s", "2"], ["4/s", "4"]])
    #expect(study.scenarios[3].variant?.name == "rate=4/s, replicas=1")
    #expect(study.scenarios[5].deployments[0].placement.count == 4)
  }

  @Test func rangesAreDividedInEqualStepsOrRatios() throws {
    let range = "  grid:\n    workload.rate: {from: 1/s, to: 16/s, points: 5, scale: %}"
    let linear = try #require(sweep(range.replacing("%", with: "linear")).study)
    #expect(linear.numbers("workload.rate") == [1, 4.75, 8.5, 12.25, 16])
    let logarithmic = try #require(sweep(range.replacing("%", with: "logarithmic")).study)
    #expect(logarithmic.numbers("workload.rate") == [1, 2, 4, 8, 16])
    let whole = "  grid: {deployments.chat.engine.max_num_seqs: {from: 1, to: 10, points: 4, integer: true}}"
    #expect(try #require(sweep(whole).study).values.flatMap { $0 } == ["1", "4", "7", "10"])
    let share = "  grid: {deployments.chat.engine.gpu_memory_utilization: {from: 50 %, to: 90 %, points: 3}}"
    #expect(try #require(sweep(share).study).values.flatMap { $0 } == ["0.5", "0.7", "0.9"])
    let size = "  grid: {deployments.chat.engine.swap_space: {from: 1 GiB, to: 1.5 GiB, points: 2}}"
    #expect(
      try #require(sweep(size).study).numbers("deployments.chat.engine.swap_space") == [1_073_741_824, 1_610_612_736])
  }

  @Test func zipsAndListsKeepTogetherWhatBelongsTogether() throws {
    let zip = try #require(
      sweep("  zip:\n    deployments.chat.tensor_parallel: [1, 2, 4]\n    deployments.chat.replicas: [4, 2, 1]").study)
    #expect(zip.values == [["1", "4"], ["2", "2"], ["4", "1"]])
    let list = try #require(
      sweep("  list:\n    - {workload.rate: 2/s}\n    - {workload.rate: 3/s, deployments.chat.replicas: 2}").study)
    #expect(list.values == [["2/s", "1"], ["3/s", "2"]], "what a point leaves alone has its default")
  }

  @Test func designsAreCombined() throws {
    let both = try #require(
      sweep("  - {grid: {workload.rate: [2/s, 4/s]}}\n  - zip: {duration: [1 min, 2 min], seed: [1, 1]}")
        .messages.first)
    #expect(both.contains("a variant cannot change 'seed'"))
    let study = try #require(
      sweep("  - {grid: {workload.rate: [2/s, 4/s]}}\n  - zip: {duration: [1 min, 2 min], warmup: [5 s, 10 s]}").study)
    #expect(study.scenarios.count == 4 && study.values[1] == ["2/s", "2 min", "10 s"])
    let varied = try #require(
      sweep("  grid: {workload.rate: [2/s, 4/s]}", vary: ["deployments.chat.replicas=1,2"]).study)
    #expect(varied.scenarios.count == 4)
    #expect(try #require(sweep("", vary: ["workload.rate=1/s,2/s"]).study).scenarios.count == 2)
  }

  @Test("draws are the same every time, within their range, and depend on the seed")
  func random() throws {
    let design = """
        random:
          points: 40
          seed: %
          keys:
            workload.rate: {from: 1/s, to: 100/s, scale: logarithmic}
            deployments.chat.engine.max_num_seqs: [16, 64, 256]
      """
    let first = try #require(sweep(design.replacing("%", with: "7")).study)
    #expect(first.scenarios.count == 40)
    #expect(first.values == sweep(design.replacing("%", with: "7")).study?.values)
    #expect(first.values != sweep(design.replacing("%", with: "8")).study?.values)
    let rates = first.numbers("workload.rate")
    #expect(rates.allSatisfy { (1...100).contains($0) } && Set(rates).count == 40)
    #expect((10...30).contains(rates.count { $0 < 10 }), "half of a logarithmic range from 1 to 100 is below 10")
    #expect(Set(first.numbers("deployments.chat.engine.max_num_seqs")) == [16, 64, 256])
  }

  @Test("a Latin hypercube has one point in each part of every key's range")
  func latinHypercube() throws {
    let design = """
        latin_hypercube:
          points: 20
          keys:
            workload.rate: {from: 0/s, to: 20/s}
            workload.prompt_tokens: {from: 100, to: 2100, integer: true}
      """
    let study = try #require(sweep(design).study)
    #expect(study.numbers("workload.rate").map { Int($0) }.sorted() == Array(0..<20))
    let parts = study.numbers("workload.prompt_tokens").map { Int(($0 - 100.5) / 100) }
    #expect(Set(parts).count >= 19, "a draw may be rounded into the next part")
    #expect(study.numbers("workload.rate").map { Int($0) } != parts, "keys are in orders of their own")
  }

  @Test(
    "mistakes in a design are told where they are made",
    arguments: [
      ("  grd: {workload.rate: [1/s]}", "unknown key 'grd' in 'sweep'; did you mean 'grid'?"),
      ("  grid: {workload.rte: [1/s, 2/s]}", "unknown key 'rte' in 'workload'; did you mean 'rate'?"),
      ("  grid: {workload.rate: 2/s}", "'workload.rate' wants a list of values, or a range such as"),
      ("  grid: {workload.rate: []}", "'workload.rate' wants a list of values, or a range such as"),
      ("  grid: {workload.rate: [1/s, fast]}", "'rate' wants a number of requests per second, found 'fast'"),
      ("  grid: {workload.rate: {from: 1/s, to: 2/s}}", "'workload.rate' lacks 'points'"),
      ("  grid: {workload.rate: {from: 1/s, to: 2/min, points: 2}}", "which are not numbers in the same unit"),
      ("  grid: {workload.rate: {from: 3/s, to: 2/s, points: 2}}", "'to' (2/s) must be more than 'from' (3/s)"),
      (
        "  grid: {workload.rate: {from: 0/s, to: 2/s, points: 2, scale: logarithmic}}",
        "is logarithmic, so 'from' must be more than 0"
      ),
      ("  grid: {workload.rate: {from: 1/s, to: 2/s, points: 1}}", "'points' must be between 2 and 100000, found 1"),
      ("  zip: {workload.rate: [1/s, 2/s], duration: [1 min]}", "'workload.rate' has 2, 'duration' 1"),
      ("  random: {keys: {workload.rate: [1/s]}}", "lacks the key 'points'"),
      ("  random: {points: 3, keys: {}}", "'random' names no keys"),
      ("  - grid: {workload.rate: [1/s]}\n  - grid: {workload.rate: [2/s]}", "the key 'workload.rate' is swept twice"),
      (
        "  grid:\n    workload.rate: {from: 1/s, to: 2/s, points: 1000}\n"
          + "    duration: {from: 1 s, to: 2 s, points: 1000}",
        "more than 100000 points"
      ),
    ])
  func mistakes(design: String, message: String) {
    let outcome = sweep(design)
    #expect(outcome.study == nil)
    #expect(outcome.messages.count == 1, "\(outcome.messages)")
    #expect(outcome.messages.first?.contains(message) == true, "\(outcome.messages)")
    #expect(outcome.messages.first?.hasPrefix("f.yaml:") == true, "\(outcome.messages)")
  }

  @Test func aFileWithoutPointsSaysHowToGiveSome() {
    #expect(
      sweep("").messages == [
        "f.yaml:1:1: error: the file has no 'sweep'; give it one, or name values with '--vary KEY=a,b,c'"
      ])
  }

  @Test func runsOfTheFileAreThoseOfTheScenarioItself() throws {
    let design = "\nsweep: {grid: {workload.rate: [2/s, 4/s]}}\n"
    let diagnostics = Diagnostics()
    let document = try #require(Document(text: smallScenario + design, name: "f.yaml", into: diagnostics))
    let study = ScenarioReader.study(document, policies: testPolicies, metrics: testMetrics, into: diagnostics)
    #expect(study?.scenarios.map(\.digest) == [try #require(resolve(smallScenario).scenario).digest])
  }
}

@Suite struct PointDigestTests {
  private func digest(_ text: String, policy: Int = 0, version: String = "1", set: [String] = []) throws -> String {
    try #require(resolve(text, set: set).scenario).pointDigest(policy: policy, version: version)
  }

  @Test("what a run does not depend on does not change its digest, what it depends on does")
  func dependsOnWhatMatters() throws {
    let base = try digest(smallScenario)
    for same in [
      "name=other", "description=why", "seed=9", "replications=4", "workload.rate=240/min",
      "policies=[{name: vllm-v1, label: x}, aqua]", "deployments.chat.replicas=1",
    ] {
      #expect(try digest(smallScenario, set: [same]) == base, "\(same)")
    }
    var seen: Set = [base, try digest(smallScenario, version: "2")]
    for other in [
      "workload.rate=5/s", "duration=5 min", "deployments.chat.tensor_parallel=2", "policies=[aqua]",
      "policies=[{name: aqua, slice: 3 s}]", "server=h100-pair",
    ] where resolve(smallScenario, set: [other]).scenario != nil {
      #expect(seen.insert(try digest(smallScenario, set: [other])).inserted, "\(other)")
    }
    #expect(seen.count >= 6)
    #expect(try digest(smallScenario, policy: 1, set: ["policies=[aqua, vllm-v1]"]) == base)
  }
}
