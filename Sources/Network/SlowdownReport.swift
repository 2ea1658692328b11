/// Which GPUs had traffic since somebody asked last, and the slowdown that was then reported of each.
struct SlowdownReport: Sendable {
  /// In 1/1024ths, as last reported.
  private var reported: ContiguousArray<Int32>
  private var isNoted: ContiguousArray<Bool>
  private var noted: ContiguousArray<Int32> = []

  init(gpuCount: Int) {
    reported = ContiguousArray(repeating: 1024, count: gpuCount)
    isNoted = ContiguousArray(repeating: false, count: gpuCount)
  }

  /// A GPU has traffic, or had some until now.
  mutating func noteTraffic(_ gpu: Int32) {
    if isNoted[Int(gpu)] { return }
    isNoted[Int(gpu)] = true
    noted.append(gpu)
  }

  /// Appends the GPUs whose slowdown is another than was last reported, in the order in which traffic came to them.
  mutating func takeChanged(into changed: inout ContiguousArray<Int>, slowdown: (Int) -> Int) {
    for gpu in noted {
      isNoted[Int(gpu)] = false
      let now = Int32(clamping: slowdown(Int(gpu)))
      if now == reported[Int(gpu)] { continue }
      reported[Int(gpu)] = now
      changed.append(Int(gpu))
    }
    noted.removeAll(keepingCapacity: true)
  }
}

extension TransferNetwork {
  /// Appends the GPUs whose ``slowdown(ofGPU:)`` has changed since this was last asked; at first all are undisturbed.
  ///
  /// Costs what traffic there was in between, whatever the number of GPUs.
  public mutating func takeChangedGPUs(into changed: inout ContiguousArray<Int>) {
    var report = SlowdownReport(gpuCount: 0)
    swap(&report, &slowdowns)
    report.takeChanged(into: &changed) { slowdown(ofGPU: $0) }
    swap(&report, &slowdowns)
  }
}
