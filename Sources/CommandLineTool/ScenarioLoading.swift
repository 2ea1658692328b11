import Configuration
import Scenario
import Statistics
import TextIO

/// Reads the scenarios that a command names.
enum ScenarioLoading {
  /// All of them, or a failure that tells every mistake in every one. `expect` blocks, which may name any of the
  /// file's own policies and variants, do not stand in the way of comparing others.
  ///
  /// - Parameter quiet: without warnings.
  static func load(
    _ paths: [String], overrides: ScenarioOverrides, context: CommandContext, quiet: Bool
  ) throws -> [Study] {
    var overrides = overrides
    overrides.ignoresExpectations = overrides.changesAlternatives
    return try all(paths, context: context, quiet: quiet) { path, diagnostics throws(UnreadableFile) in
      try ScenarioReader.study(
        path: path, overrides: overrides, policies: context.policies, metrics: metricNames, into: diagnostics
      ).map { [$0] }
    }
  }

  /// All of them with what their `expect` blocks are about, each file's sweep among it where claims are about that.
  ///
  /// - Parameters:
  ///   - quiet: without warnings.
  ///   - needsExpectations: otherwise `expect` blocks, which may name any of the file's own policies and variants, do
  ///     not stand in the way of comparing others.
  static func expected(
    _ paths: [String], overrides: ScenarioOverrides, context: CommandContext, quiet: Bool, needsExpectations: Bool
  ) throws -> [Study] {
    var overrides = overrides
    overrides.ignoresExpectations = overrides.changesAlternatives && !needsExpectations
    return try all(paths, context: context, quiet: quiet) { path, diagnostics throws(UnreadableFile) in
      try ScenarioReader.expectedStudies(
        path: path, overrides: overrides, policies: context.policies, metrics: metricNames, into: diagnostics)
    }
  }

  /// Every point of a file's sweep, or a failure that tells every mistake.
  static func sweep(
    _ path: String, overrides: ScenarioOverrides, context: CommandContext, quiet: Bool
  ) throws -> Study {
    var overrides = overrides
    overrides.ignoresExpectations = true
    return try all([path], context: context, quiet: quiet) { path, diagnostics throws(UnreadableFile) in
      try ScenarioReader.sweep(
        path: path, overrides: overrides, policies: context.policies, metrics: metricNames, into: diagnostics
      ).map { [$0] }
    }[0]
  }

  private static func all(
    _ paths: [String], context: CommandContext, quiet: Bool,
    read: (String, Diagnostics) throws(UnreadableFile) -> [Study]?
  ) throws -> [Study] {
    var studies: [Study] = []
    var failures: [Failure] = []
    for path in paths {
      do {
        let diagnostics = Diagnostics()
        if let read = try read(path, diagnostics) {
          studies += read
        } else {
          failures.append(Failure(diagnostics))
        }
      } catch {
        failures.append(Failure(error))
      }
    }
    if let first = failures.first {
      // An argument that is wrong for several files is told once.
      var lines: [String] = []
      for line in failures.flatMap(\.lines) where !lines.contains(line) { lines.append(line) }
      throw Failure(first.status, lines)
    }
    if !quiet { warn(studies.flatMap(\.scenarios), context.console) }
    return studies
  }

  /// Tells the warnings of scenarios, each once.
  static func warn(_ scenarios: [ResolvedScenario], _ console: Console) {
    var told: Set<String> = []
    for warning in scenarios.flatMap(\.warnings) where told.insert(warning.description).inserted {
      console.error(warning.description)
    }
  }

  /// The results that an expectation can name.
  static var metricNames: [String] { MetricKey.all.map(\.name) }
}
