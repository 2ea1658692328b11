import Configuration
import Scenario
import Scheduling
import Statistics
import Testing

/// What a scenario's `claim` says, and what it must not.
@Suite struct ClaimReaderTests {
  @Test("a claim changes nothing of the scenario")
  func claimsChangeNothing() throws {
    func scenario(_ text: String) throws -> ResolvedScenario {
      let diagnostics = Diagnostics()
      let document = try #require(Document(text: text, name: "c.yaml", into: diagnostics))
      return try #require(
        ScenarioReader.resolve(
          document, policies: .builtIn, metrics: MetricKey.all.map(\.name), into: diagnostics),
        "\(diagnostics.errors.map(\.description))")
    }
    let lines = smallClaim.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: "claim:"))
    let end = try #require(lines.firstIndex { $0.hasPrefix("server:") })
    let bare = (lines[..<start] + lines[end...]).joined(separator: "\n")
    #expect(try scenario(smallClaim).digest == scenario(bare).digest)
  }

  @Test("a study has the bounds and policies that concern it, at every point")
  func studies() throws {
    let read = readClaim(smallClaim)
    let claim = try #require(read.claim, "\(read.errors)")
    guard case .ready(let gates, _, let studies) = claim.content else {
      Issue.record("the claim can be run")
      return
    }
    #expect(claim.claim.id == "C1" && claim.question == "Is a small budget slower?")
    #expect(gates.scenarios[0].policies.map(\.label) == ["large", "other"])
    let study = try #require(studies.first).points
    #expect(study.scenarios.count == 6)
    #expect(study.scenarios[0].policies.map(\.label) == ["large", "other"], "a reported figure is about the other one")
    let alone = readClaim(smallClaim.replacing("ratio: [other, large]", with: "policy: large"))
    if case .ready(_, _, let studies)? = alone.claim?.content {
      #expect(studies.first?.points.scenarios[0].policies.map(\.label) == ["large"], "no bound is about the other one")
    }
    #expect(study.expectations.map(\.title) == ["First token", "Completion"])
    #expect(study.expectations.map(\.published) == ["soon", "late"])
  }

  @Test(
    "mistakes are told with their places",
    arguments: [
      ("charts: {policies: [large]}", "charts: {policies: [larg]}", "names 'larg'"),
      (
        "charts: {policies: [large]}", "charts: {ladder: [Token time]}",
        "'charts.ladder' of the claim names 'Token time'"
      ),
      ("      sweep:\n", "      policies: [larg]\n      sweep:\n", "did you mean 'large'"),
      ("      sweep:\n", "      policies: [other]\n      sweep:\n", "no bound of 'expect' is about the policies"),
      ("workload.rate: [2/s, 4/s, 8/s]", "workload.rte: [2/s, 4/s]", "unknown key 'rte'"),
      ("      sweep:\n", "      file: other.yaml\n      sweep:\n", "wants one of 'sweep' and 'file'"),
      ("published: soon}", "reported: true}", "'below' claims something"),
      ("  id: C1\n", "", "lacks the key 'id'"), ("assumed:", "asumed:", "did you mean 'assumed'"),
      ("title: First token, published: soon", "variant: deep", "'deep' is not one of the scenario's variants"),
    ])
  func mistakes(old: String, new: String, message: String) {
    let read = readClaim(smallClaim.replacing(old, with: new))
    #expect(read.claim == nil)
    #expect(read.errors.contains { $0.contains(message) && $0.contains("c.yaml:") }, "\(read.errors)")
  }

  @Test("a file without a claim, or without anything to judge it by, is refused")
  func nothingClaimed() throws {
    let start = try #require(smallClaim.firstRange(of: "expect:")).lowerBound
    let silent = readClaim(String(smallClaim[..<start]).replacing("  studies:", with: "  # studies:"))
    #expect(silent.claim == nil)
    let quiet =
      "server: hgx-h100-8\npolicies: [vllm-v1]\ndeployments: [{name: a, model: llama-3.1-8b}]\n"
      + "workload: {rate: 1/s, requests: 1, prompt_tokens: 5, output_tokens: 5}\n"
    #expect(
      readClaim(quiet).errors == ["c.yaml:1:1: error: the file has no 'claim': what was published that it tests"])
    let judged = readClaim("claim: {id: X, published: p}\n" + quiet)
    #expect(judged.errors.count == 1 && judged.errors[0].contains("nothing to judge the claim by"))
    let told = readClaim("claim: {id: X, published: p, not_expressible: no prefixes}\n" + quiet)
    #expect(told.errors.isEmpty && told.claim != nil)
  }

  @Test("a study can be of another scenario's sweep, with bounds of its own")
  func otherFiles() throws {
    let folder = try Folder()
    let claimed = try folder.file(
      "c.yaml",
      smallClaim.replacing(
        "      sweep:\n        grid:\n          workload.rate: [2/s, 4/s, 8/s]\n"
          + "          deployments.chat.engine.max_num_seqs: [2, 64]\n",
        with: "      file: other.yaml\n      expect: [{metric: mean_ttft_ms, reported: true, title: TTFT}]\n"))
    let start = try #require(smallClaim.firstRange(of: "server:")).lowerBound
    let end = try #require(smallClaim.firstRange(of: "expect:")).lowerBound
    _ = try folder.file(
      "other.yaml", smallClaim[start..<end] + "sweep: {grid: {workload.rate: [1/s, 2/s]}}\n")
    let diagnostics = Diagnostics()
    let claim = try #require(
      try ScenarioReader.claim(
        path: claimed, policies: .builtIn, metrics: MetricKey.all.map(\.name), into: diagnostics),
      "\(diagnostics.errors.map(\.description))")
    guard case .ready(_, _, let studies) = claim.content, let points = studies.first?.points else {
      Issue.record("the claim can be run")
      return
    }
    #expect(points.scenarios.count == 2 && points.scenarios[0].policies.map(\.label) == ["large", "other"])
    #expect(points.reported.map(\.title) == ["TTFT"] && points.expectations.isEmpty)
  }

  @Test("data sets that are not there are told, and taken from the folder that has them")
  func dataSets() throws {
    let traced =
      smallClaim
      .replacing("    rate: 4/s\n    requests: 40\n    prompt_tokens: 500\n    output_tokens: 20\n", with: "")
      .replacing(
        "  rate: 4/s\n  requests: 40\n  prompt_tokens: 500\n  output_tokens: 20\n", with: "  trace: {file: no.csv}\n"
      )
      .replacing("workload.rate: [2/s, 4/s, 8/s]", with: "deployments.chat.engine.block_size: [8, 16, 32]")
      .replacing(
        "  charts:", with: "  data:\n    - {key: workload.trace.file, file: set/t.csv, origin: somebody}\n  charts:")
    let folder = try Folder()
    for data in [nil, folder.path] {
      let read = readClaim(traced, data: data)
      let claim = try #require(read.claim, "\(read.errors)")
      guard case .lacks(let missing) = claim.content else {
        Issue.record("the trace is not there")
        return
      }
      #expect(missing.map(\.file) == ["set/t.csv"])
    }
    _ = try folder.file("t.csv", "arrival_s,prompt_tokens,output_tokens\n0,100,5\n1,100,5\n")
    let read = readClaim(traced.replacing("set/t.csv", with: "t.csv"), data: folder.path)
    let claim = try #require(read.claim, "\(read.errors)")
    guard case .ready(let gates, _, _) = claim.content else {
      Issue.record("the trace is there")
      return
    }
    #expect(gates.scenarios[0].inputs == [folder["t.csv"]])
  }
}
