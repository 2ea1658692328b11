/// A number about hardware, together with where it comes from.
///
/// The unit is that of the field that holds the figure: bytes, bytes per second, seconds, or a plain ratio.
public struct Figure: Hashable, Sendable {
  public var value: Double
  public var provenance: Provenance

  public init(_ value: Double, _ provenance: Provenance) {
    self.value = value
    self.provenance = provenance
  }
}

/// Why a figure may be believed.
public enum Provenance: Hashable, Sendable {
  /// Published or measured by someone; the text says where to look.
  case source(String)
  /// Chosen here for want of a measurement; the text says why this value.
  case assumption(String)

  public var text: String {
    switch self {
    case .source(let text), .assumption(let text): text
    }
  }

  public var isAssumption: Bool {
    switch self {
    case .source: false
    case .assumption: true
    }
  }
}

/// One thing wrong with a hardware description.
public struct HardwareProblem: Hashable, Sendable {
  /// The field, as it is spelt in a file, for example `host_link.latency`.
  public var field: String
  /// What was found and what was expected, without the field's name.
  public var message: String

  public init(field: String, message: String) {
    self.field = field
    self.message = message
  }
}

/// Collects the problems of one description.
struct ProblemList {
  var problems: [HardwareProblem] = []

  mutating func add(_ field: String, _ message: String) {
    problems.append(HardwareProblem(field: field, message: message))
  }

  mutating func requirePositive(_ field: String, _ figure: Figure) {
    if !(figure.value.isFinite && figure.value > 0) { add(field, "must be more than zero, found \(figure.value)") }
  }

  mutating func requirePositive(_ field: String, _ figure: Figure?) {
    if let figure { requirePositive(field, figure) }
  }

  mutating func requireNotNegative(_ field: String, _ figure: Figure) {
    if !(figure.value.isFinite && figure.value >= 0) { add(field, "must not be negative, found \(figure.value)") }
  }

  mutating func include(_ others: [HardwareProblem], under field: String) {
    for problem in others { add("\(field).\(problem.field)", problem.message) }
  }
}
