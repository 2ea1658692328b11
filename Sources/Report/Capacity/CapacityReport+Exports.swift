import Metrics
import Statistics
import TextIO

extension CapacityReport {
  /// The names of a row's figures with their values, for programs.
  private func figures(of row: CapacityRow, isBest: Bool) -> [(name: String, value: Double?)] {
    var figures: [(String, Double?)]
    switch question {
    case .highestLoad:
      figures = [
        ("load_factor", row.estimate), ("load_factor_surely_meets", row.surelyMeets),
        ("load_factor_surely_misses", row.surelyMisses),
      ]
    case .fewestReplicas:
      figures = [
        ("replicas", row.estimate), ("replicas_surely_meet", row.surelyMeets),
        ("replicas_surely_miss", row.surelyMisses),
      ]
    }
    figures += [
      ("requests_per_second", row.requestsPerSecond), ("gpus", Double(row.gpus)),
      ("total_token_throughput", row.tokensPerSecond), ("good_fraction", row.good?.mean),
      ("good_fraction_lower", row.good?.interval?.lower), ("good_fraction_upper", row.good?.interval?.upper),
      ("p99_ttft_ms", row.p99TTFT), ("p99_tpot_ms", row.p99TPOT), ("probes", Double(row.probes)),
      ("best", isBest ? 1 : 0),
    ]
    if let gpuHour { figures.append(("cost_per_million_tokens", row.costPerMillionTokens(gpuHour: gpuHour))) }
    return figures
  }

  private static let wholeNumbers: Set = [
    "replicas", "replicas_surely_meet", "replicas_surely_miss", "gpus", "probes", "best",
  ]

  /// A row for each alternative, varied keys in base units.
  public var csv: String {
    let keys = Alternatives.keys(of: rows.map(\.alternative))
    let names = rows.first.map { figures(of: $0, isBest: false).map(\.name) } ?? []
    var text = ResultsCSV.row(["policy", "variant"] + keys.map(Alternatives.columnName) + names)
    for (index, row) in rows.enumerated() {
      var fields = [row.alternative.policy, row.alternative.variant?.name ?? ""]
      fields += keys.map { ResultsCSV.plain(row.alternative.setting($0)) }
      fields += figures(of: row, isBest: best.contains(index)).map {
        JSONWriter.digits($0.value, asInteger: Self.wholeNumbers.contains($0.name)) ?? ""
      }
      text += ResultsCSV.row(fields)
    }
    return text
  }

  public func json(spillwayVersion: String) -> String {
    var json = JSONWriter()
    json.object { json in
      json.integer("schema_version", ResultsJSON.schemaVersion)
      json.string("name", scenario)
      json.string("spillway_version", spillwayVersion)
      switch question {
      case .highestLoad: json.string("question", "highest load")
      case .fewestReplicas(let deployment):
        json.string("question", "fewest replicas")
        json.string("deployment", deployment)
      }
      json.number("target", target)
      json.integer("replications", replications)
      json.array("alternatives") { json in
        for (index, row) in rows.enumerated() {
          json.object { json in
            ResultsJSON.writeAlternative(row.alternative, &json)
            for figure in figures(of: row, isBest: best.contains(index)) {
              json.number(figure.name, figure.value, asInteger: Self.wholeNumbers.contains(figure.name))
            }
            json.trust(row.trust)
          }
        }
      }
    }
    return json.text + "\n"
  }
}
