import Configuration
import Scheduling
import TextIO

/// What the command line changes in a scenario before it is checked.
public struct ScenarioOverrides: Sendable {
  /// The arguments of `--set`, each `KEY.PATH=VALUE`.
  public var set: [String]
  /// The arguments of `--policy`: what is compared in place of the file's `policies`. A name or label that the file
  /// has keeps the file's parameters.
  public var policies: [String]
  /// The arguments of `--vary`, each `KEY.PATH=VALUE,VALUE`.
  public var vary: [String] = []
  /// The arguments of `--variant`: which of the file's variants are kept; all when empty.
  public var variants: [String] = []
  /// The argument of `--seed`.
  public var seed: String?
  /// The argument of `--replications`.
  public var replications: String?
  /// Whether other policies or variants are compared than the file says.
  public var changesAlternatives: Bool { !policies.isEmpty || !variants.isEmpty || !vary.isEmpty }
  /// Whether the file's variants are left out: the scenario is resolved as it is without them.
  var leavesVariants = false
  /// Whether the file's `expect` block is left out: it may name any of the file's own policies and variants.
  public var ignoresExpectations = false

  public init(set: [String] = [], policies: [String] = [], seed: String? = nil, replications: String? = nil) {
    self.set = set
    self.policies = policies
    self.seed = seed
    self.replications = replications
  }
}

/// Reads scenario files.
public enum ScenarioReader {
  /// Reads, checks and resolves a scenario file with all its variants.
  ///
  /// - Parameters:
  ///   - policies: the policies that can be named.
  ///   - metrics: the results that an expectation can name, as in JSON.
  /// - Returns: `nil` when anything is wrong; `diagnostics` then hold every error. Warnings are kept in the scenarios.
  /// - Throws: `UnreadableFile` when the file itself cannot be read.
  public static func study(
    path: String, overrides: ScenarioOverrides = ScenarioOverrides(), policies: PolicyCatalogue,
    metrics: [String], into diagnostics: Diagnostics
  ) throws(UnreadableFile) -> Study? {
    guard let document = try Document.read(path: path, into: diagnostics) else { return nil }
    return study(document, overrides: overrides, policies: policies, metrics: metrics, into: diagnostics)
  }

  /// Checks and resolves a document with all its variants; files it names are looked for beside the document's name.
  public static func study(
    _ document: Document, overrides: ScenarioOverrides = ScenarioOverrides(), policies: PolicyCatalogue,
    metrics: [String], into diagnostics: Diagnostics
  ) -> Study? {
    let parts = Parts(of: document, overrides, policies, metrics, into: diagnostics)
    let variants = Variant.product(parts.variants, parts.varied)
    guard let scenarios = parts.resolver.resolve(variants, into: diagnostics), !diagnostics.hasErrors else {
      return nil
    }
    return Study(scenarios)
  }

  /// Reads a scenario file with what its expectations are about: its variants, and the points of its sweep where it
  /// expects anything of them.
  ///
  /// - Returns: `nil` when anything is wrong; `diagnostics` then hold every error.
  /// - Throws: `UnreadableFile` when the file itself cannot be read.
  public static func expectedStudies(
    path: String, overrides: ScenarioOverrides = ScenarioOverrides(), policies: PolicyCatalogue,
    metrics: [String], into diagnostics: Diagnostics
  ) throws(UnreadableFile) -> [Study]? {
    guard let document = try Document.read(path: path, into: diagnostics),
      let own = study(document, overrides: overrides, policies: policies, metrics: metrics, into: diagnostics)
    else { return nil }
    if !own.expectsOfSweep { return [own] }
    let points = sweep(document, overrides: overrides, policies: policies, metrics: metrics, into: diagnostics)
    return points.map { [own, $0] }
  }

  /// Reads, checks and resolves every point of a file's sweep, in every variant.
  ///
  /// - Returns: `nil` when anything is wrong; `diagnostics` then hold every error. Points whose designs come to the
  ///   same scenario are one.
  /// - Throws: `UnreadableFile` when the file itself cannot be read.
  public static func sweep(
    path: String, overrides: ScenarioOverrides = ScenarioOverrides(), policies: PolicyCatalogue,
    metrics: [String], into diagnostics: Diagnostics
  ) throws(UnreadableFile) -> Study? {
    guard let document = try Document.read(path: path, into: diagnostics) else { return nil }
    return sweep(document, overrides: overrides, policies: policies, metrics: metrics, into: diagnostics)
  }

