import Foundation

/// Measured prefill attention of one prompt in one layer.
struct PrefillTimes: Sendable {
  private struct Configuration: Sendable {
    let heads: Int
    let keyValueHeads: Int
    let lengths: [Double]
    let seconds: [Double]
  }

  private let configurations: [Configuration]

  init(_ section: ProfileSection) {
    configurations = section.rows.filter { $0.points.count > 4 }.map { row in
      Configuration(
        heads: row.keys[0], keyValueHeads: row.keys[1], lengths: row.points.map(\.x),
        seconds: row.points.map(\.seconds))
    }
  }

  /// Whether no configuration has enough prompts.
  var isEmpty: Bool { configurations.isEmpty }

  /// Prefill attention of a configuration of heads per GPU, from the nearest measured one, scaled by heads.
  func curve(heads: Int, keyValueHeads: Int) -> PrefillCurve {
    func distance(_ other: Configuration) -> Double {
      // Time goes with query heads; how many share a key-value head matters little.
      abs(log(Double(other.heads) / Double(heads)))
        + 0.2 * abs(log(Double(other.keyValueHeads) / Double(keyValueHeads)))
    }
    let nearest = configurations.min { distance($0) < distance($1) }!
    let floor = nearest.seconds.min()!
    let scale = Double(heads) / Double(nearest.heads)
    var x: [Double] = [0]
    var y: [Double] = [0]
    for (length, time) in zip(nearest.lengths, nearest.seconds) where length >= 128 {
      x.append(length)
      y.append(max(0, time - floor) * scale / length)
    }
    let exact = nearest.heads == heads && nearest.keyValueHeads == keyValueHeads
    return PrefillCurve(
      floor: floor, perToken: PiecewiseLinear(x, nonDecreasing(y)),
      basis: exact ? .measured : .interpolated,
      description: "\(nearest.heads) query and \(nearest.keyValueHeads) key-value heads per GPU, prompts to "
        + "\(Int(nearest.lengths[nearest.lengths.count - 1])) tokens" + (exact ? "" : ", scaled by heads"))
  }
}

/// Time of causal attention over one prompt in one layer, against its length.
struct PrefillCurve: Sendable {
  /// Seconds of a launch that does next to nothing; part of every iteration, not of a prompt.
  let floor: Double
  /// Seconds beyond the floor per token of the prompt: a straight line in its length where the kernel is at its full
  /// rate, which is why this and not the time itself is interpolated.
  let perToken: PiecewiseLinear
  let basis: Basis
  let description: String

  /// Seconds beyond the floor of a prompt of `length` tokens; beyond the table at the rate of its last entry.
  func seconds(length: Double) -> Double { perToken.proportional(at: length) * length }

  /// Seconds of one (query token, earlier token) pair at the rate of the longest prompt measured.
  var perPair: Double {
    let longest = perToken.x[perToken.x.count - 1]
    return 2 * perToken.y[perToken.y.count - 1] / longest
  }
}
