import Validation

/// What `drift` prints.
struct DriftReport {
  var load: ServerLoad
  var findings: [DriftFinding]
  var notes: [String]

  func text(width: Int) -> String {
    let rate = KitValidation.digits(load.requests / load.seconds)
    var text =
      "\(load.model ?? "The server"): \(Amount.count(Int(load.requests))) requests in "
      + "\(KitValidation.digits(load.seconds)) s, \(rate)/s, "
      + "\(KitValidation.digits(load.promptTokens / load.requests)) prompt and "
      + "\(KitValidation.digits(load.outputTokens / load.requests)) output tokens each\n"
    for (name, values) in [
      ("running", load.running), ("waiting", load.waiting), ("KV cache in use", load.cacheUsage),
    ] where !values.isEmpty {
      text += "  \(name): \(values.map(KitValidation.digits).joined(separator: " and ")) at the scrapes\n"
    }
    var rows = [["", "", "server", "model", "", "finding"]]
    var last = ""
    for finding in findings {
      rows.append([
        finding.metric == last ? "" : finding.metric + (finding.unit.isEmpty ? "" : " (\(finding.unit))"),
        finding.statistic, Self.measured(finding), KitValidation.digits(finding.predicted),
        "± " + KitValidation.digits(finding.halfWidth), Self.verdict(finding),
      ])
      last = finding.metric
    }
    text += Columns.text(rows, indent: 2, width: .max, numeric: [2, 3, 4])
    for note in notes { text += Columns.paragraph("note: \(note)", indent: 2, width: width) }
    let counts = [DriftFinding.Verdict.fits, .drifted, .unclear].map { verdict in
      findings.count { $0.verdict == verdict }
    }
    return text + "\(counts[0]) of \(findings.count) figures fit, \(counts[1]) drifted, \(counts[2]) cannot be told.\n"
  }

  private static func measured(_ finding: DriftFinding) -> String {
    let (low, high) = (finding.measured.lowerBound, finding.measured.upperBound)
    if low == high { return KitValidation.digits(low) }
    return high.isFinite
      ? "\(KitValidation.digits(low)) to \(KitValidation.digits(high))" : "above \(KitValidation.digits(low))"
  }

  private static func verdict(_ finding: DriftFinding) -> String {
    finding.verdict == .drifted
      ? (finding.drift == 0 ? "drifted" : "drifted by \(KitValidation.percent(finding.drift))")
      : finding.verdict.rawValue
  }

  var json: JSONText {
    .object([
      (
        "load",
        .object([
          ("requests", .number(load.requests)), ("seconds", .number(load.seconds)),
          ("prompt_tokens", .number(load.promptTokens)), ("output_tokens", .number(load.outputTokens)),
          ("running", .array(load.running.map { .number($0) })),
          ("waiting", .array(load.waiting.map { .number($0) })),
          ("kv_cache_usage", .array(load.cacheUsage.map { .number($0) })),
          ("prefix_cache_hit_rate", .optional(load.prefixHitRate)),
        ])
      ),
      (
        "findings",
        .array(
          findings.map { finding in
            .object([
              ("metric", .string(finding.metric)), ("statistic", .string(finding.statistic)),
              ("unit", .string(finding.unit)), ("server_lower", .number(finding.measured.lowerBound)),
              (
                "server_upper",
                finding.measured.upperBound.isFinite ? .number(finding.measured.upperBound) : .null
              ),
              ("model", .number(finding.predicted)), ("model_half_width", .number(finding.halfWidth)),
              ("verdict", .string(finding.verdict == .unclear ? "unclear" : finding.verdict.rawValue)),
              ("drift", .number(finding.drift)),
            ])
          })
      ),
      ("notes", .array(notes.map { .string($0) })), ("spillway_version", .string(SpillwayCommand.version)),
    ])
  }
}
