import Models

/// An estimate of what an engine keeps on each GPU besides weights and KV cache.
///
/// What vLLM's profiling run finds: the context and workspaces; the residual stream and the feed-forward's inner
/// vectors, which are the most alive at once in a layer, for the whole token budget; the logits of every sequence twice
/// in 32 bits over the whole vocabulary; graphs, which newer versions count before they are captured.
public struct MemoryReserve: Hashable, Sendable {
  /// Context and workspaces, bytes.
  public var context: Int64
  /// What working with other GPUs adds, bytes: buffers of collectives.
  public var tensorParallel: Int64
  /// Of each captured graph, bytes.
  public var graph: Int64
  /// Of each captured graph for each layer of the model, bytes.
  public var graphLayer: Int64
  /// Where these come from, in words.
  public var source: String

  public init(context: Int64, tensorParallel: Int64 = 0, graph: Int64 = 0, graphLayer: Int64 = 0, source: String) {
    self.context = context
    self.tensorParallel = tensorParallel
    self.graph = graph
    self.graphLayer = graphLayer
    self.source = source
  }

  /// Where nothing was fitted: an assumption, its constant chosen so that two engines whose block counts are known come
  /// out.
  public static let assumed = MemoryReserve(
    context: 1_342_177_280, graph: 16_777_216,
    source: "assumption: 1.25 GiB of context and workspace, the widest activations of the token budget, the logits in "
      + "32 bits, 16 MiB per captured graph")

  /// Bytes per GPU.
  ///
  /// - Parameters:
  ///   - maxBatchedTokens: tokens in an iteration at most.
  ///   - maxSequences: sequences whose logits are kept at most.
  ///   - captured: how many graphs are captured.
  public func bytes(
    of model: ModelArchitecture, maxBatchedTokens: Int, maxSequences: Int, tensorParallel degree: Int, captured: Int
  ) -> Int64 {
    let inner = model.feedForward.intermediateSize * (model.feedForward.gated ? 3 : 2) / degree
    let perToken = Int64((model.hiddenSize + inner) * model.activationType.bytes)
    let logits = Int64(model.vocabularySize) * Int64(maxSequences) * 8
    let graphs = Int64(captured) * (graph + Int64(model.layerCount) * graphLayer)
    return context + (degree > 1 ? tensorParallel : 0) + perToken * Int64(maxBatchedTokens) + logits + graphs
  }
}
