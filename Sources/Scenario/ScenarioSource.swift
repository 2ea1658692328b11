import Configuration
import Metrics
import Scheduling
import TextIO

/// A scenario file from which scenarios with other settings are made, one after another.
public struct ScenarioSource: Sendable {
  private let document: Document
  private let overrides: ScenarioOverrides
  private let policies: PolicyCatalogue
  private let metrics: [String]

  /// Why a scenario with other settings cannot be made: every mistake.
  public struct Unresolvable: Error, Sendable {
    public var diagnostics: [Diagnostic]
  }

  /// - Parameters: as those of `ScenarioReader.study`.
  /// - Throws: `UnreadableFile`; `Unresolvable` when it is no YAML.
  public init(path: String, overrides: ScenarioOverrides, policies: PolicyCatalogue, metrics: [String]) throws {
    let diagnostics = Diagnostics()
    guard let document = try Document.read(path: path, into: diagnostics) else {
      throw Unresolvable(diagnostics: diagnostics.all)
    }
    self.document = document
    self.overrides = overrides
    self.policies = policies
    self.metrics = metrics
  }

  /// The scenario with all its variants.
  ///
  /// - Throws: `Unresolvable`.
  public func study() throws(Unresolvable) -> Study { try resolve(overrides) }

  /// The scenario with all its variants and other changes from outside than those that it was made with.
  ///
  /// - Throws: `Unresolvable`.
  public func study(_ overrides: ScenarioOverrides) throws(Unresolvable) -> Study { try resolve(overrides) }

  /// Every key of a scenario that was made from this file, defaults included, with what each may be.
  public func keys(of scenario: ResolvedScenario) -> CheckedMap? {
    let section = ScenarioSections(policies: policies, metrics: metrics).scenario
    let diagnostics = Diagnostics()
    guard let document = Document(text: scenario.canonicalText, name: scenario.path, into: diagnostics) else {
      return nil
    }
    return section.check(document, into: diagnostics)
  }

  /// The scenario in one of its variants, with other keys set too.
  ///
  /// - Parameters:
  ///   - variant: nil for a scenario without variants.
  ///   - settings: keys with their values, as for `--set`.
  /// - Throws: `Unresolvable`.
  public func scenario(
    _ variant: VariantLabel?, with settings: [(key: String, value: String)]
  ) throws(Unresolvable) -> ResolvedScenario {
    var own = overrides
    own.vary = []
    own.variants = []
    own.leavesVariants = true
    own.set += variant?.settings.compactMap { setting in setting.text.map { "\(setting.key)=\($0)" } } ?? []
    own.set += settings.map { "\($0.key)=\($0.value)" }
    var scenario = try resolve(own).scenarios[0]
    scenario.variant = variant
    return scenario
  }

  private func resolve(_ overrides: ScenarioOverrides) throws(Unresolvable) -> Study {
    let diagnostics = Diagnostics()
    let study = ScenarioReader.study(
      document, overrides: overrides, policies: policies, metrics: metrics, into: diagnostics)
    guard let study else { throw Unresolvable(diagnostics: diagnostics.all) }
    return study
  }
}
