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
    HardwareCatalogue.gpuName(published: hardware.gpu, memory: hardware.memory)
  }
}
