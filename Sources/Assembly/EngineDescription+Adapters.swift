import Cluster
import Models

extension EngineDescription {
  /// Low-rank adapters that an engine has places for.
  public struct Adapters: Hashable, Sendable {
    public let plan: EntrancePlan.Adapters
    /// Set aside for them on each GPU.
    public var bytes: Int64 { Int64(plan.places) * plan.bytesPerGPU }

    /// - Parameter size: bytes of one on all GPUs together; nil goes by rank and modules.
    /// - Throws: `TensorParallelError` when the model cannot be split so.
    public init(
      places: Int, rank: Int, modules: AdapterModules, size: Int? = nil, model: ModelArchitecture, tensorParallel: Int
    ) throws(TensorParallelError) {
      let computed = try model.adapterSizePerGPU(rank: rank, modules: modules, tensorParallel: tensorParallel)
      let bytes = max(1, size.map { Int64($0 / tensorParallel) } ?? computed.bytes)
      plan = EntrancePlan.Adapters(
        places: places, bytesPerGPU: bytes, pieceBytes: max(1, bytes / Int64(max(1, computed.matrices))))
    }
  }
}
