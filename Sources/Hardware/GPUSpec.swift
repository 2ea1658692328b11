/// How much a memory-bound kernel is stretched by copies: its time is multiplied by
/// 1 + the sum of coefficient x (copy traffic / memory bandwidth), each kind of traffic with its own coefficient.
public struct CopyInterference: Hashable, Sendable {
  /// Of bytes read from the GPU's memory, and of gather and scatter kernels.
  public var leaving: Figure
  /// Of bytes written to it by another GPU.
  public var arriving: Figure
  /// Of bytes written to it from its host.
  public var arrivingFromHost: Figure
  /// How much a collective is stretched by copies through the NVLink ports of its GPUs: its time is multiplied by
  /// 1 + this x the share of the fuller port that copies take.
  public var collective: Figure
  /// What a kernel that moves bytes over a link adds beside its traffic while it runs, for it takes multiprocessors
  /// from the other kernels of its GPU.
  public var kernel: Figure

  public init(
    leaving: Figure, arriving: Figure, arrivingFromHost: Figure, collective: Figure = Self.evenPorts,
    kernel: Figure = Self.evenMultiprocessors
  ) {
    self.leaving = leaving
    self.arriving = arriving
    self.arrivingFromHost = arrivingFromHost
    self.collective = collective
    self.kernel = kernel
  }

  /// Where nobody measured it.
  public static let evenPorts = Figure(
    1, .assumption("Collectives and copies that fill a port get half of it each, so collectives take twice as long."))
  /// Where nobody measured it.
  public static let evenMultiprocessors = Figure(
    1,
    .assumption(
      "A kernel that moves pages fills all multiprocessors, so it and what runs beside get half of them each."))
}

/// One kind of GPU: what it holds, how fast it reads and computes, and what its copy machinery costs.
public struct GPUSpec: Hashable, Sendable {
  public var name: String
  /// Device memory that a process can allocate, bytes.
  public var memory: Figure
  /// Peak device-memory bandwidth, bytes per second, reads and writes together.
  public var memoryBandwidth: Figure
  /// Peak dense bfloat16 rate, floating-point operations per second.
  public var peakBF16: Figure
  /// Peak dense 8-bit floating-point rate, operations per second; `nil` where the GPU has none.
  public var peakFP8: Figure?
  /// NVLink generation, `nil` for a GPU without NVLink.
  public var nvlinkGeneration: Int?
  /// NVLink bandwidth of the data sheet, bytes per second in one direction; what is usable is the server's
  /// `peerLink`.
  public var nvlinkBandwidth: Figure?
  public var pcieGeneration: Int
  /// How many copies can be under way at once without a kernel.
  public var copyEngines: Figure
  /// Payload rate of a kernel that gathers blocks into one buffer, or scatters one, bytes per second.
  /// Such a kernel reads and writes every byte, so its memory traffic is twice this.
  public var gatherRate: Figure
  /// Time from launching a kernel to its first instruction, seconds.
  public var kernelLaunch: Figure
  /// How much memory-bound kernels are stretched by copies.
  public var copyInterference: CopyInterference

  public init(
    name: String, memory: Figure, memoryBandwidth: Figure, peakBF16: Figure, peakFP8: Figure?,
    nvlinkGeneration: Int?, nvlinkBandwidth: Figure?, pcieGeneration: Int, copyEngines: Figure,
    gatherRate: Figure, kernelLaunch: Figure, copyInterference: CopyInterference
  ) {
    self.name = name
    self.memory = memory
    self.memoryBandwidth = memoryBandwidth
    self.peakBF16 = peakBF16
    self.peakFP8 = peakFP8
    self.nvlinkGeneration = nvlinkGeneration
    self.nvlinkBandwidth = nvlinkBandwidth
    self.pcieGeneration = pcieGeneration
    self.copyEngines = copyEngines
    self.gatherRate = gatherRate
    self.kernelLaunch = kernelLaunch
    self.copyInterference = copyInterference
  }

  /// Device memory in whole bytes.
  public var memoryBytes: Int64 { Int64(memory.value) }

  /// Everything wrong with this description; empty when it can be used.
  public func problems() -> [HardwareProblem] {
    var list = ProblemList()
    if name.isEmpty { list.add("name", "must not be empty") }
    list.requirePositive("memory", memory)
    if memory.value > 1e15 { list.add("memory", "must be below 1 PB, found \(memory.value) bytes") }
    list.requirePositive("memory_bandwidth", memoryBandwidth)
    list.requirePositive("peak_bf16", peakBF16)
    list.requirePositive("peak_fp8", peakFP8)
    list.requirePositive("nvlink_bandwidth", nvlinkBandwidth)
    if let nvlinkGeneration, nvlinkGeneration < 1 {
      list.add("nvlink_generation", "must be 1 or more, found \(nvlinkGeneration)")
    }
    if !(1...8).contains(pcieGeneration) {
      list.add("pcie_generation", "must be between 1 and 8, found \(pcieGeneration)")
    }
    list.requirePositive("copy_engines", copyEngines)
    list.requirePositive("gather_rate", gatherRate)
    list.requireNotNegative("kernel_launch", kernelLaunch)
    list.requireNotNegative("copy_interference_leaving", copyInterference.leaving)
    list.requireNotNegative("copy_interference_arriving", copyInterference.arriving)
    list.requireNotNegative("copy_interference_from_host", copyInterference.arrivingFromHost)
    list.requireNotNegative("copy_interference_collective", copyInterference.collective)
    list.requireNotNegative("copy_interference_kernel", copyInterference.kernel)
    return list.problems
  }
}
