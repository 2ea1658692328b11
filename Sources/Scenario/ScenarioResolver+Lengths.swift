import Configuration
import SimCore
import Workload

extension ScenarioResolver {
  /// What arrives: one component, or the parts of a mixture; `nil` where something is wrong.
  ///
  /// - Parameter namesClasses: whether the stream is a trace whose rows may say what class they are of.
  func resolveComponents(_ map: CheckedMap, namesClasses: Bool) -> [WorkloadComponent]? {
    // What arrives has lengths already.
    let isTrace = map.isWritten("trace") || map.map("arrivals").map(Self.namesLengths) == true
    func component(_ map: CheckedMap) -> WorkloadComponent? {
      self.component(map, isTrace: isTrace, namesClasses: namesClasses)
    }
    guard map.isWritten("components") else { return component(map).map { [$0] } }
    for key in ["class", "tenant", "priority", "deadline", "prompt_tokens", "output_tokens", "lengths"]
    where map.isWritten(key) {
      error(map.position(of: key), "'\(key)' belongs into each of the 'components'")
    }
    let values = map.list("components")
    let components = values.compactMap { $0.map.flatMap { component($0) } }
    return components.count == values.count && !components.isEmpty ? components : nil
  }

  private func component(_ map: CheckedMap, isTrace: Bool, namesClasses: Bool) -> WorkloadComponent? {
    if map.isWritten("class"), map["class"] == nil { return nil }
    let written = map.text("class").flatMap(RequestClass.init)
    if map.isWritten("priority"), map["priority"] == nil { return nil }
    if map.isWritten("deadline"), map["deadline"] == nil { return nil }
    guard let lengths = lengths(map, isTrace: isTrace) else { return nil }
    let weight = map.section.key("weight") == nil ? 1 : map.number("weight")
    guard let weight else { return nil }
    return WorkloadComponent(
      weight: weight, requestClass: written ?? (namesClasses ? nil : .online),
      tenant: map.integer("tenant").map(Int32.init), priority: Int32(map.integer("priority") ?? 0),
      deadline: map.duration("deadline"), lengths: lengths)
  }

  /// Lengths from the two keys, from pairs, or from the trace.
  private func lengths(_ map: CheckedMap, isTrace: Bool) -> LengthModel? {
    let hasTokens = map.isWritten("prompt_tokens") || map.isWritten("output_tokens")
    if map.isWritten("lengths") {
      if hasTokens {
        let key = map.isWritten("prompt_tokens") ? "prompt_tokens" : "output_tokens"
        error(map.position(of: key), "'\(key)' and 'lengths' exclude each other")
      }
      guard let pairs = map.map("lengths"), let file = pairs.text("file") else { return nil }
      return readPairs(file, at: pairs.position(of: "file")).map { .pairs($0) }
    }
    if !hasTokens, isTrace { return .recorded }
    var isComplete = true
    for key in ["prompt_tokens", "output_tokens"] where !map.isWritten(key) {
      error(map.position, "\(map.subject) lacks the key '\(key)' (a whole number, or a distribution), or 'lengths'")
      isComplete = false
    }
    let prompt = map["prompt_tokens"].flatMap { distribution($0) }
    let output = map["output_tokens"].flatMap { distribution($0) }
    guard isComplete, let prompt, let output else { return nil }
    return .independent(prompt: prompt, output: output)
  }

  func distribution(_ value: CheckedValue) -> LengthDistribution? {
    if let tokens = value.integer { return .fixed(tokens) }
    guard let map = value.map, let shape = shape(map) else { return nil }
    guard map.section.key("minimum") != nil else { return LengthDistribution(shape) }
    return LengthDistribution(
      shape, minimum: map.integer("minimum"), maximum: map.integer("maximum"),
      outside: map.text("outside").flatMap(LengthDistribution.OutsideRule.init) ?? .clip)
  }

  private func shape(_ map: CheckedMap) -> LengthDistribution.Shape? {
    switch map.section.name {
    case "fixed": return map.integer("tokens").map { .fixed($0) }
    case "uniform": return range(map).map { .uniform(low: $0, high: $1) }
    case "gamma":
      guard let mean = map.number("mean"), let cv = map.number("cv") else { return nil }
      return .gamma(mean: mean, cv: cv)
    case "zipf":
      guard let exponent = map.number("exponent") else { return nil }
      return range(map).map { .zipf(exponent: exponent, low: $0, high: $1) }
    case "lognormal": return logNormal(map)
    case "quantiles": return quantiles(map)
    case "sample": return map.text("file").flatMap { readSample($0, at: map.position(of: "file")) }.map { .sample($0) }
    default: preconditionFailure("no distribution '\(map.section.name)'")
    }
  }

  private func range(_ map: CheckedMap) -> (Int, Int)? {
    guard let low = map.integer("low"), let high = map.integer("high") else { return nil }
    return (low, high)
  }

  private func logNormal(_ map: CheckedMap) -> LengthDistribution.Shape? {
    let pairs = [("mean", "cv"), ("median", "p90"), ("mu", "sigma")]
    let written = pairs.flatMap { [$0.0, $0.1] }.filter { map.isWritten($0) }
    guard let pair = pairs.first(where: { written == [$0.0, $0.1] }) else {
      error(
        map.position, "'lognormal' wants 'mean' and 'cv', or 'median' and 'p90', or 'mu' and 'sigma', two keys in all")
      return nil
    }
    guard let first = map.number(pair.0), let second = map.number(pair.1) else { return nil }
    switch pair.0 {
    case "mean": return .logNormalByMean(mean: first, cv: second)
    case "mu": return .logNormal(mu: first, sigma: second)
    default: return .logNormalByMedian(median: first, p90: second)
    }
  }

  private func quantiles(_ map: CheckedMap) -> LengthDistribution.Shape? {
    let values = map.list("points")
    let points = values.compactMap { value -> QuantilePoint? in
      guard let map = value.map, let p = map.number("p"), let tokens = map.number("tokens") else { return nil }
      return QuantilePoint(p: p, tokens: tokens)
    }
    return points.count == values.count ? .quantiles(points) : nil
  }
}
