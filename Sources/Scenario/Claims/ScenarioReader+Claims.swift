import Configuration
import Metrics
import Scheduling
import TextIO

extension ScenarioReader {
  /// Reads a scenario that tests a published claim, with the studies of what decides it.
  ///
  /// - Parameters:
  ///   - data: the folder that its data sets are below; nil takes them from where the scenario says.
  /// - Returns: `nil` when anything is wrong; `diagnostics` then hold every error. Data sets that are not there are no
  ///   mistake: the content says which.
  /// - Throws: `UnreadableFile` when the file itself cannot be read.
  public static func claim(
    path: String, data: String? = nil, overrides: ScenarioOverrides = ScenarioOverrides(), policies: PolicyCatalogue,
    metrics: [String], into diagnostics: Diagnostics
  ) throws(UnreadableFile) -> ClaimScenario? {
    guard let document = try Document.read(path: path, into: diagnostics) else { return nil }
    return claim(
      document, data: data, overrides: overrides, policies: policies, metrics: metrics, into: diagnostics)
  }

  /// The same for a document; files it names are looked for beside the document's name.
  public static func claim(
    _ document: Document, data: String? = nil, overrides: ScenarioOverrides = ScenarioOverrides(),
    policies: PolicyCatalogue, metrics: [String], into diagnostics: Diagnostics
  ) -> ClaimScenario? {
    var scenario = document
    guard let written = ClaimReader(diagnostics: diagnostics).take(from: &scenario) else {
      if !diagnostics.hasErrors {
        diagnostics.error(
          at: document.root.position, "the file has no 'claim': what was published that it tests")
      }
      return nil
    }
    var result = ClaimScenario(
      path: document.name, name: scenario.root["name"]?.text ?? "", question: scenario.root["description"]?.text ?? "",
      claim: written.claim, content: .lacks([]))
    if let data {
      let missing = written.claim.data.filter { !isThere(data + "/" + $0.file) }
      if !missing.isEmpty {
        result.content = .lacks(missing)
        return result
      }
      for entry in written.claim.data {
        Override(path: entry.key, value: data + "/" + entry.file, option: "--data").apply(
          to: &scenario, of: ScenarioSections(policies: policies, metrics: metrics).scenario, into: diagnostics)
      }
    }
    let trial = Diagnostics()
    guard
      let study = study(scenario, overrides: overrides, policies: policies, metrics: metrics, into: trial)
    else {
      // A data set that nobody has fetched is told on the page.
      if data == nil, !written.claim.data.isEmpty, trial.errors.allSatisfy(\.isUnreadableFile) {
        result.content = .lacks(written.claim.data)
        return result
      }
      for diagnostic in trial.all { diagnostics.add(diagnostic) }
      return nil
    }
    result.name = study.scenarios[0].name
    check(written, study, into: diagnostics)
    let studies = written.studies.compactMap {
      self.study($0, of: scenario, study, overrides: overrides, policies: policies, metrics: metrics, into: diagnostics)
    }
    let points =
      study.expectsOfSweep
      ? sweep(scenario, overrides: overrides, policies: policies, metrics: metrics, into: diagnostics) : nil
    guard !diagnostics.hasErrors else { return nil }
    result.content = .ready(study, sweep: points, studies: studies)
    return result
  }

  private static func isThere(_ path: String) -> Bool { (try? ReadableFile.kind(of: path)) == .file }

  /// Names in the claim that the scenario does not have.
  private static func check(_ written: ClaimReader.Written, _ study: Study, into diagnostics: Diagnostics) {
    let charts = written.claim.charts
    let known: [(key: String, names: [String], among: [String])] = [
      ("deployment", charts.deployment.map { [$0] } ?? [], study.scenarios[0].deployments.map(\.name)),
      ("policies", charts.policies ?? [], study.scenarios[0].labels),
      ("variant", charts.variant.map { [$0] } ?? [], study.scenarios.compactMap { $0.variant?.name }),
      ("ladder", charts.ladder, study.scenarios[0].expectations.filter(\.isOfEveryPolicy).map(\.title)),
    ]
    for (key, names, among) in known {
      for name in names where !among.contains(name) {
        let clause = NearestName.clause(for: name, among: among, plural: "such names in this scenario")
        diagnostics.error(
          at: written.position, "'charts.\(key)' of the claim names '\(name)', which is not there\(clause)")
      }
    }
    if written.claim.notExpressible == nil, study.scenarios[0].expectations.isEmpty {
      diagnostics.error(
        at: written.position, "the file has no bounds in 'expect', so there is nothing to judge the claim by")
    }
  }

