import Metrics
import SimCore
import Statistics
import TextIO

/// The JSON of `run` and `compare`.
///
/// `results` has one object per (deployment, alternative, request class, replication), and one whose replication is
/// `"summary"` for each alternative with several: there every figure is the mean over replications, and a second key
/// `…_half_width` beside it gives half the width of its 95 % interval.
public enum ResultsJSON {
  /// Raised when a key changes its meaning or goes away.
  public static let schemaVersion = 1

  /// - Parameters:
  ///   - results: the runs.
  ///   - baseline: what to compare with, as ``Alternatives/bases(named:)`` understands it; adds `comparisons`.
  /// - Returns: the text, ending in a line feed.
  public static func text(_ results: ResultSet, baseline: String? = nil) -> String {
    var json = JSONWriter()
    let provenance = results.sample.provenance
    json.object { json in
      json.integer("schema_version", schemaVersion)
      json.object("scenario") { json in
        json.string("name", provenance.scenarioName)
        json.string("path", provenance.scenarioPath)
        json.string("sha256", provenance.scenarioDigest)
      }
      json.string("spillway_version", provenance.spillwayVersion)
      json.object("profile") { json in
        json.string("name", provenance.profileName)
        json.string("sha256", provenance.profileDigest)
      }
      json.number("confidence", results.confidence)
      writeModelErrors(results, &json)
      writeVariants(results, &json)
      json.array("results") { writeResults(results, &$0) }
      if let baseline { json.array("comparisons") { writeComparisons(results, baseline: baseline, &$0) } }
      json.array("runs") { json in
        for column in results.columns { for run in column.runs { writeRun(run, &json) } }
      }
    }
    return json.text + "\n"
  }

  /// What intervals were widened by, where they were: for each alternative and deployment.
  private static func writeModelErrors(_ results: ResultSet, _ json: inout JSONWriter) {
    guard results.hasModelError else { return }
    json.array("model_errors") { json in
      for (column, runs) in results.columns.enumerated() {
        for deployment in results.sample.deployments.indices {
          guard let group = results.sample.groups.firstIndex(where: { $0.deployment == Int32(deployment) }),
            let error = results.modelError(of: column, group: group)
          else { continue }
          json.object { json in
            writeAlternative(runs.alternative, &json)
            json.string("deployment", results.sample.deployments[deployment].name)
            json.number("latency", error.latency)
            json.number("throughput", error.throughput)
            json.recording(error.seen)
          }
        }
      }
    }
  }

  /// The variants with their scenarios, where there are any.
  private static func writeVariants(_ results: ResultSet, _ json: inout JSONWriter) {
    guard results.columns.contains(where: { $0.alternative.variant != nil }) else { return }
    json.array("variants") { json in
      var seen: Set<String> = []
      for run in results.columns.compactMap(\.runs.first) {
        guard let variant = run.variant, seen.insert(variant.name).inserted else { continue }
        json.object { json in
          json.string("name", variant.name)
          json.string("path", run.provenance.scenarioPath)
          json.string("sha256", run.provenance.scenarioDigest)
          writeSettings(variant, &json)
        }
      }
    }
  }

  /// The varied keys: numbers in base units where they are numbers, else the text.
  private static func writeSettings(_ variant: VariantLabel, _ json: inout JSONWriter) {
    json.object("settings") { json in
      for setting in variant.settings {
        switch (setting.number, setting.text) {
        case (let number?, _): json.number(setting.key, number, asInteger: true)
        case (nil, let text?): json.string(setting.key, text)
        case (nil, nil): json.null(setting.key)
        }
      }
    }
  }

  static func writeAlternative(_ alternative: Alternative, _ json: inout JSONWriter) {
    json.string("policy", alternative.policy)
    guard let variant = alternative.variant else { return }
    json.string("variant", variant.name)
    writeSettings(variant, &json)
  }

  private static func writeIdentity(_ results: ResultSet, column: Int, group index: Int, _ json: inout JSONWriter) {
    let group = results.sample.groups[index]
    let deployment = results.sample.deployments[Int(group.deployment)]
    json.string("deployment", deployment.name)
    json.string("model", deployment.model)
    writeAlternative(results.columns[column].alternative, &json)
    json.string("class", group.requestClass.rawValue)
  }

