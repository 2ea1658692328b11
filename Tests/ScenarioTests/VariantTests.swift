import Configuration
import Metrics
import Scenario
import Testing

/// A scenario in several variants, and what is said about it.
private func study(
  _ variants: String, vary: [String] = [], chosen: [String] = [], base: String = smallScenario
) -> (study: Study?, messages: [String]) {
  let text = base + (variants.isEmpty ? "" : "\nvariants:\n" + variants) + "\n"
  var overrides = ScenarioOverrides()
  overrides.vary = vary
  overrides.variants = chosen
  let (study, messages) = reading(text) { document, diagnostics in
    ScenarioReader.study(
      document, overrides: overrides, policies: testPolicies, metrics: testMetrics, into: diagnostics)
  }
  return (study, messages)
}

private let twoSizes = """
    - name: one
      deployments.chat.replicas: 4
    - name: two
      deployments.chat.tensor_parallel: 2
      workload.rate: 250/min
  """

@Suite struct VariantTests {
  @Test func everyVariantIsTheScenarioWithItsKeysChanged() throws {
    let scenarios = try #require(study(twoSizes).study).scenarios
    #expect(scenarios.map { $0.deployments[0].tensorParallel } == [1, 2])
    #expect(scenarios.map { $0.deployments[0].placement.count } == [4, 1])
    // Each is what a file of its own would be, and is known by the same digest.
    let alone = try #require(resolve(smallScenario, set: ["deployments.chat.replicas=4"]).scenario)
    #expect(scenarios[0].digest == alone.digest && alone.variant == nil)
    #expect(!scenarios[0].canonicalText.contains("variants"))
  }

  @Test("every variant has a value for every key that any of them changes, in base units, defaults included")
  func settings() throws {
    let scenarios = try #require(study(twoSizes).study).scenarios
    let labels = try scenarios.map { try #require($0.variant) }
    #expect(labels.map(\.name) == ["one", "two"])
    let keys = ["deployments.chat.replicas", "deployments.chat.tensor_parallel", "workload.rate"]
    #expect(labels.allSatisfy { $0.settings.map(\.key) == keys })
    #expect(labels[0].settings.map(\.text) == ["4", "1", "4/s"])
    #expect(labels[0].settings.map(\.number) == [4, 1, 4])
    #expect(labels[1].settings[2].number == 250.0 / 60)
    let whole = "  - name: a\n  - {name: b, 'deployments.chat': {name: chat, model: mistral-7b}}"
    let texts = try #require(study(whole).study).scenarios.compactMap { $0.variant?.settings[0].text }
    #expect(texts == ["{name: chat, model: llama-3.1-8b}", "{name: chat, model: mistral-7b}"], "as written")
  }

  @Test func varyTakesEveryValueWithEveryOther() throws {
    let scenarios = try #require(
      study("", vary: ["workload.rate=2/s,4/s", "deployments.chat.gpus=[0],[1, 2]"]).study
    ).scenarios
    #expect(
      scenarios.map { $0.variant?.name } == [
        "rate=2/s, gpus=[0]", "rate=2/s, gpus=[1, 2]", "rate=4/s, gpus=[0]", "rate=4/s, gpus=[1, 2]",
      ])
    #expect(scenarios.map { $0.deployments[0].placement.count } == [1, 2, 1, 2])
    let both = try #require(study(twoSizes, vary: ["duration=1 min,2 min"], chosen: ["two"]).study).scenarios
    #expect(both.map { $0.variant?.name } == ["two, duration=1 min", "two, duration=2 min"])
  }

  @Test(
    "mistakes are told where they are made",
    arguments: [
      ("  - name: a\n    deployments.chat.tensor_paralel: 2", "did you mean 'tensor_parallel'?", 13),
      ("  - name: a\n    workload.rate: fast", "'rate' wants a number of requests per second, found 'fast'", 13),
      ("  - name: a\n    deployments.chta.replicas: 2", "no item named 'chta'; did you mean 'chat'?", 13),
      ("  - name: a\n    seed: 2", "a variant cannot change 'seed'", 13),
      ("  - name: a\n    deployments..replicas: 2", "is no path of a key", 13),
      ("  - name: a\n  - name: a\n    workload.rate: 2/s", "two variants are called 'a'", 13),
      ("  - workload.rate: 2/s", "lacks the key 'name'", 12),
      ("  - a", "wants a mapping, found 'a'", 12),
      ("  - name: a\n  - name: b\n    workload.rate: 240/min", "'a' and 'b' are the same scenario", 13),
      ("  - name: a\n  - name: b\n    deployments.chat.name: x", "has the deployments x, and 'a' chat", 13),
      ("  - name: a\n  - name: b\n    workload.class: offline", "other classes of requests", 13),
    ])
  func mistakes(variants: String, message: String, line: Int) {
    let outcome = study(variants)
    #expect(outcome.study == nil)
    #expect(outcome.messages.count == 1, "\(outcome.messages)")
    #expect(outcome.messages.first?.contains(message) == true, "\(outcome.messages)")
    #expect(outcome.messages.first?.hasPrefix("f.yaml:\(line):") == true, "\(outcome.messages)")
  }

  @Test func whatOnlyOneVariantBreaksSaysWhichAndWhatAllBreakIsToldOnce() {
    let base = smallScenario.replacing("prompt_tokens: 1024", with: "prompt_tokens: many")
    let outcome = study("  - name: small\n  - name: huge\n    deployments.chat.replicas: 16", base: base)
    #expect(outcome.messages.count == 2)
    #expect(outcome.messages.first?.hasSuffix("(in variant 'huge')") == true, "\(outcome.messages)")
    #expect(outcome.messages.last?.contains("found 'many'") == true && !outcome.messages[1].contains("variant"))
  }

  @Test(
    "arguments of --vary and --variant are told of as such",
    arguments: [
      ("workload.rate", "--vary workload.rate: error: wants KEY.PATH=VALUE,VALUE"),
      ("workload.rate=", "--vary workload.rate: error: wants values separated by commas"),
      ("workload.rate=1/s,,2/s", "--vary workload.rate: error: wants values separated by commas"),
      ("workload.rate=1/s,2", "--vary workload.rate: error: 'rate' wants a number of requests per second"),
      ("replications=1,2", "--vary replications: error: a variant cannot change 'replications'"),
    ])
  func varyMistakes(argument: String, message: String) {
    let messages = study("", vary: [argument]).messages
    #expect(messages.count == 1 && messages[0].hasPrefix(message), "\(messages)")
    #expect(
      study(twoSizes, chosen: ["tow"]).messages == [
        "--variant tow: error: unknown variant 'tow'; did you mean 'two'?"
      ])
  }

  @Test func expectationsMayNameVariants() throws {
    let expect = "\nexpect:\n  - {metric: p99_ttft_ms, ratio: [two, %], below: 1}\n"
    let right = study(twoSizes + expect.replacing("%", with: "one"))
    #expect(right.study?.expectations.first?.subject == .ratio("two", over: "one"), "\(right.messages)")
    let wrong = study(twoSizes + expect.replacing("%", with: "onne")).messages
    #expect(wrong.count == 1 && wrong[0].contains("policies or variants; did you mean 'one'?"), "\(wrong)")
  }
}

