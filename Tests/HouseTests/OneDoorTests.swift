import Testing

/// What is validated is what runs: scenarios, kits and published points all go through one place.
struct OneDoorTests {
  @Test(
    "outside tests one place makes a deployment's plan, and one divides a GPU's memory",
    arguments: ["DeploymentPlan", "MemoryBudget"])
  func onePlace(type: String) throws {
    let uses = try Regex("[^A-Za-z]\(type)\\(")
    let places = Tree.swiftFiles.filter { !$0.hasPrefix("Tests/") }.flatMap { path in
      (Tree.text(path) ?? "").matches(of: uses).map { _ in path }
    }
    #expect(places == ["Sources/Assembly/AssembledEngine.swift"])
  }
}