  /// A study's points: the scenario, or another one, under some of its policies, with the bounds that are judged there.
  private static func study(
    _ written: ClaimReader.WrittenStudy, of scenario: Document, _ base: Study, overrides: ScenarioOverrides,
    policies: PolicyCatalogue, metrics: [String], into diagnostics: Diagnostics
  ) -> ClaimStudy? {
    guard var document = document(of: written, scenario, into: diagnostics) else { return nil }
    let labels = policyLabels(of: document)
    for value in written.policies ?? [] where !labels.contains(value.text ?? "") {
      let clause = NearestName.clause(for: value.text ?? "", among: labels, plural: "policies in this scenario")
      diagnostics.error(at: value.position, "'\(value.text ?? "")' is not one of the scenario's policies\(clause)")
      return nil
    }
    var overrides = overrides
    if let chosen = written.policies?.compactMap(\.text) {
      overrides.policies = chosen
    } else if case .design = written.points, !labels.isEmpty {
      overrides.policies = namedPolicies(base.scenarios[0].expectations, labels)
    }
    if let expectations = written.expectations {
      document.root.set("expect", to: expectations)
    } else {
      keepExpectations(of: &document, policies: overrides.policies, labels: labels)
    }
    document.root.remove("variants")
    if let replications = written.replications { overrides.replications = "\(replications)" }
    guard
      let scenarios = sweep(
        document, overrides: overrides, policies: policies, metrics: metrics, into: diagnostics)?.scenarios
    else { return nil }
    // Its bounds are those of a scenario, judged at each point.
    let points = Study(scenarios)
    guard !points.expectations.isEmpty || !points.reported.isEmpty else {
      diagnostics.error(
        at: written.position,
        "no bound of 'expect' is about the policies of '\(written.title)' alone, so the study has nothing to show")
      return nil
    }
    return ClaimStudy(title: written.title, text: written.text, points: points)
  }

  /// The scenario that a study is of, with its sweep.
  private static func document(
    of written: ClaimReader.WrittenStudy, _ scenario: Document, into diagnostics: Diagnostics
  ) -> Document? {
    switch written.points {
    case .design(let design):
      var document = scenario
      document.root.set("sweep", to: design)
      return document
    case .file(let file):
      let slash = scenario.name.lastIndex(of: "/")
      let folder = slash.map { String(scenario.name[...$0]) } ?? ""
      do {
        return try Document.read(path: file.hasPrefix("/") ? file : folder + file, into: diagnostics)
      } catch {
        diagnostics.unreadable(at: written.position, "'\(file)' cannot be read: \(error.reason)")
        return nil
      }
    }
  }

  /// The labels of the policies that a document compares, as written.
  private static func policyLabels(of document: Document) -> [String] {
    guard case .list(let items)? = document.root["policies"]?.content else { return [] }
    return items.compactMap(\.itemName)
  }

  /// The policies that bounds name, in the scenario's order; all when a bound is about every policy.
  private static func namedPolicies(_ expectations: [Expectation], _ labels: [String]) -> [String] {
    let names = expectations.flatMap(\.names)
    let named = labels.filter(names.contains)
    return named.isEmpty || expectations.contains { $0.names.isEmpty } ? labels : named
  }

  /// Leaves bounds out that name a policy which does not run, or are about a variant or the file's own sweep: a study
  /// has points of its own.
  private static func keepExpectations(of document: inout Document, policies chosen: [String], labels: [String]) {
    guard let node = document.root["expect"], case .list(let items) = node.content else { return }
    var absent = chosen.isEmpty ? [] : labels.filter { !chosen.contains($0) }
    if case .list(let variants)? = document.root["variants"]?.content {
      absent += variants.compactMap { $0["name"]?.text }
    }
    let kept = items.filter { item in
      var names = [item["policy"]?.text].compactMap { $0 }
      if case .list(let pair)? = item["ratio"]?.content { names += pair.compactMap(\.text) }
      let isElsewhere = ["variant", "rises", "falls", "every_point"].contains { item[$0] != nil }
      return !isElsewhere && !names.contains(where: absent.contains)
    }
    document.root.set("expect", to: DocumentNode(.list(kept), at: node.position))
  }
}

extension Expectation {
  /// Whether it is a figure that is told of every policy.
  fileprivate var isOfEveryPolicy: Bool { isReported && subject == .value(policy: nil) }

  /// The policies or variants that it names.
  fileprivate var names: [String] {
    switch subject {
    case .value(let policy): policy.map { [$0] } ?? []
    case .ratio(let first, let second): [first, second]
    }
  }
}