@Suite struct AlternativesTests {
  private func alternatives(_ policies: [String], _ variants: [String?]) -> Alternatives {
    Alternatives(
      variants.flatMap { name in
        policies.map { Alternative(policy: $0, variant: name.map { VariantLabel(name: $0, settings: []) }) }
      })
  }

  @Test func labelsSayWhatTellsThemApart() {
    #expect(alternatives(["aqua", "vllm-v1"], [nil]).labels == ["aqua", "vllm-v1"])
    #expect(alternatives(["aqua"], ["a", "b"]).labels == ["a", "b"])
    #expect(alternatives(["x", "y"], ["a", "b"]).labels == ["x, a", "y, a", "x, b", "y, b"])
    #expect(alternatives(["aqua"], ["a"]).labels == ["aqua"])
  }

  @Test func aPolicyIsTheBaselineOfItsVariantAndAVariantThatOfItsPolicy() {
    let both = alternatives(["x", "y"], ["a", "b"])
    #expect(both.bases(named: "x") == [0, 0, 2, 2])
    #expect(both.bases(named: "b") == [2, 3, 2, 3])
    #expect(both.bases(named: "y, a") == [1, 1, 1, 1])
    #expect(both.bases(named: "z") == [nil, nil, nil, nil] && both.indices(named: "z").isEmpty)
  }

  @Test func keysAreCutToWhatTellsThemApart() {
    #expect(Alternatives.short(["deployments.chat.replicas", "workload.rate"]) == ["replicas", "rate"])
    #expect(
      Alternatives.short(["deployments.a.replicas", "deployments.b.replicas"]) == ["a.replicas", "b.replicas"])
    #expect(Alternatives.short(["rate", "workload.rate"]) == ["rate", "workload.rate"])
    #expect(Alternatives.columnName("duration") == "scenario.duration")
  }
}
