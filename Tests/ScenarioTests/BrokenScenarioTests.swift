import Scenario
import Testing

/// A scenario with one place changed for the worse, and everything that is said about it.
struct BrokenScenario: CustomTestStringConvertible, Sendable {
  var base: String
  var old: String
  var new: String
  var messages: [String]

  init(_ base: String, _ old: String, _ new: String, _ messages: String...) {
    self.base = base
    self.old = old
    self.new = new
    self.messages = messages
  }

  var testDescription: String { new.isEmpty ? "without \(old)" : new }
}

@Suite struct BrokenScenarioTests {
  @Test(arguments: brokenServersAndPolicies + brokenDeployments + brokenWorkloads + brokenExpectations)
  func everyMistakeIsReported(broken: BrokenScenario) {
    let (scenario, messages) = resolve(broken.base.replacing(broken.old, with: broken.new))
    #expect(scenario == nil)
    #expect(messages == broken.messages)
  }
}
