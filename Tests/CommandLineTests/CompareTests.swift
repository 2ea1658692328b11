import CommandLineTool
import Foundation
import Testing

@Suite struct CompareTests {
  @Test func ratiosWithIntervals() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let arguments = ["compare", path, "--no-store", "--policies", "vllm-v1, aqua", "--replications", "3"]
    let table = await spillway(arguments)
    #expect(table.status == .done)
    #expect(table.output.contains("divided by vllm-v1") && table.output.contains("["))
    #expect(!table.error.contains("replication"))
    let json = try await spillway(arguments + ["--format", "json", "--baseline", "aqua"]).json()
    let comparisons = try #require(json["comparisons"] as? [[String: Any]])
    #expect(comparisons.compactMap { $0["policy"] as? String } == ["vllm-v1"])
    #expect(comparisons.compactMap { $0["baseline"] as? String } == ["aqua"])
  }

  /// Variants with the same requests are compared as if each had been run by itself.
  @Test func variantsAreComparedAsPoliciesAre() async throws {
    let folder = try Folder()
    let variants = "variants:\n  - name: one\n  - name: two\n    deployments.chat.tensor_parallel: 2\n"
    let path = try folder.file("f.yaml", quickScenario + variants)
    let store = folder["s.sqlite"]
    let arguments = ["compare", path, "--replications", "3", "--store", store, "--quiet"]
    let json = try await spillway(arguments + ["--format", "json"]).json()
    let comparison = try #require((json["comparisons"] as? [[String: Any]])?.first)
    #expect(comparison["variant"] as? String == "two" && comparison["baseline"] as? String == "one")
    #expect((comparison["settings"] as? [String: Any])?["deployments.chat.tensor_parallel"] as? Int == 2)
    #expect(((comparison["mean_tpot_ms"] as? [String: Any])?["ratio"] as? Double ?? 1) < 0.9, "TP 2 decodes faster")
    let plain = try folder.file("g.yaml", quickScenario)
    let alone = try await spillway(
      "run", plain, "--replications", "3", "--no-store", "--quiet", "--format", "json", "--set",
      "deployments.chat.tensor_parallel=2"
    ).json()
    func fingerprints(_ json: [String: Any]) -> [String] {
      (json["runs"] as? [[String: Any]] ?? []).compactMap { $0["fingerprint"] as? String }
    }
    #expect(fingerprints(json).suffix(3) == fingerprints(alone)[...])
    #expect(try storedRuns(store) == 6)
    // Every request's row says which variant it is of.
    #expect(await spillway(arguments + ["--requests", folder["r.csv"]]).status == .done)
    let rows = try String(contentsOfFile: folder["r.csv"], encoding: .utf8).split(separator: "\n")
    #expect(rows[0].hasPrefix("policy,variant,replication,id,"))
    #expect(Set(rows.dropFirst().map { $0.split(separator: ",")[1] }) == ["one", "two"])
    #expect(Set(rows.map { $0.split(separator: ",").prefix(4) }).count == rows.count)
    // The same by --vary, whatever --jobs.
    let varied = ["compare", plain, "--replications", "3", "--no-store", "--quiet", "--format", "json"]
    let vary = ["--vary", "deployments.chat.tensor_parallel=1,2", "--baseline", "tensor_parallel=1"]
    let one = await spillway(varied + vary + ["--jobs", "1"])
    #expect(fingerprints(try one.json()) == fingerprints(json))
    #expect(await spillway(varied + vary + ["--jobs", "3"]).timeless == one.timeless)
  }

  @Test func severalFilesAreComparedWithEachOther() async throws {
    let folder = try Folder()
    let first = try folder.file("a.yaml", quickScenario)
    let second = try folder.file("b.yaml", quickScenario.replacing("rate: 4/s", with: "rate: 8/s"))
    let csv = await spillway("compare", first, second, "--no-store", "--quiet", "--format", "csv")
    #expect(csv.status == .done && csv.output.contains("chat,llama-3.1-8b,vllm-v1,b,online,a,mean_ttft_ms,1,"))
    let same = await spillway("compare", first, first, "--no-store", "--quiet")
    #expect(same.status == .badInput && same.error.contains("another scenario is called 'a' too"))
    let third = try folder.file("c.yaml", quickScenario + "seed: 2\n")
    let other = await spillway("compare", first, third, "--no-store", "--quiet")
    #expect(other.status == .badInput && other.error.contains("'c' has seed 2, and 'a' 1"))
    #expect(await spillway("compare", first, third, "--no-store", "--quiet", "--seed", "5").status == .done)
  }

  @Test("every table can be had as Markdown and LaTeX", arguments: ["run", "compare"])
  func formats(command: String) async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let arguments = [command, path, "--no-store", "--quiet", "--vary", "workload.rate=4/s,8/s"]
    let markdown = await spillway(arguments + ["--format", "markdown"])
    #expect(markdown.status == .done && markdown.output.contains("| TTFT | mean |"))
    let latex = await spillway(arguments + ["--format", "latex"])
    #expect(latex.status == .done && latex.output.contains("\\begin{tabular}"))
  }

  @Test func expectationsCompareVariants() async throws {
    let folder = try Folder()
    let variants = "variants:\n  - name: one\n  - name: two\n    deployments.chat.tensor_parallel: 2\n"
    let expect = "expect:\n  - {metric: mean_tpot_ms, ratio: [two, one], below: %}\n"
    let right = try folder.file("a.yaml", quickScenario + variants + expect.replacing("%", with: "0.9"))
    #expect(await spillway("check", right).status == .done)
    let wrong = try folder.file("b.yaml", quickScenario + variants + expect.replacing("%", with: "0.1"))
    #expect(await spillway("check", wrong).status == .expectationFailed)
  }

  @Test func everyVariantIsExplained() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let vary = ["explain", path, "--vary", "deployments.chat.tensor_parallel=1,2"]
    let text = await spillway(vary)
    #expect(text.output.contains("Variant tensor_parallel=1\n") && text.output.contains("Variant tensor_parallel=2\n"))
    let yaml = await spillway(vary + ["--yaml"])
    #expect(yaml.status == .usage && yaml.error.contains("'--yaml' prints one scenario"))
  }

  @Test func oneReplicationIsWarnedAbout() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let outcome = await spillway("compare", path, "--no-store", "--policies", "vllm-v1,aqua")
    #expect(outcome.status == .done)
    #expect(outcome.error.contains("warning: one replication gives no intervals"))
  }

  @Test func aSinglePolicyAndAWrongBaselineAreUsage() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let single = await spillway("compare", path, "--no-store")
    #expect(single.status == .usage)
    #expect(single.error.contains("at least two policies, variants or files, found only 'vllm-v1'"))
    let wrong = await spillway("compare", path, "--no-store", "--policies", "vllm-v1,aqua", "--baseline", "aqa")
    #expect(wrong.status == .usage)
    #expect(wrong.errorLines == ["error: unknown baseline 'aqa'; did you mean 'aqua'?"])
  }
}
