import CommandLineTool
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
    #expect(single.error.contains("at least two policies, found only 'vllm-v1'"))
    let wrong = await spillway("compare", path, "--no-store", "--policies", "vllm-v1,aqua", "--baseline", "aqa")
    #expect(wrong.status == .usage)
    #expect(wrong.errorLines == ["error: unknown baseline 'aqa'; did you mean 'aqua'?"])
  }
}
