import Metrics
import Statistics

/// What a deployment's figures rest on, in a sentence or two.
enum TrustSentence {
  /// - Parameter error: what intervals were widened by; nil where they were not.
  static func text(_ line: TrustLine, error: ModelError? = nil) -> String {
    let shares = line.shares.filter { $0.share >= 0.005 }
    var text = shares.map { share in
      TableNumber.text(share.share * 100, decimals: 0) + " % " + basis(share.basis)
    }.joined(separator: ", ")
    text = text.isEmpty ? "no iteration was run" : "of iterations' time about " + text
    guard let nearest = line.nearest else { return text }
    text += "; nearest recording: " + recording(nearest)
    return error.map { text + "; " + widened($0) } ?? text
  }

  /// What a kind of knowledge is called in a sentence.
  static func basis(_ name: String) -> String {
    let words = [
      "measured": "on kernels measured in these shapes", "interpolated": "between measured shapes",
      "extrapolated": "beyond them", "roofline": "on data sheets", "engine": "on the engine's own fitted time",
    ]
    return words[name] ?? name
  }

  /// A recording with what was seen there.
  static func recording(_ seen: TrustBasis.SeenError) -> String {
    var text = "\(seen.title), off by \(percent(seen.mean)) on average and \(percent(seen.worst)) at worst"
    if !seen.differences.isEmpty { text += ", which differs in " + list(seen.differences) }
    return text
  }

  /// What was added to intervals, and what that rests on.
  private static func widened(_ error: ModelError) -> String {
    let count = error.seen.latencyErrors.count
    return "the model's error is in the intervals: \(percent(error.latency)) of latencies, by \(count) figures, "
      + "\(percent(error.throughput)) of throughput, by \(error.seen.runs) run\(error.seen.runs == 1 ? "" : "s")"
      + (error.seen.differences.isEmpty ? "" : ", those of a neighbour")
  }

  static func percent(_ share: Double) -> String { TableNumber.text(share * 100, decimals: 1) + " %" }

  private static func list(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }
}
