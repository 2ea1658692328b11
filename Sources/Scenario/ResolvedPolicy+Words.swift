import Assembly
import Configuration
import Scheduling

extension ResolvedPolicy {
  /// What it is, in words: its name, what the scenario writes of its parameters and settings, what it does without. For
  /// example `vllm-v1: order priority, without documents`.
  public var inWords: String {
    var parts = type.descriptor.parameters.compactMap { parameter in
      writtenParameters[parameter.name].map { "\(parameter.name) \($0.text)" }
    }
    if let engineSettings {
      parts += engineSettings.section.keys.compactMap { key in
        guard engineSettings.isWritten(key.name) else { return nil }
        return engineSettings[key.name].map { "\(key.name) \($0.yaml)" }
      }
    }
    if let pagingDestination { parts.append("paging to \(pagingDestination.rawValue)") }
    if let pagingTransfer { parts.append("\(pagingTransfer.rawValue) copies") }
    if !streamsLeftOut.isEmpty { parts.append("without " + streamsLeftOut.map(\.name).joined(separator: ", ")) }
    return name + (parts.isEmpty ? ", with its defaults" : ": " + parts.joined(separator: ", "))
  }
}
