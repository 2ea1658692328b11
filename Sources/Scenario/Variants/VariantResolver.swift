import Configuration
import Metrics
import Scheduling
import SimCore

/// Resolves a scenario in each of its variants.
struct VariantResolver {
  /// The scenario without its variants, command-line overrides applied.
  let base: Document
  let section: Section
  let policies: PolicyCatalogue
  /// What `--set` changed, as typed.
  let overrides: [String]
  /// The names of the file's own variants: what an expectation may name, also where points of a sweep are resolved.
  let variantNames: [String]
  /// The keys that the file's sweep goes over.
  let sweptKeys: [String]

  /// The scenario in each variant, or as it is where there are none; nil when anything is wrong.
  ///
  /// Every variant is resolved, so that all mistakes are reported at once. One that only some variants have, in a place
  /// outside of them, says in which.
  ///
  /// - Parameter sideBySide: whether results are to be set side by side, so that all need the same deployments.
  func resolve(
    _ variants: [Variant], into diagnostics: Diagnostics, sideBySide: Bool = true
  ) -> [ResolvedScenario]? {
    if variants.isEmpty {
      return resolve(nil, names: [], into: diagnostics).map { [$0.scenario] }
    }
    let names = variantNames + variants.map(\.name).filter { !variantNames.contains($0) }
    let attempts = variants.map { variant in
      let own = Diagnostics()
      return (variant: variant, result: resolve(variant, names: names, into: own), said: own.all)
    }
    var counts: [Diagnostic: Int] = [:]
    for diagnostic in attempts.flatMap(\.said) { counts[diagnostic, default: 0] += 1 }
    for attempt in attempts {
      for var diagnostic in attempt.said where diagnostic.severity == .error {
        if counts[diagnostic] != variants.count, !attempt.variant.places.contains(diagnostic.position) {
          diagnostic.message += " (in variant '\(attempt.variant.name)')"
        }
        diagnostics.add(diagnostic)
      }
    }
    guard !diagnostics.hasErrors else { return nil }
    let resolved = zip(variants, attempts.compactMap(\.result)).map { ($0, $1) }
    let scenarios = labelled(resolved)
    if sideBySide { report(scenarios, variants, into: diagnostics) }
    return diagnostics.hasErrors ? nil : scenarios
  }

  /// A scenario, and the map of keys that it was made from.
  private struct Resolved {
    var scenario: ResolvedScenario
    var map: CheckedMap
  }

  /// The scenarios with their labels: every key that any variant changes, with the value that each has.
  private func labelled(_ resolved: [(variant: Variant, result: Resolved)]) -> [ResolvedScenario] {
    var keys: [(path: String, way: DocumentPath)] = []
    for change in resolved.flatMap(\.variant.changes) where !keys.contains(where: { $0.path == change.path }) {
      if let way = try? DocumentPath(change.path) { keys.append((change.path, way)) }
    }
    var scenarios: [ResolvedScenario] = []
    for entry in resolved {
      var scenario = entry.result.scenario
      let settings = keys.map { key in
        guard let value = entry.result.map.value(at: key.way) else {
          return Setting(key: key.path, text: nil, number: nil)
        }
        return Setting(key: key.path, text: value.writtenText, number: value.baseNumber)
      }
      scenario.variant = VariantLabel(name: entry.variant.name, settings: settings)
      scenarios.append(scenario)
    }
    return scenarios
  }

  private func report(_ scenarios: [ResolvedScenario], _ variants: [Variant], into diagnostics: Diagnostics) {
    var names: [String: String] = [:]
    for (scenario, variant) in zip(scenarios, variants) {
      if let other = names[scenario.digest] {
        diagnostics.error(at: variant.position, "the variants '\(other)' and '\(variant.name)' are the same scenario")
      }
      names[scenario.digest] = variant.name
      if let reason = scenarios[0].difference(from: scenario) { diagnostics.error(at: variant.position, reason) }
    }
  }

  private func resolve(_ variant: Variant?, names: [String], into diagnostics: Diagnostics) -> Resolved? {
    var document = base
    for change in variant?.changes ?? [] { change.apply(to: &document, of: section, into: diagnostics) }
    guard let map = section.check(document, into: diagnostics) else { return nil }
    var resolver = ScenarioResolver(
      map: map, policyCatalogue: policies, path: document.name, sourceText: document.text, diagnostics: diagnostics,
      variantNames: names, sweptKeys: sweptKeys)
    guard var scenario = resolver.resolve() else { return nil }
    scenario.overrides = overrides
    return Resolved(scenario: scenario, map: resolver.map)
  }
}

extension CheckedValue {
  /// The value in base units; nil for what is no number.
  fileprivate var baseNumber: Double? {
    if let number { return number }
    if let bytes { return Double(bytes) }
    return duration?.seconds
  }
}
