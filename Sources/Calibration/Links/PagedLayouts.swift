import Models

/// How a model's KV cache lies in memory: for each layer, keys and values apart, in pages of 16 tokens.
struct PagedLayout: Hashable {
  /// Models whose cache lies so, in order.
  var models: [String]
  /// Bytes of one page of one layer's keys, or of its values.
  let fragmentBytes: Int
  /// Pieces that a page of tokens lies in.
  let fragmentsPerPage: Int

  static let pageTokens = 16

  /// The layouts of the catalogue's models on one GPU, those with equal fragments together, smallest first.
  ///
  /// - Throws: what reading a model throws.
  static func ofCatalogue() throws -> [PagedLayout] {
    var layouts: [PagedLayout] = []
    for name in ModelCatalogue.names {
      let model = try ModelCatalogue.model(named: name)
      let layout = PagedLayout(name, model)
      if let index = layouts.firstIndex(where: { $0.fragmentBytes == layout.fragmentBytes }) {
        layouts[index].models.append(name)
      } else {
        layouts.append(layout)
      }
    }
    return layouts.sorted { $0.fragmentBytes < $1.fragmentBytes }
  }

  init(_ name: String, _ model: ModelArchitecture) {
    models = [name]
    // 16 bits for each number of the cache; latent attention has one vector for each token in place of keys and values.
    switch model.attention {
    case .grouped(let grouped):
      fragmentBytes = grouped.keyValueHeads * grouped.headDimension * 2 * Self.pageTokens
      fragmentsPerPage = 2 * model.layerCount
    case .latent(let latent):
      fragmentBytes = (latent.keyValueRank + latent.rotatedDimension) * 2 * Self.pageTokens
      fragmentsPerPage = model.layerCount
    }
  }
}
