import Hardware
import Models
import StepTime

/// What an engine keeps off its GPUs.
public struct OffloadSettings: Hashable, Sendable {
  /// Whether weights are off the GPU too, and not KV alone.
  public var includesWeights: Bool
  /// What waiting for each other, and launching, adds to a layer, seconds.
  public var synchronise: Double

  public init(includesWeights: Bool = false, synchronise: Double) {
    self.includesWeights = includesWeights
    self.synchronise = synchronise
  }
}

extension LayerOffload {
  /// Over a link that nothing else uses: keys and values of a layer by a copy each, weights by one.
  ///
  /// - Parameter link: the server's to its host, or the one to a peer.
  /// - Throws: `TensorParallelError` when the model cannot be split so.
  public init(
    _ settings: OffloadSettings, model: ModelArchitecture, tensorParallel: Int, cacheType: NumberType?,
    over link: LinkSpec
  ) throws(TensorParallelError) {
    let layers = Double(model.layerCount)
    let perToken =
      Double(try model.keyValueBytesPerTokenPerGPU(tensorParallel: tensorParallel, cacheType: cacheType)) / layers
    let read = (link.readIssue ?? link.issue).value
    let weights = Double(try model.weightBytesPerGPU(tensorParallel: tensorParallel)) / layers
    self.init(
      layers: model.layerCount, loadPerLayer: link.latency.value + 2 * read,
      loadPerToken: perToken / link.readBandwidth.value, storePerLayer: link.latency.value + 2 * link.issue.value,
      storePerToken: perToken / link.writeBandwidth.value,
      weightsPerLayer: settings.includesWeights ? weights / link.readBandwidth.value : 0,
      synchronise: settings.synchronise)
  }
}
