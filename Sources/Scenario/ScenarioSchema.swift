import Reading
import Scheduling

/// The JSON Schema of scenario files.
public enum ScenarioSchema {
  /// The schema (draft 2020-12), with the parameters of the policies given.
  public static func text(policies: [PolicyDescriptor]) -> String {
    section(policies: policies).jsonSchema(title: "Spillway scenario")
  }

  /// The declaration that files are read by, for listings and checks.
  public static func section(policies: [PolicyDescriptor]) -> Section { ScenarioSections(policies: policies).scenario }
}
