/// What traffic does to the work of a GPU.
public struct GPUTraffic: Hashable, Sendable, BitwiseCopyable {
  /// How much memory-bound work is stretched, in 1/1024ths: ``TransferNetwork/slowdown(ofGPU:)``.
  public var slowdown: Int32 = 1024
  /// How much of its NVLink ports copies fill, in 1/1024ths: ``TransferNetwork/portLoad(ofGPU:)``.
  public var portLoad: Int32 = 0

  public init() {}

  /// The worst of this and another GPU's.
  public func worst(_ other: GPUTraffic) -> GPUTraffic {
    var worst = self
    worst.slowdown = max(slowdown, other.slowdown)
    worst.portLoad = max(portLoad, other.portLoad)
    return worst
  }
}

/// Which GPUs had traffic since somebody asked last, and what was then reported of each.
struct SlowdownReport: Sendable {
  /// As last reported.
  private var reported: ContiguousArray<GPUTraffic>
  private var isNoted: ContiguousArray<Bool>
  private var noted: ContiguousArray<Int32> = []

  init(gpuCount: Int) {
    reported = ContiguousArray(repeating: GPUTraffic(), count: gpuCount)
    isNoted = ContiguousArray(repeating: false, count: gpuCount)
  }

  /// A GPU has traffic, or had some until now.
  mutating func noteTraffic(_ gpu: Int32) {
    if isNoted[Int(gpu)] { return }
    isNoted[Int(gpu)] = true
    noted.append(gpu)
  }

  /// Appends the GPUs whose traffic does something else than was last reported, in the order in which traffic came to
  /// them.
  mutating func takeChanged(into changed: inout ContiguousArray<Int>, traffic: (Int) -> GPUTraffic) {
    for gpu in noted {
      isNoted[Int(gpu)] = false
      let now = traffic(Int(gpu))
      if now == reported[Int(gpu)] { continue }
      reported[Int(gpu)] = now
      changed.append(Int(gpu))
    }
    noted.removeAll(keepingCapacity: true)
  }
}

extension TransferNetwork {
  /// What traffic does to a GPU's work now.
  public func traffic(onGPU gpu: Int) -> GPUTraffic {
    var traffic = GPUTraffic()
    traffic.slowdown = Int32(clamping: slowdown(ofGPU: gpu))
    traffic.portLoad = Int32(clamping: portLoad(ofGPU: gpu))
    return traffic
  }

  /// Appends the GPUs whose ``traffic(onGPU:)`` has changed since this was last asked; at first all are undisturbed.
  ///
  /// Costs what traffic there was in between, whatever the number of GPUs.
  public mutating func takeChangedGPUs(into changed: inout ContiguousArray<Int>) {
    var report = SlowdownReport(gpuCount: 0)
    swap(&report, &slowdowns)
    report.takeChanged(into: &changed) { traffic(onGPU: $0) }
    swap(&report, &slowdowns)
  }
}
