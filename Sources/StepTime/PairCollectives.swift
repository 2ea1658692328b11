import Catalogue
import Models

/// Times of collectives between two GPUs, measured.
public struct PairCollectives: Sendable {
  /// Seconds against bytes, by collective.
  private var points: [String: [(bytes: Double, seconds: Double)]] = [:]

  /// The readings in the catalogue for a server of two GPUs; nil when there are none.
  public init?(gpu: String) {
    let kind = gpu.split(separator: "-").dropLast().joined(separator: "-")
    guard let text = Catalogue.text("hardware/measurements/\(kind)-pair-collectives.csv") else { return nil }
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let fields = line.split(separator: ",")
      guard fields.count == 3, let bytes = Double(fields[1]), let time = Double(fields[2]) else { continue }
      points[String(fields[0]), default: []].append((bytes, time / 1e6))
    }
  }

  /// Seconds on the straight line between readings; beyond the last in proportion.
  public func seconds(_ collective: String, bytes: Double) -> Double {
    guard let curve = points[collective], let first = curve.first, let last = curve.last else { return 0 }
    if bytes <= first.bytes { return first.seconds }
    if bytes >= last.bytes { return last.seconds * bytes / last.bytes }
    for (low, high) in zip(curve, curve.dropFirst()) where bytes <= high.bytes {
      return low.seconds + (high.seconds - low.seconds) * (bytes - low.bytes) / (high.bytes - low.bytes)
    }
    return last.seconds
  }
}

extension ModelArchitecture {
  /// Seconds of the all-reduces of an iteration over `tokens` tokens, over two GPUs: one behind attention and one
  /// behind the feed-forward of each layer, and one behind the embedding.
  public func allReduceSeconds(_ collectives: PairCollectives, tokens: Int) -> Double {
    let bytes = Double(tokens * hiddenSize * activationType.bytes)
    return Double(2 * layerCount + 1) * collectives.seconds("all_reduce", bytes: bytes)
  }

  /// Seconds to bring the tokens of two ranks to the experts of both and back, in all layers: hidden states and gates'
  /// scores gathered, results summed and scattered. The rank with most tokens sets the time.
  public func expertExchangeSeconds(_ collectives: PairCollectives, tokens: Int) -> Double {
    guard let experts, tokens > 0 else { return 0 }
    let row = hiddenSize * activationType.bytes
    let scores = experts.count * activationType.bytes
    return Double(experts.layerCount)
      * (collectives.seconds("all_gather", bytes: Double(tokens * (row + scores)))
        + collectives.seconds("reduce_scatter", bytes: Double(tokens * row)))
  }

  /// Seconds to gather the halves of the vocabulary's logits of `sequences` sequences from two GPUs.
  public func logitsSeconds(_ collectives: PairCollectives, sequences: Int) -> Double {
    collectives.seconds("all_gather", bytes: Double(sequences * vocabularySize / 2 * activationType.bytes))
  }
}