  private static func writeResults(_ results: ResultSet, _ json: inout JSONWriter) {
    for group in results.sample.groups.indices {
      for (column, runs) in results.columns.enumerated() {
        for run in runs.runs {
          let view = GroupView(run, group: group)
          json.object { json in
            writeIdentity(results, column: column, group: group, &json)
            json.integer("replication", run.replication)
            json.string("fingerprint", run.fingerprint)
            for key in MetricKey.all { json.number(key.name, key.value(in: view), asInteger: key.isInteger) }
            writePaging(run, deployment: view.group.deployment, &json)
          }
        }
        if runs.runs.count > 1 || results.hasModelError {
          json.object { json in
            writeIdentity(results, column: column, group: group, &json)
            json.string("replication", "summary")
            json.integer("replications", runs.runs.count)
            for key in MetricKey.all {
              let summary = results.summary(key, of: column, group: group)
              json.number(key.name, summary?.mean)
              json.number(key.name + "_half_width", summary?.interval?.halfWidth)
              json.number(key.name + "_lower", summary?.interval?.lower)
              json.number(key.name + "_upper", summary?.interval?.upper)
            }
          }
        } else if let batches = results.batches[runs.alternative]?[group], !batches.isEmpty {
          json.object { json in
            writeIdentity(results, column: column, group: group, &json)
            json.string("replication", "batches")
            for kind in LatencyKind.allCases {
              guard let batch = batches[kind] else { continue }
              let key = MetricKey.latency(kind, .mean)
              let summary = results.summary(key, of: column, group: group)
              json.number(key.name, summary?.mean)
              json.number(key.name + "_lower", summary?.interval?.lower)
              json.number(key.name + "_upper", summary?.interval?.upper)
              json.integer(kind.rawValue + "_batches", batch.count)
              json.integer(kind.rawValue + "_batch_length", batch.length)
              json.number(kind.rawValue + "_batch_correlation", batch.correlation)
            }
          }
        }
      }
    }
  }

  private static func writePaging(_ run: RunResult, deployment: Int32, _ json: inout JSONWriter) {
    json.array("paging") { json in
      for paging in run.paging where paging.deployment == deployment {
        json.object { json in
          json.string("tier", paging.tier.rawValue)
          json.string("link", paging.link)
          json.integer("paged_out_bytes", paging.pagedOutBytes)
          json.integer("paged_in_bytes", paging.pagedInBytes)
        }
      }
    }
  }

  private static func writeComparisons(_ results: ResultSet, baseline: String, _ json: inout JSONWriter) {
    guard let pairs = try? RatioTable.pairs(results, baseline: baseline) else { return }
    for group in results.sample.groups.indices {
      for (column, base) in pairs {
        json.object { json in
          writeIdentity(results, column: column, group: group, &json)
          json.string("baseline", results.columns[base].label)
          for key in MetricKey.all where key.preference != .none {
            guard let comparison = results.comparison(key, of: column, baseline: base, group: group) else {
              continue
            }
            write(comparison, named: key.name, &json)
          }
        }
      }
    }
  }

  static func write(_ comparison: Comparison, named name: String, _ json: inout JSONWriter) {
    json.object(name) { json in
      json.integer("pairs", comparison.pairs)
      json.number("ratio", comparison.ratio)
      json.number("ratio_lower", comparison.ratioInterval?.lower)
      json.number("ratio_upper", comparison.ratioInterval?.upper)
      json.number("difference", comparison.difference)
      json.number("difference_half_width", comparison.differenceInterval?.halfWidth)
    }
  }

  private static func writeRun(_ run: RunResult, _ json: inout JSONWriter) {
    json.object { json in
      writeAlternative(run.alternative, &json)
      json.integer("seed", run.seed)
      json.integer("replication", run.replication)
      json.string("fingerprint", run.fingerprint)
      json.integer("injected", run.injected)
      json.integer("warm_up_requests", run.warmUpRequests)
      json.number("warm_up_seconds", run.warmUpEnd.seconds)
      json.number("simulated_seconds", run.simulatedEnd.seconds)
      json.number("wall_seconds", run.wallSeconds)
      json.array("warnings") { json in for warning in run.warnings { json.string(nil, warning) } }
      json.trust(run.trust)
      json.array("links") { json in
        for link in run.links {
          json.object { json in
            json.string("name", link.name)
            json.string("kind", link.kind.rawValue)
            json.integer("bytes", link.bytes)
            json.number("busy_seconds", link.busy.seconds)
          }
        }
      }
      json.array("engines") { json in for engine in run.engines { writeEngine(engine, of: run, &json) } }
      if let series = run.timeSeries { json.series(series, of: run) }
    }
  }

  private static func writeEngine(_ engine: EngineTotals, of run: RunResult, _ json: inout JSONWriter) {
    json.object { json in
      json.string("deployment", run.deployments[Int(engine.deployment)].name)
      json.integer("replica", engine.replica)
      for counter in EngineCounter.all where !counter.isOmittedAtZero || counter.value(in: engine) != 0 {
        switch counter.storage {
        case .duration(let path): json.number(counter.name + "_seconds", engine[keyPath: path].seconds)
        case .count, .small: json.integer(counter.name, counter.value(in: engine))
        case .integral: break
        }
      }
    }
  }
}
