import Metrics
import SimCore
import Statistics

/// The table that `run` prints: policies side by side, for every deployment and request class, and below it what
/// limited each policy.
public enum ComparisonTable {
  /// - Parameters:
  ///   - results: the runs.
  ///   - style: with or without colour.
  ///   - width: the columns of the terminal; a table that does not fit continues below itself.
  /// - Returns: the text, ending in a line feed.
  public static func text(_ results: ResultSet, style: TextStyle = .plain, width: Int = 100) -> String {
    styled(results, width: width).rendered(style)
  }

  /// The same, its style still open.
  public static func styled(_ results: ResultSet, width: Int = 100) -> StyledText {
    var lines: [StyledText] = []
    lines += title(results, width: width)
    let sample = results.sample
    // Deployments with a policy of their own are there to be lived beside; what happened to them is told in brief.
    let compares = sample.deployments.contains { $0.fixedPolicy == nil }
    func isBeside(_ deployment: Int) -> Bool { compares && sample.deployments[deployment].fixedPolicy != nil }
    // A trace may bring both classes; one that never came is not told of.
    let present = sample.groups.indices.filter { GroupRows.isPresent($0, in: results) }
    for group in present where !isBeside(Int(sample.groups[group].deployment)) {
      lines.append("")
      lines += heading(results, group: group, width: width)
      lines.append("")
      lines += GroupRows(results, group: group).table.lines(width: width)
    }
    for deployment in sample.deployments.indices where !isBeside(deployment) {
      // Engine figures are the same in every class; any of the deployment's groups can give them.
      guard let group = sample.groups.firstIndex(where: { $0.deployment == Int32(deployment) }) else { continue }
      lines.append("")
      lines.append(.heading(sample.deployments[deployment].name) + ": the engine, all classes together")
      lines.append("")
      lines += EngineRows(results, deployment: Int32(deployment), group: group).table.lines(width: width)
    }
    for group in present where isBeside(Int(sample.groups[group].deployment)) {
      lines.append("")
      lines += heading(results, group: group, width: width, prefix: "beside it: ")
      lines.append("")
      lines += GroupRows(results, group: group, brief: true).table.lines(width: width)
    }
    lines.append("")
    lines += limits(results, width: width)
    lines += footnotes(results, width: width)
    return .lines(lines)
  }

  private static func title(_ results: ResultSet, width: Int) -> [String] {
    let sample = results.sample
    var text = sample.provenance.scenarioName + ": "
    text += duration(sample.simulatedEnd.seconds) + " simulated, seed \(sample.seed)"
    if sample.warmUpEnd > .zero { text += ", first \(duration(sample.warmUpEnd.seconds)) not counted" }
    let counts = results.policies.map(\.runs.count)
    if results.isReplicated, let least = counts.min(), let most = counts.max() {
      let confidence = TableNumber.text(results.confidence * 100, decimals: 0)
      let number = least == most ? "\(most)" : "\(least) to \(most)"
      text += "; means of \(number) replications, ± is half the \(confidence) % confidence interval"
    }
    return TextTable.wrapped(text, width: width, indent: 2)
  }

  private static func heading(
    _ results: ResultSet, group index: Int, width: Int, prefix: String = ""
  ) -> [StyledText] {
    let group = results.sample.groups[index]
    let deployment = results.sample.deployments[Int(group.deployment)]
    var text = prefix + "\(deployment.name), \(group.requestClass.rawValue) requests"
    text += ": \(deployment.model) on \(deployment.placement)"
    if let policy = deployment.fixedPolicy { text += ", always \(policy)" }
    let wrapped = TextTable.wrapped(text, width: width, indent: 2)
    var lines: [StyledText] = [.heading(wrapped[0])]
    lines += Array(wrapped.dropFirst())
    if let objective = objectiveText(group) {
      lines += TextTable.wrapped("  SLO: " + objective, width: width, indent: 4)
    }
    return lines
  }

  /// The limits in words, for example `TTFT ≤ 1 s and TPOT ≤ 50 ms`; nil without limits.
  static func objectiveText(_ group: GroupCollector) -> String? {
    let objective = group.objective
    func limit(_ name: String, _ value: SimDuration?) -> String? {
      guard let value else { return nil }
      let scale = TableNumber.time(greatestMilliseconds: value.milliseconds)
      return name + " ≤ " + shortest(value.milliseconds / scale.divisor) + scale.suffix
    }
    let parts = [
      limit("TTFT", objective.timeToFirstToken), limit("TPOT", objective.timePerOutputToken),
      limit("end-to-end", objective.endToEnd), group.deadlines > 0 ? "each request's own deadline" : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " and ")
  }

  private static func shortest(_ value: Double) -> String {
    Int64(exactly: value).map(String.init) ?? value.description
  }

  static func duration(_ seconds: Double) -> String {
    switch seconds {
    case 7_200...: tenths(seconds / 3_600) + " h"
    case 120...: tenths(seconds / 60) + " min"
    default: tenths(seconds) + " s"
    }
  }

  private static func tenths(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    return TableNumber.text(tenths / 10, decimals: tenths.remainder(dividingBy: 10) == 0 ? 0 : 1)
  }

  private static func limits(_ results: ResultSet, width: Int) -> [StyledText] {
    var lines: [StyledText] = [.heading("What limited each policy")]
    let nameWidth = results.policies.map(\.policy.count).max() ?? 0
    let compares = results.sample.deployments.contains { $0.fixedPolicy == nil }
    func tells(_ deployment: Int) -> Bool {
      !compares || results.sample.deployments[deployment].fixedPolicy == nil
    }
    let several = results.sample.deployments.indices.filter(tells).count > 1
    let deploymentWidth = several ? (results.sample.deployments.map(\.name.count).max() ?? 0) + 2 : 0
    for policy in results.policies.indices {
      for deployment in results.sample.deployments.indices where tells(deployment) {
        let group = results.sample.groups.firstIndex { $0.deployment == Int32(deployment) }
        guard let group else { continue }
        var line = "  " + TextTable.padded(results.policies[policy].policy, nameWidth) + "  "
        if several { line += TextTable.padded(results.sample.deployments[deployment].name, deploymentWidth) }
        let indent = line.count
        let sentence = LimitSentence.text(results, policy: policy, group: group)
        let wrapped = TextTable.wrapped(sentence, width: max(30, width - indent), indent: 0)
        lines.append(StyledText(line + wrapped[0]))
        lines += wrapped.dropFirst().map { String(repeating: " ", count: indent) + $0 }
      }
    }
    return lines
  }

  private static func footnotes(_ results: ResultSet, width: Int) -> [String] {
    var notes: [String] = []
    if results.policies.count > 1 { notes.append("* best of its row.") }
    notes.append(
      "TTFT: time to first token. TPOT: time per output token after the first. Latencies are those of completed "
        + "requests; p90: nine in ten were at most this. Iterating: with one sequence or with hundreds, so no measure "
        + "of headroom; 'spillway explain' says where a deployment saturates.")
    var lines = [""]
    for note in notes { lines += TextTable.wrapped(note, width: width, indent: 0) }
    var warnings: [String] = []
    for policy in results.policies {
      for run in policy.runs {
        for warning in run.warnings where !warnings.contains(warning) { warnings.append(warning) }
      }
    }
    for warning in warnings { lines += TextTable.wrapped("Warning: " + warning, width: width, indent: 2) }
    return lines
  }
}
