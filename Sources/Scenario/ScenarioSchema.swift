import Configuration
import Scheduling

/// The JSON Schema of scenario files.
public enum ScenarioSchema {
  /// The schema (draft 2020-12), with the parameters of the policies given.
  public static func text(policies: PolicyCatalogue, metrics: [String]) -> String {
    section(policies: policies, metrics: metrics).jsonSchema(title: "Spillway scenario")
  }

  /// The declaration that files are read by, for listings and checks.
  public static func section(policies: PolicyCatalogue, metrics: [String]) -> Section {
    ScenarioSections(policies: policies, metrics: metrics).scenario
  }
}
