import Configuration
import Scheduling

extension ParameterValue {
  /// As a scenario has it: `256`, `0.5`, `100 ms`, `true`.
  public var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): Quantity.plain(value)
    case .duration(let value): Quantity.text(duration: value)
    case .boolean(let value): value ? "true" : "false"
    case .choice(let name): name
    }
  }
}
