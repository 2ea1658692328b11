import Foundation
import Hardware
import HardwareCatalogue

/// Finds the catalogue's hardware for what a driver calls it.
enum KitHardware {
  /// The server that a GPU of the catalogue stands for: the first with that GPU and enough of them, made larger where
  /// none has enough; nil for a GPU that the catalogue lacks.
  static func server(for hardware: MeasuredHardware) -> ServerSpec? {
    guard let gpu = gpuName(for: hardware) else { return nil }
    let servers = HardwareCatalogue.serverNames.compactMap(HardwareCatalogue.server(named:))
      .filter { $0.gpu.name == gpu }
    let needed = hardware.tensorParallel * hardware.dataParallel
    return servers.filter { $0.gpuCount >= needed }.min { $0.gpuCount < $1.gpuCount } ?? servers.first
  }

  /// The catalogue's name of a GPU: `h200-sxm-141gb` for `NVIDIA H200`. Among several of one kind, that whose memory
  /// is closest to what the name or the record says.
  static func gpuName(for hardware: MeasuredHardware) -> String? {
    let names = HardwareCatalogue.gpuNames
    if names.contains(hardware.gpu) { return hardware.gpu }
    let words = hardware.gpu.lowercased().split { !$0.isLetter && !$0.isNumber }
    let ofKind = names.filter { name in kind(of: name).allSatisfy { word in words.contains { $0 == word } } }
    // A PCIe or NVL card is another machine than the SXM module of its name.
    let others: Set<Substring> = ["pcie", "nvl", "mig"]
    guard !ofKind.isEmpty, !words.contains(where: others.contains) else { return nil }
    let stated = words.compactMap { $0.hasSuffix("gb") ? Double($0.dropLast(2)) : nil }.first
    guard let memory = stated.map({ $0 * 1e9 }) ?? hardware.memory.map(Double.init) else { return ofKind.first }
    return ofKind.min {
      abs(Self.memory($0) - memory) < abs(Self.memory($1) - memory)
    }
  }

  /// The words of a catalogue's name that a driver says too: `h200` of `h200-sxm-141gb`.
  private static func kind(of name: String) -> [Substring] {
    name.split(separator: "-").filter { $0 != "sxm" && !$0.hasSuffix("gb") }
  }

  private static func memory(_ name: String) -> Double { HardwareCatalogue.gpu(named: name)?.memory.value ?? .infinity }
}
