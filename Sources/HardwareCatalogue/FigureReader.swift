import Configuration
import Hardware
import SimCore

/// Takes figures and keys out of one checked mapping, falling back on a base, reporting what is missing.
struct FigureReader {
  let map: CheckedMap
  let diagnostics: Diagnostics

  /// Reports a key that neither the mapping nor the base has.
  func reportMissing(_ key: String) {
    // One that is there but wrong has been reported already.
    if map.isWritten(key) { return }
    guard let declaration = map.section.key(key) else { preconditionFailure("no key '\(key)'") }
    diagnostics.error(
      at: map.position, "\(map.subject) lacks the key '\(key)' (\(declaration.kind.expected)): \(declaration.help)")
  }

  /// A figure that must be had.
  func figure(_ key: String, _ base: Figure?) -> Figure? {
    if let figure = optionalFigure(key, base) { return figure }
    reportMissing(key)
    return nil
  }

  /// A figure that may be absent.
  func optionalFigure(_ key: String, _ base: Figure?) -> Figure? {
    guard let value = map[key] else { return map.isWritten(key) ? nil : base }
    if let inner = value.map {
      guard let number = inner["value"].flatMap(Self.number) else { return nil }
      switch (inner.text("source"), inner.text("assumption")) {
      case (let source?, nil): return Figure(number, .source(source))
      case (nil, let assumption?): return Figure(number, .assumption(assumption))
      case (nil, nil):
        if !inner.isWritten("source") && !inner.isWritten("assumption") {
          diagnostics.error(at: inner.position, "'\(key)' wants a 'source' or an 'assumption' beside its 'value'")
        }
        return nil
      case (.some, .some):
        diagnostics.error(at: inner.position, "'\(key)' has both a 'source' and an 'assumption'; keep one")
        return nil
      }
    }
    return Self.number(value).map { Figure($0, .source("\(value.position)")) }
  }

  func integer(_ key: String, _ base: Int?) -> Int? {
    if let value = map.integer(key) { return value }
    if let base, !map.isWritten(key) { return base }
    reportMissing(key)
    return nil
  }

  private static func number(_ value: CheckedValue) -> Double? {
    value.number ?? value.bytes.map(Double.init) ?? value.duration.map(\.seconds)
  }
}

extension LinkSpec {
  /// Reads a link; what is not written is that of `base`.
  static func read(_ map: CheckedMap, base: LinkSpec?, _ diagnostics: Diagnostics) -> LinkSpec? {
    let reader = FigureReader(map: map, diagnostics: diagnostics)
    let write = reader.figure("write_bandwidth", base?.writeBandwidth)
    func asWriting(_ key: String, _ inherited: Figure?) -> Figure? {
      reader.optionalFigure(key, inherited) ?? (map.isWritten(key) ? nil : write.map(Self.likeWriting))
    }
    let read = asWriting("read_bandwidth", base?.readBandwidth)
    let kernel = asWriting("kernel_bandwidth", base?.kernelBandwidth)
    let stream = asWriting("stream_bandwidth", base?.streamBandwidth)
    let both = reader.optionalFigure("both_directions_bandwidth", base?.bothDirectionsBandwidth)
    let latency = reader.figure("latency", base?.latency)
    let issue = reader.figure("issue", base?.issue)
    let readIssue = reader.optionalFigure("read_issue", map.isWritten("issue") ? nil : base?.readIssue)
    let synchronise = reader.figure("synchronise", base?.synchronise)
    guard let write, let read, let kernel, let stream, let latency, let issue, let synchronise else { return nil }
    return LinkSpec(
      writeBandwidth: write, readBandwidth: read, kernelBandwidth: kernel, bothDirectionsBandwidth: both,
      streamBandwidth: stream, latency: latency, issue: issue, readIssue: readIssue, synchronise: synchronise)
  }

  private static func likeWriting(_ write: Figure) -> Figure {
    Figure(write.value, .assumption("As writing (\(write.provenance.text))."))
  }
}

extension GPUSpec {
  /// Reads a GPU; what is not written is that of `base`.
  static func read(_ map: CheckedMap, base: GPUSpec?, _ diagnostics: Diagnostics) -> GPUSpec? {
    let reader = FigureReader(map: map, diagnostics: diagnostics)
    let name = map.text("name") ?? base?.name
    if name == nil { reader.reportMissing("name") }
    let memory = reader.figure("memory", base?.memory)
    let memoryBandwidth = reader.figure("memory_bandwidth", base?.memoryBandwidth)
    let peakBF16 = reader.figure("peak_bf16", base?.peakBF16)
    let pcieGeneration = reader.integer("pcie_generation", base?.pcieGeneration)
    let copyEngines = reader.figure("copy_engines", base?.copyEngines)
    let gatherRate = reader.figure("gather_rate", base?.gatherRate)
    let kernelLaunch = reader.figure("kernel_launch", base?.kernelLaunch)
    let leaving = reader.figure("copy_interference_leaving", base?.copyInterference.leaving)
    let arriving = reader.figure("copy_interference_arriving", base?.copyInterference.arriving)
    let fromHost = reader.figure("copy_interference_from_host", base?.copyInterference.arrivingFromHost)
    let collective =
      reader.optionalFigure("copy_interference_collective", base?.copyInterference.collective)
      ?? CopyInterference.evenPorts
    let kernel =
      reader.optionalFigure("copy_interference_kernel", base?.copyInterference.kernel)
      ?? CopyInterference.evenMultiprocessors
    let peakFP8 = reader.optionalFigure("peak_fp8", base?.peakFP8)
    let nvlinkBandwidth = reader.optionalFigure("nvlink_bandwidth", base?.nvlinkBandwidth)
    guard
      let name, let memory, let memoryBandwidth, let peakBF16, let pcieGeneration, let copyEngines, let gatherRate,
      let kernelLaunch, let leaving, let arriving, let fromHost
    else { return nil }
    return GPUSpec(
      name: name, memory: memory, memoryBandwidth: memoryBandwidth, peakBF16: peakBF16, peakFP8: peakFP8,
      nvlinkGeneration: map.integer("nvlink_generation") ?? base?.nvlinkGeneration, nvlinkBandwidth: nvlinkBandwidth,
      pcieGeneration: pcieGeneration, copyEngines: copyEngines, gatherRate: gatherRate, kernelLaunch: kernelLaunch,
      copyInterference: CopyInterference(
        leaving: leaving, arriving: arriving, arrivingFromHost: fromHost, collective: collective, kernel: kernel))
  }
}
