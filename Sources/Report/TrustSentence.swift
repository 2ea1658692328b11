import Metrics

/// What a deployment's figures rest on, in a sentence or two.
enum TrustSentence {
  static func text(_ trust: TrustBasis, iterations: Int64, promptTokens: Int64) -> String {
    let words = [
      "measured": "on kernels measured in these shapes", "interpolated": "between measured shapes",
      "extrapolated": "beyond them", "roofline": "on data sheets", "engine": "on the engine's own fitted time",
    ]
    let shares = trust.shares(iterations: iterations, promptTokens: promptTokens).filter { $0.share >= 0.005 }
    var text = shares.map { share in
      TableNumber.text(share.share * 100, decimals: 0) + " % " + (words[share.basis] ?? share.basis)
    }.joined(separator: ", ")
    text = text.isEmpty ? "no iteration was run" : "of iterations' time about " + text
    guard let nearest = trust.nearest else { return text }
    text += "; nearest recording: \(nearest.title), off by \(percent(nearest.mean)) on average and "
    text += "\(percent(nearest.worst)) at worst"
    if !nearest.differences.isEmpty { text += ", which differs in " + list(nearest.differences) }
    return text
  }

  private static func percent(_ share: Double) -> String { TableNumber.text(share * 100, decimals: 1) + " %" }

  private static func list(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }
}
