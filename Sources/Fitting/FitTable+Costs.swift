import StepTime

extension FitTable {
  /// How fast the host was in each step, learned from some.
  func hostSpeed(_ learnFrom: [Int]) -> HostSpeed? {
    HostSpeed(
      steps, runs: runs, learnFrom: learnFrom, known: zip(sharesLayers, plansAhead).map { !$0 && !$1 })
  }

  /// The coefficients as an engine's costs with each profile's kernel times.
  func costs(
    _ fit: WholeFit, _ speed: HostSpeed?, _ logs: [StepLog], _ options: EngineFitOptions
  ) -> [(profile: String, costs: EngineCosts)] {
    var result: [(profile: String, costs: EngineCosts)] = []
    for (log, name) in zip(logs, profiles) {
      let profile = options.profile(of: log.gpu)?.name ?? log.gpu.name
      guard !result.contains(where: { $0.profile == profile }) else { continue }
      result.append((profile, costs(fit, speed, profile: name, options: options)))
    }
    return result
  }

  /// The coefficients as an engine's costs.
  ///
  /// - Parameter profile: whose kernels' factors; nil where all logs have the same.
  func costs(_ fit: WholeFit, _ speed: HostSpeed?, profile: String?, options: EngineFitOptions) -> EngineCosts {
    func value(_ term: EngineTerm) -> Double? { fit.terms[term, profile] }
    let decode = value(.decode) ?? 1
    let beside = value(.decodeBesidePrefill) ?? 0
    var costs = EngineCosts(
      name: options.name, perStep: value(.perStep) ?? 0, perLayer: value(.perLayer) ?? perLayer,
      perSequence: value(.perSequence) ?? 0, prefillPerLayer: value(.prefillPerLayer) ?? 0,
      eagerLaunchPerLayer: launch, captureSizes: captureSizes,
      capturesMixedIterations: capturesMixedIterations, matrixStretch: 1 + (value(.matrices) ?? 0),
      fullClock: options.fullClock,
      decodeAttentionStretch: decode, mixedDecodeStretch: decode > 0 ? 1 + beside / decode : 1,
      prefillAttentionStretch: value(.prefill) ?? 1, elementwiseEfficiency: options.elementwiseEfficiency,
      provenance: [])
    costs.spreadsPairs = options.spreadsPairs
    guard let speed else { return costs }
    // Logs of several GPUs alone have it all in the terms of any engine.
    let isOnlyShared = !sharesLayers.contains(false)
    let launches = fit.launches
    costs.host = HostTimes(
      perStep: speed.usual[0], perDecode: speed.usual[1], perChunk: speed.usual[2], perPromptToken: speed.usual[3],
      slowdown: isOnlyShared ? speed.usual[0] : fit.terms.hostSpeed,
      aheadSlowdown: launches.aheadSlowdown, launchPerLayer: isOnlyShared ? launches.workersWhole : launches.whole,
      launchPerBrokenLayer: isOnlyShared ? launches.workersBroken : launches.broken, launchOfNewSize: launches.newSize)
    if !isOnlyShared, let messages = value(.workersPerStep) {
      costs.host?.workers = WorkerTimes(
        perStep: messages, perSequence: value(.workersPerSequence) ?? 0, collectiveGap: value(.collectiveGap) ?? 0,
        launchPerLayer: launches.workersWhole, launchPerBrokenLayer: launches.workersBroken)
    }
    return costs
  }

  func assumptions(_ options: EngineFitOptions, hasSpeed: Bool) -> [String] {
    var sentences = left
    if perLayer > 0 {
      sentences.append(
        "all logs are of models of \(depths.map(String.init).joined(separator: " and ")) layers and cannot tell "
          + "time per "
          + "layer from time per step: \(Self.microseconds(perLayer)) per layer assumed, the rest counted per "
          + "step; give "
          + "logs of models of other depths, or of an engine that plans ahead, to fit both")
    }
    sentences.append(
      "norms, rotary embedding and activations at \(options.elementwiseEfficiency) of the memory bandwidth: assumed, "
        + "because their time grows with tokens as that of the products does")
    sentences.append(
      "the first \(Self.microseconds(options.fullClock)) of compute-bound products in a step at full clock: assumed; "
        + "bursts of 1.5 ms are, seconds of them are not")
    if !hasSpeed {
      sentences.append("the log does not say what the host spent by itself: its speed is taken as constant")
    }
    return sentences
  }

  static func microseconds(_ seconds: Double) -> String { "\((seconds * 1e8).rounded() / 100) us" }
}
