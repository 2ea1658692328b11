import SimCore
import StepTime

/// How one machine's host differs from that of the machines on which an engine's costs were fitted.
public struct HostFactors: Sendable, Hashable {
  /// The host's time over its usual time, as ``HostPace`` has it.
  public var pace: Double
  /// The same of launching kernels: of a layer without a graph or with a broken one, and of sizes not met before.
  public var launch: Double

  public init(pace: Double = 1, launch: Double = 1) {
    self.pace = pace
    self.launch = launch
  }

  /// The usual host.
  public static let usual = HostFactors()

  /// The paces and launches that are looked for.
  static let range = 0.4...2.5
}

extension EngineCosts {
  /// The same engine on a host with these factors: an iteration takes as long as with the usual host at that pace
  /// (``BoundHost``), which is then this engine's usual one.
  ///
  /// - Parameter isShared: whether several GPUs share each layer, so that the pace is of the scheduler's work alone.
  public func on(_ factors: HostFactors, isShared: Bool) -> EngineCosts {
    guard var host else { return self }
    var engine = self
    let more = factors.pace - 1
    engine.perStep = max(0, perStep + more * (isShared ? host.perStep : host.slowdown))
    engine.perSequence = max(0, perSequence + more * (isShared ? host.perDecode : perSequence))
    if !isShared { engine.prefillPerLayer *= factors.pace }
    host.perStep *= factors.pace
    host.perDecode *= factors.pace
    host.perChunk *= factors.pace
    host.perPromptToken *= factors.pace
    host.slowdown *= factors.pace
    host.aheadPerSequence *= factors.pace
    host.launchPerLayer *= factors.launch
    host.launchPerBrokenLayer *= factors.launch
    host.launchOfNewSize *= factors.launch
    host.workers?.launchPerLayer *= factors.launch
    host.workers?.launchPerBrokenLayer *= factors.launch
    engine.host = host
    return engine
  }

  /// The same engine whose launches take no time; nor does what its host does beside the GPU, when it plans ahead.
  func kernelsAlone(plansAhead: Bool) -> EngineCosts {
    var engine = on(HostFactors(launch: 0), isShared: true)
    if plansAhead {
      engine.perStep = 0
      engine.perSequence = 0
      engine.prefillPerLayer = 0
      engine.host?.aheadPerSequence = 0
    }
    return engine
  }
}
