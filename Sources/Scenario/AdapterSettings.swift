import Models

/// Low-rank adapters of an engine, in vLLM's terms.
public struct AdapterSettings: Hashable, Sendable {
  /// Adapters that fit into GPU memory (`max_loras`).
  public var places: Int
  /// The rank of all of them (`max_lora_rank`).
  public var rank: Int
  public var modules: AdapterModules
  /// Bytes of one adapter on all GPUs of a replica together; nil goes by rank and modules.
  public var size: Int?
}
