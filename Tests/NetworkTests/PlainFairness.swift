@testable import Network

/// Max-min fairness from its definition, as plainly as possible: raise everyone by the same small step; whoever hits
/// a limit stays where it is.
func plainFairRates(
  paths: [[Int]], limits: [Double], capacities: [Double], steps: Int
) -> [Double] {
  var rates = [Double](repeating: 0, count: paths.count)
  var rising = [Bool](repeating: true, count: paths.count)
  let step = capacities.max()! / Double(steps)
  while rising.contains(true) {
    for flow in paths.indices where rising[flow] {
      let fits = paths[flow].allSatisfy { resource in
        let used = paths.indices.filter { paths[$0].contains(resource) }.map { rates[$0] + (rising[$0] ? step : 0) }
        return used.reduce(0, +) <= capacities[resource]
      }
      if rates[flow] + step > limits[flow] || !fits { rising[flow] = false }
    }
    for flow in paths.indices where rising[flow] { rates[flow] += step }
  }
  return rates
}

/// Why `rates` are not max-min fair, `nil` when they are: each flow must be at its own limit, or cross a full
/// resource on which none has more.
func unfairness(paths: [[Int]], limits: [Double], capacities: [Double], rates: [Double]) -> String? {
  let slack = 1e-9
  for resource in capacities.indices {
    let used = paths.indices.filter { paths[$0].contains(resource) }.map { rates[$0] }.reduce(0, +)
    if used > capacities[resource] * (1 + slack) { return "resource \(resource) carries \(used)" }
  }
  for flow in paths.indices where rates[flow] < limits[flow] * (1 - slack) {
    let isBound = paths[flow].contains { resource in
      let sharers = paths.indices.filter { paths[$0].contains(resource) }
      let used = sharers.map { rates[$0] }.reduce(0, +)
      return used >= capacities[resource] * (1 - slack)
        && sharers.allSatisfy { rates[$0] <= rates[flow] * (1 + slack) }
    }
    if !isBound { return "flow \(flow) at \(rates[flow]) could have more" }
  }
  return nil
}
