import CCUDA
import CUDA
import Hardware

extension MachineDescription.Rates {
  /// The GPU of a catalogue that a device is: of its kind (`h200` in `NVIDIA H200`), with about its memory.
  public static func catalogued(_ device: Device, among gpus: [GPUSpec]) -> MachineDescription.Rates? {
    let words = device.name.lowercased().split { !$0.isLetter && !$0.isNumber }
    for gpu in gpus {
      let kind = gpu.name.prefix { $0 != "-" }
      let memory = Double(device.totalMemory) / gpu.memory.value
      if words.contains(kind), (0.9...1.1).contains(memory) {
        return MachineDescription.Rates(
          name: gpu.name, bf16: gpu.peakBF16.value, fp8: gpu.peakFP8?.value,
          memoryBandwidth: gpu.memoryBandwidth.value, source: "the catalogue's \(gpu.name)")
      }
    }
    return nil
  }

  /// Rates worked out from what the driver says of clocks and widths, for a GPU that no catalogue has.
  ///
  /// Dense bf16 operations per multiprocessor and cycle are those of each architecture's data sheets; fp8 has twice as
  /// many from compute capability 8.9 on. Memory moves two transfers per cycle.
  public static func computed(_ device: Device) throws(CUDAError) -> MachineDescription.Rates {
    let hertz = Double(try device.attribute(SPW_DEVICE_CLOCK_KHZ)) * 1e3
    let memoryHertz = Double(try device.attribute(SPW_DEVICE_MEMORY_CLOCK_KHZ)) * 1e3
    let bits = Double(try device.attribute(SPW_DEVICE_MEMORY_BUS_BITS))
    let perCycle: Double =
      switch device.capability {
      case (10..., _): 8192
      case (9, _): 4096
      case (8, 0): 2048
      default: 1024
      }
    let bf16 = Double(device.multiprocessors) * hertz * perCycle
    let words = device.name.lowercased().split { !$0.isLetter && !$0.isNumber }.filter { $0 != "nvidia" }
    let hasFP8 = device.capability.major >= 9 || device.capability == (8, 9)
    return MachineDescription.Rates(
      name: words.joined(separator: "-"), bf16: bf16, fp8: hasFP8 ? 2 * bf16 : nil,
      memoryBandwidth: memoryHertz * 2 * bits / 8, source: "computed from the clocks that the driver states")
  }
}
