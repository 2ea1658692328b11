import Testing

/// What is validated is what runs: scenarios, kits and published points all go through one place.
struct OneDoorTests {
  @Test(
    "outside tests one place makes engines' plans, one those of services, and one divides a GPU's memory",
    arguments: [
      ("DeploymentPlan", ["AssembledEngine.swift", "Services/PlannedService.swift"]),
      ("MemoryBudget", ["AssembledEngine.swift"]),
    ])
  func onePlace(type: String, files: [String]) throws {
    let uses = try Regex("[^A-Za-z]\(type)\\(")
    let places = Tree.swiftFiles.filter { !$0.hasPrefix("Tests/") }.flatMap { path in
      (Tree.text(path) ?? "").matches(of: uses).map { _ in path }
    }
    #expect(places == files.map { "Sources/Assembly/" + $0 })
  }
}
