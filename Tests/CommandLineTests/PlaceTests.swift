import CommandLineTool
import Testing

/// `spillway place`, and `placement: balanced`.
struct PlaceTests {
  private static let scenario = """
    servers: [{like: hgx-h100-8, count: 2}]
    policies: [vllm-v1]
    placement: balanced
    deployments:
      - {name: lender, model: llama-3.1-8b, replicas: 8, lend: 30 GB}
      - {name: borrower, model: llama-3.1-8b, replicas: 8, paging: {destination: peer, wants: 30 GB}}
    workload: {deployment: borrower, rate: 1/s, requests: 5, prompt_tokens: 100, output_tokens: 5}

    """

  @Test func lendersAndBorrowersMeet() async throws {
    let folder = try Folder()
    let path = try folder.file("s.yaml", Self.scenario)
    let outcome = await spillway("place", path, "--format", "json")
    #expect(outcome.status == .done, "\(outcome.error)")
    let result = try outcome.json()
    let placed = try #require(result["placed"] as? [String: Any])
    #expect(placed["objective_bytes"] as? Int == 0 && result["is_optimal"] as? Bool == true)
    #expect(placed["borrowing_gpus_with_lender"] as? Int == 8)
    let first = try #require(result["first_fit"] as? [String: Any])
    #expect(first["borrowing_gpus_with_lender"] as? Int == 0, "first fit fills one server with lenders")
    let servers = try #require(result["servers"] as? [[String: Int]])
    #expect(servers.allSatisfy { $0["lender"] == 4 && $0["borrower"] == 4 })
    let table = await spillway("place", path).output
    #expect(table.contains("No placement has a smaller objective") && table.contains("4 lender"))
  }

  @Test func aScenarioIsPlacedSoBeforeItRuns() async throws {
    let folder = try Folder()
    let path = try folder.file("s.yaml", Self.scenario)
    let outcome = await spillway("explain", path, "--format", "json")
    #expect(outcome.status == .done, "\(outcome.error)")
    // Resolved again from what is written out, it is the same.
    let text = await spillway("explain", path, "--yaml").output
    let again = await spillway("explain", try folder.file("again.yaml", text), "--yaml")
    #expect(again.output == text, "\(again.error)")
    // With first fit the borrowers' server has no lender, which is an error of its own.
    let first = await spillway("explain", path, "--set", "placement=first-free")
    #expect(first.status != .done && first.error.contains("no other deployment that NVLink reaches has a 'lend'"))
  }

  @Test(arguments: [
    ("placement: balanced", "placement: best", "unknown placement 'best'"),
    ("name: lender, ", "name: lender, gpus: [0, 1, 2, 3, 4, 5, 6, 7], ", "chooses for all"),
    ("replicas: 8, lend", "replicas: 9, lend", "do not fit 2 servers of 8 GPUs"),
    (
      "[{like: hgx-h100-8, count: 2}]", "[{like: hgx-h100-8}, {like: hgx-h200-8}]",
      "'placement: balanced' is for servers that are alike"
    ),
  ])
  func mistakesAreTold(_ old: String, _ new: String, _ message: String) async throws {
    let folder = try Folder()
    let path = try folder.file("s.yaml", Self.scenario.replacing(old, with: new))
    let outcome = await spillway("place", path)
    #expect(outcome.status == .badInput && outcome.error.contains(message), "\(outcome.error)")
  }
}
