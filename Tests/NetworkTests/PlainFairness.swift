@testable import Network

/// Max-min fairness from its definition, as plainly as possible: raise everyone by the same small step; whoever hits
/// a limit stays where it is.
///
/// - Parameter weights: what a byte of each flow takes of each resource of its path; 1 when left out.
func plainFairRates(
  paths: [[Int]], weights: [[Int: Double]] = [], limits: [Double], capacities: [Double], steps: Int
) -> [Double] {
  func weight(_ flow: Int, _ resource: Int) -> Double { weights.isEmpty ? 1 : weights[flow][resource]! }
  var rates = [Double](repeating: 0, count: paths.count)
  var rising = [Bool](repeating: true, count: paths.count)
  let step = capacities.max()! / Double(steps)
  while rising.contains(true) {
    for flow in paths.indices where rising[flow] {
      let fits = paths[flow].allSatisfy { resource in
        let used = paths.indices.filter { paths[$0].contains(resource) }
          .map { (rates[$0] + (rising[$0] ? step : 0)) * weight($0, resource) }
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
func unfairness(
  paths: [[Int]], weights: [[Int: Double]] = [], limits: [Double], capacities: [Double], rates: [Double]
) -> String? {
  let slack = 1e-9
  func used(_ resource: Int) -> Double {
    paths.indices.filter { paths[$0].contains(resource) }
      .map { rates[$0] * (weights.isEmpty ? 1 : weights[$0][resource]!) }.reduce(0, +)
  }
  for resource in capacities.indices {
    let used = used(resource)
    if used > capacities[resource] * (1 + slack) { return "resource \(resource) carries \(used)" }
  }
  for flow in paths.indices where rates[flow] < limits[flow] * (1 - slack) {
    let isBound = paths[flow].contains { resource in
      let sharers = paths.indices.filter { paths[$0].contains(resource) }
      return used(resource) >= capacities[resource] * (1 - slack)
        && sharers.allSatisfy { rates[$0] <= rates[flow] * (1 + slack) }
    }
    if !isBound { return "flow \(flow) at \(rates[flow]) could have more" }
  }
  return nil
}
