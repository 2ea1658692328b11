import Charts
import StepTime

extension EngineFit {
  /// What cross-validation got wrong: errors against duration, tokens and time, their distribution, and the host's
  /// speed where the log tells it.
  public var charts: ChartPage {
    let errors = crossValidated.relative.map { $0 * 100 }
    let kinds: [(name: String, holds: (LoggedStep) -> Bool)] = [
      ("decode", { $0.chunks.isEmpty }), ("prefill", { $0.decodes == 0 }),
      ("both", { !$0.chunks.isEmpty && $0.decodes > 0 }),
    ]
    func series(_ x: (Int) -> Double, _ y: (Int) -> Double) -> [Series] {
      kinds.enumerated().compactMap { colour, kind in
        let own = steps.indices.filter { kind.holds(steps[$0]) }
        return own.isEmpty ? nil : .points(kind.name, own.map { Series.Point(x($0), y($0)) }, colour: colour)
      }
    }
    let error = Axis(label: "Error", unit: "%")
    var charts = [
      Chart.agreement(
        title: "Predicted against measured", of: "duration", unit: "ms", scale: .log,
        series: series({ steps[$0].duration * 1e3 }, { predictions[$0] * 1e3 })),
      Chart.residuals(
        title: "Error against tokens in the step", x: Axis(label: "Tokens", scale: .log), y: error,
        series: series({ Double(steps[$0].tokens) }, { errors[$0] })),
      Chart.residuals(
        title: "Error against decoding context", x: Axis(label: "Context tokens", unit: "thousands"), y: error,
        series: series({ Double(steps[$0].decodeContext) / 1e3 }, { errors[$0] })),
      Chart.residuals(
        title: "Error in the order of the log", x: Axis(label: "Step"), y: error,
        series: series({ Double($0) }, { errors[$0] })),
    ]
    var distributions: [Series] = [.distribution("host at its usual speed", of: errors)]
    if let given = givenHostSpeed {
      distributions.append(
        .distribution("host's speed known", of: given.relative.map { $0 * 100 }, dash: .dashed))
    }
    charts.append(Chart(title: "Distribution of errors", x: error, y: .share, series: distributions))
    return ChartPage(
      title: "Step times: cross-validated errors", subtitle: "\(costs.name), \(steps.count) steps", charts: charts)
  }
}
