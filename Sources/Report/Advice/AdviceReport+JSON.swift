import Metrics
import Statistics
import TextIO

extension AdviceReport {
  public func json(spillwayVersion: String) -> String {
    var json = JSONWriter()
    json.object { json in
      json.integer("schema_version", ResultsJSON.schemaVersion)
      json.string("name", scenario)
      json.string("spillway_version", spillwayVersion)
      json.string("deployment", deployment)
      json.boolean("keeps_target", isEnough)
      json.number("target", target)
      json.integer("replications", replications)
      json.integer("tried", tried)
      json.integer("runs", runs)
      json.number("wall_seconds", seconds)
      json.array("places") { json in
        for place in places { json.object { json in write(place, &json) } }
      }
      json.strings("equal_to_best", equals)
      if let documents {
        json.object("documents") { json in
          json.integer("prompt_tokens", documents.promptTokens)
          json.integer("output_tokens", documents.outputTokens)
        }
        json.array("beneath") { json in
          for row in harvest {
            json.object { json in
              json.string("scheduler", row.scheduler)
              if let atOnce = row.atOnce { json.integer("at_once", atOnce) }
              json.number("documents_per_hour", row.documentsPerHour?.mean)
              json.number("good_fraction", row.load.good?.mean)
              json.number("p99_ttft_ms", row.load.p99TTFT)
              json.number("p99_tpot_ms", row.load.p99TPOT)
            }
          }
        }
      }
      if let lead {
        json.object("lead") { json in
          json.number("ratio", lead.ratio)
          json.number("lower", lead.ratioInterval?.lower)
          json.number("upper", lead.ratioInterval?.upper)
        }
      }
      json.array("impossible") { json in
        for entry in impossible {
          json.object { json in
            json.string("settings", entry.name)
            json.string("reason", entry.reason)
          }
        }
      }
    }
    return json.text + "\n"
  }

  private func write(_ place: Place, _ json: inout JSONWriter) {
    json.object("settings") { json in
      for setting in place.settings {
        if let number = setting.number {
          json.number(setting.key, number, asInteger: number == number.rounded())
        } else {
          json.string(setting.key, setting.text ?? "")
        }
      }
    }
    json.integer("replicas", place.replicas)
    json.integer("gpus", place.load.gpus)
    json.number("load_factor", place.load.estimate)
    json.number("load_factor_surely_meets", place.load.surelyMeets)
    json.number("load_factor_surely_misses", place.load.surelyMisses)
    json.number("requests_per_second", place.load.requestsPerSecond)
    json.number("p99_ttft_ms", place.load.p99TTFT)
    json.number("p99_tpot_ms", place.load.p99TPOT)
    if let gpuHour { json.number("cost_per_million_tokens", place.load.costPerMillionTokens(gpuHour: gpuHour)) }
    json.trust(place.load.trust)
    if let command = place.command { json.string("command", command) }
  }
}
