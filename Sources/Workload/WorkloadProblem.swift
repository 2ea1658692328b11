/// One thing wrong with a description of a workload.
///
/// Checking returns all problems at once, so that a scenario reader can print them together with their places.
public struct WorkloadProblem: Hashable, Sendable, CustomStringConvertible {
  /// Which value, as a path of keys below the checked one, for example `arrivals.rate`.
  public var key: String
  /// What was found and what was expected.
  public var message: String

  public init(_ key: String, _ message: String) {
    self.key = key
    self.message = message
  }

  public var description: String { key.isEmpty ? message : "\(key): \(message)" }

  /// The same problem, seen from one level up.
  func below(_ parent: String) -> WorkloadProblem {
    let separator = key.isEmpty || key.hasPrefix("[") ? "" : "."
    return WorkloadProblem(parent + separator + key, message)
  }
}

extension [WorkloadProblem] {
  func below(_ parent: String) -> [WorkloadProblem] { map { $0.below(parent) } }

  /// Adds a problem unless `condition` holds.
  mutating func expect(_ condition: Bool, _ key: String, _ message: @autoclosure () -> String) {
    if !condition { append(WorkloadProblem(key, message())) }
  }
}

/// Numbers in messages: whole numbers without ".0".
func inWords(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
}