  /// The same for a document; files it names are looked for beside the document's name.
  public static func sweep(
    _ document: Document, overrides: ScenarioOverrides = ScenarioOverrides(), policies: PolicyCatalogue,
    metrics: [String], into diagnostics: Diagnostics
  ) -> Study? {
    let parts = Parts(of: document, overrides, policies, metrics, into: diagnostics)
    if parts.points == nil, parts.varied.isEmpty, parts.variants.isEmpty, !diagnostics.hasErrors {
      diagnostics.error(
        at: document.root.position, "the file has no 'sweep'; give it one, or name values with '--vary KEY=a,b,c'")
    }
    let all = Variant.product(Variant.product(parts.points ?? [], parts.varied), parts.variants)
    let resolved = parts.resolver.resolve(all, into: diagnostics, sideBySide: false)
    guard let scenarios = resolved, !diagnostics.hasErrors else { return nil }
    var seen: Set<String> = []
    return Study(scenarios.filter { seen.insert($0.digest).inserted }, isSweep: true)
  }

  /// The first scenario of a file: the only one, where it has no variants.
  public static func read(
    path: String, overrides: ScenarioOverrides = ScenarioOverrides(), policies: PolicyCatalogue,
    metrics: [String], into diagnostics: Diagnostics
  ) throws(UnreadableFile) -> ResolvedScenario? {
    let study = try study(
      path: path, overrides: overrides, policies: policies, metrics: metrics, into: diagnostics)
    return study?.scenarios.first
  }

  /// The first scenario of a document: the only one, where it has no variants.
  public static func resolve(
    _ document: Document, overrides: ScenarioOverrides = ScenarioOverrides(), policies: PolicyCatalogue,
    metrics: [String], into diagnostics: Diagnostics
  ) -> ResolvedScenario? {
    study(document, overrides: overrides, policies: policies, metrics: metrics, into: diagnostics)?.scenarios.first
  }

  /// What a document comes to once the command line has changed it.
  private struct Parts {
    /// The points of its sweep; nil when it has none.
    let points: [Variant]?
    /// Those of its variants that were chosen.
    let variants: [Variant]
    /// Those that `--vary` makes.
    let varied: [Variant]
    /// Resolves what is left, a scenario, in each of them.
    let resolver: VariantResolver

    init(
      of document: Document, _ overrides: ScenarioOverrides, _ policies: PolicyCatalogue, _ metrics: [String],
      into diagnostics: Diagnostics
    ) {
      var document = document
      let section = ScenarioSections(policies: policies, metrics: metrics).scenario
      ScenarioReader.apply(overrides, to: &document, of: section, into: diagnostics)
      let reader = VariantReader(diagnostics: diagnostics)
      // What was published changes nothing of what is run.
      _ = ClaimReader(diagnostics: diagnostics).take(from: &document)
      points = DesignReader(diagnostics: diagnostics).take(from: &document)
      let written = reader.take(from: &document, chosen: overrides.variants)
      variants = overrides.leavesVariants ? [] : written
      varied = reader.varied(overrides.vary)
      resolver = VariantResolver(
        base: document, section: section, policies: policies, overrides: overrides.set,
        variantNames: variants.map(\.name), sweptKeys: Self.keys(of: points ?? []))
    }

    /// The keys that points change, each once.
    private static func keys(of points: [Variant]) -> [String] {
      var seen: Set<String> = []
      return points.flatMap { $0.changes.map(\.path) }.filter { seen.insert($0).inserted }
    }
  }

  private static func apply(
    _ overrides: ScenarioOverrides, to document: inout Document, of section: Section, into diagnostics: Diagnostics
  ) {
    for argument in overrides.set {
      Override(argument, into: diagnostics)?.apply(to: &document, of: section, into: diagnostics)
    }
    for (key, value) in [("seed", overrides.seed), ("replications", overrides.replications)] {
      guard let value else { continue }
      Override(path: key, value: value, option: "--\(key)").apply(to: &document, of: section, into: diagnostics)
    }
    if overrides.ignoresExpectations {
      document.root.set("expect", to: DocumentNode(.list([]), at: .argument("--policy")))
    }
    guard !overrides.policies.isEmpty else { return }
    var written: [DocumentNode] = []
    if case .list(let items)? = document.root["policies"]?.content { written = items }
    let chosen = overrides.policies.flatMap { name -> [DocumentNode] in
      let matches = written.filter { $0.itemName == name }
      if !matches.isEmpty { return matches }
      let named = written.filter { $0["name"]?.text == name }
      return named.isEmpty ? [DocumentNode(.text(name, isQuoted: false), at: .argument("--policy \(name)"))] : named
    }
    document.root.set("policies", to: DocumentNode(.list(chosen), at: .argument("--policy")))
  }
}
