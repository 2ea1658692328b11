import Charts
import Experiments
import Metrics
import Models
import Scenario
import SimCore
import Statistics

/// What a claim's runs look like: latencies of all replications, and the first one over time.
struct ClaimCharts {
  /// One alternative's runs.
  private struct Line {
    var label: String
    var portrait: ClaimEvidence.Portrait
    /// Its latencies in all replications.
    var group: GroupCollector
  }

  private let lines: [Line]
  private let study: Study
  private let claim: PublishedClaim
  private let deployment: Int
  private let replications: Int
  /// Those online, where there are any: the charts are of people who wait.
  private let requestClass: RequestClass

  init(_ evidence: ClaimEvidence, _ study: Study, _ claim: PublishedClaim) {
    self.study = study
    self.claim = claim
    let scenario = study.scenarios[0]
    let deployment =
      claim.charts.deployment.flatMap { name in scenario.deployments.firstIndex { $0.name == name } } ?? 0
    self.deployment = deployment
    let alternatives = study.alternatives
    let variant = claim.charts.variant ?? scenario.variant?.name
    let shown = alternatives.all.indices.filter { index in
      let alternative = alternatives.all[index]
      return alternative.variant?.name == variant && claim.charts.policies?.contains(alternative.policy) ?? true
    }
    let classes = evidence.runs.first?.groups.filter { $0.deployment == Int32(deployment) }.map(\.requestClass) ?? []
    let requestClass = classes.contains(.online) ? RequestClass.online : .offline
    self.requestClass = requestClass
    lines = shown.compactMap { index in
      let runs = evidence.runs.filter { $0.alternative == alternatives.all[index] }
      let groups = runs.flatMap(\.groups).filter {
        $0.deployment == Int32(deployment) && $0.requestClass == requestClass
      }
      guard var group = groups.first else { return nil }
      for other in groups.dropFirst() { group.merge(other) }
      return Line(label: alternatives.all[index].policy, portrait: evidence.portraits[index], group: group)
    }
    replications = evidence.gate.scenarios[0].replications
  }

  var page: ChartPage {
    let name = study.scenarios[0].deployments[deployment].name
    return ChartPage(
      title: "\(claim.id): \(study.scenarios[0].summary)",
      subtitle: "requests to \(name); distributions of \(replications) "
        + "replication\(replications == 1 ? "" : "s"), the course over time of the first, "
        + "seed \(study.scenarios[0].seed)",
      charts: [
        distribution("Time to first token", "TTFT", \.ttft), distribution("End to end", "Latency", \.e2el), arrivals,
      ] + offlineWork + memory)
  }

  /// Every half per cent of a latency's distribution.
  private func distribution(
    _ title: String, _ label: String, _ histogram: KeyPath<GroupCollector, LatencyHistogram>
  ) -> Chart {
    Chart(
      title: title, x: Axis(label: label, unit: "s", scale: .log), y: .share,
      series: lines.map { line in
        .line(
          line.label,
          (0...200).compactMap { half in
            let share = Double(half) / 2
            return line.group[keyPath: histogram].percentile(share).map { Series.Point($0 * 1e-12, share / 100) }
          })
      }, width: 560, height: 320)
  }

  /// When requests came, and how long each waited for its first token.
  private var arrivals: Chart {
    Chart(
      title: "First tokens through the burst", subtitle: "each mark a request",
      x: Axis(label: "Arrival", unit: "s"), y: Axis(label: "TTFT", unit: "s", scale: .log),
      series: lines.map { line in
        .points(
          line.label,
          line.portrait.requests.filter { $0.deployment == Int32(deployment) && $0.requestClass == requestClass }.sorted
          { $0.arrival < $1.arrival }
          .compactMap { request in
            request.timeToFirstToken.map {
              Series.Point(request.arrival.seconds, $0.seconds)
            }
          })
      }, width: 560, height: 320)
  }

  /// Beneath the latencies of those online, what is done meanwhile of offline work, and how long gaps between tokens
  /// are; nothing where no offline request was finished.
  private var offlineWork: [Chart] {
    let end = lines.map(\.portrait.result.simulatedEnd.seconds).max() ?? 0
    let width = max(1, end / 60)
    let series = lines.map { line -> Series in
      var tokens = [Double](repeating: 0, count: Int(end / width) + 1)
      for request in line.portrait.requests
      where request.deployment == Int32(deployment) && request.requestClass == .offline && request.status == .completed
      {
        let (from, to) = (request.scheduled.seconds, request.finished.seconds)
        let total = Double(request.promptTokens + request.outputTokens)
        for bin in Int(from / width)...Int(to / width) {
          let covered = min(to, Double(bin + 1) * width) - max(from, Double(bin) * width)
          tokens[min(bin, tokens.count - 1)] += to > from ? total * covered / (to - from) : total
        }
      }
      return .steps(line.label, tokens.indices.map { Series.Point(Double($0) * width, tokens[$0] / width) })
    }
    guard requestClass == .online, series.contains(where: { $0.points.contains { $0.y > 0 } }) else { return [] }
    let chart = Chart(
      title: "Offline work meanwhile", subtitle: "tokens of finished requests, spread over their time with the engine",
      x: Axis(label: "Time", unit: "s"), y: Axis(label: "Offline tokens", unit: "1/s", includesZero: true),
      series: series, width: 560, height: 320)
    return [chart, distribution("Gaps between tokens", "Gap", \.itl)]
  }

  /// Memory that deployments lend, and what those that page have elsewhere; no chart of what is zero throughout.
  private var memory: [Chart] {
    study.scenarios[0].deployments.enumerated().flatMap { index, deployment -> [Chart] in
      let bytes = Double(deployment.model.keyValueBytesPerToken(cacheType: deployment.engine.keyValueType))
      return [
        (TimeSeries.Level.lentTokens, "Memory lent by \(deployment.name)"),
        (.peerTokens, "KV of \(deployment.name) in peers' memory"),
        (.hostTokens, "KV of \(deployment.name) in host memory"),
      ].compactMap { level, title in
        let series = lines.compactMap { line -> Series? in
          guard let series = line.portrait.result.timeSeries else { return nil }
          let values = series[index, level]
          let points = values.indices.map { Series.Point(series.start(of: $0).seconds, values[$0] * bytes / 1e9) }
          return .steps(line.label, points)
        }
        guard series.contains(where: { $0.points.contains { $0.y > 0 } }) else { return nil }
        return Chart(
          title: title, subtitle: "all its GPUs together", x: Axis(label: "Time", unit: "s"),
          y: Axis(label: "Memory", unit: "GB", includesZero: true), series: series, width: 560, height: 320)
      }
    }
  }
}
