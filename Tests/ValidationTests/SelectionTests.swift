import Testing

@testable import Validation

struct SelectionTests {
  @Test(arguments: [
    ("A_mixed", "A_mixed", true), ("A_mixed", "A_*", true), ("A_mixed", "*", true), ("A_mixed", "*mix*", true),
    ("A_mixed", "A*m*d", true), ("A_mixed", "A_mixe", false), ("A_mixed", "B*", false), ("A_mixed", "*x*i*", false),
    ("aa", "a*a", true), ("a", "a*a", false), ("", "*", true), ("a.b", "a.b", true), ("axb", "a.b", false),
  ])
  func patternsOfNames(name: String, pattern: String, fits: Bool) {
    #expect(StepLogSelection.matches(name, pattern) == fits)
  }

  @Test func experimentsOfOneNameAreToldApart() {
    let names = KitValidation.names(of: [
      ("a", "x/one.json.gz"), ("b", "x/one.json.gz"), ("a", "x/two.json"), ("c", "x/kit.json"), ("c", "y/kit.json"),
      ("d", "z/kit.json"), ("d", "z/kit.json"),
    ])
    #expect(
      names == [
        "one/a", "b", "two/a", "x/kit.json/c", "y/kit.json/c", "z/kit.json/d (6)", "z/kit.json/d (7)",
      ])
  }
}
