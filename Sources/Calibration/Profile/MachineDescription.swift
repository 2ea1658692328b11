import CUDA
import Catalogue

/// What a profile says of the machine that it was measured on, so that a reader can judge whether it is theirs.
public struct MachineDescription {
  /// Peak rates of the GPU and where they come from.
  public struct Rates: Hashable, Sendable {
    /// The GPU's name in the catalogue, or one made of what the driver calls it.
    public var name: String
    /// Dense operations per second; `fp8` is `nil` for a GPU without.
    public var bf16: Double
    public var fp8: Double?
    /// Bytes per second.
    public var memoryBandwidth: Double
    public var source: String

    public init(name: String, bf16: Double, fp8: Double?, memoryBandwidth: Double, source: String) {
      self.name = name
      self.bf16 = bf16
      self.fp8 = fp8
      self.memoryBandwidth = memoryBandwidth
      self.source = source
    }
  }

  public static let columns = ["key", "value"]

  /// Writes `@calibration`.
  ///
  /// - Parameters:
  ///   - facts: further keys and values, for example the date and the program's version.
  public static func describe(_ bench: Bench, rates: Rates, facts: [(String, String)], into findings: Findings) {
    func add(_ key: String, _ value: String?) {
      if let value { findings.add("calibration", header: columns, row: [key, value]) }
    }
    for (key, value) in facts { add(key, value) }
    let device = bench.devices[0]
    add("gpus", "\(bench.devices.count)")
    add("gpu", device.name)
    add("gpu_kind", rates.name)
    add("rates_source", rates.source)
    let names = Set(bench.devices.map(\.name))
    if names.count > 1 { add("gpu_names", bench.devices.map(\.name).joined(separator: " | ")) }
    add("compute_capability", "\(device.capability.major).\(device.capability.minor)")
    add("multiprocessors", "\(device.multiprocessors)")
    add("memory_bytes", "\(device.totalMemory)")
    add("l2_bytes", "\(device.l2Bytes)")
    add("copy_engines", "\(device.copyEngines)")
    add("bus", bench.devices.map(\.busID).joined(separator: " "))
    let nodes = MemoryNodes(busIDs: bench.devices.map(\.busID))
    add("memory_nodes", nodes.shown)
    add("memory_nodes_allowed", nodes.allowed)
    add("memory_node_of_host_buffers", nodes.allocating.map(String.init))
    if nodes.gpus.contains(where: { $0 != nil }) {
      add("memory_node_of_gpus", nodes.gpus.map { $0.map(String.init) ?? "unknown" }.joined(separator: " "))
    }
    add("driver", bench.management?.driverVersion)
    add("cuda", bench.driver.versionText)
    add("nvrtc", bench.compiler?.version)
    add("mode", bench.isQuick ? "quick" : "full")
    guard let state = bench.management?.state(busID: device.busID) else { return }
    func add(_ key: String, _ value: Int?) { add(key, value.map(String.init)) }
    add("maximum_clock_mhz", state.maximumClock)
    add("maximum_memory_clock_mhz", state.maximumMemoryClock)
    add("power_limit_watts", state.powerLimit)
    add("pcie_generation", state.pcieGeneration)
    add("pcie_lanes", state.pcieLanes)
  }

  /// Clocks and temperature at one moment, which move with the load.
  public static func describeClocks(_ bench: Bench, at moment: String, into findings: Findings) {
    guard let state = bench.management?.state(busID: bench.devices[0].busID) else { return }
    for (key, value) in [
      ("clock_mhz", state.clock), ("memory_clock_mhz", state.memoryClock), ("temperature_celsius", state.temperature),
    ] {
      if let value { findings.add("calibration", header: columns, row: ["\(key)_\(moment)", "\(value)"]) }
    }
  }

  /// The section with the peak rates that step times are scaled by.
  public static func section(_ rates: Rates) -> ProfileDocument.Section {
    .init(
      "device",
      header: [
        rates.name, ProfileNumber.text(rates.bf16), ProfileNumber.text(rates.fp8 ?? 0),
        ProfileNumber.text(rates.memoryBandwidth),
      ])
  }
}
