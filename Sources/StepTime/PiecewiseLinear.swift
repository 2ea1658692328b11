/// A function given by points, straight in between.
struct PiecewiseLinear: Sendable {
  /// Increasing abscissae, at least one.
  let x: [Double]
  let y: [Double]

  init(_ x: [Double], _ y: [Double]) {
    precondition(!x.isEmpty && x.count == y.count)
    self.x = x
    self.y = y
  }

  /// The value at `position`: flat before the first point, proportional to the abscissa after the last.
  ///
  /// Proportional growth is what a kernel shows once it is limited by rate alone; tables end in that regime.
  func proportional(at position: Double) -> Double {
    guard let last = x.last, position > last else { return inside(position) }
    return y[y.count - 1] * position / last
  }

  /// The value at `position`: flat before the first point, along `slope` after the last.
  func linear(at position: Double, beyond slope: Double) -> Double {
    guard let last = x.last, position > last else { return inside(position) }
    return y[y.count - 1] + slope * (position - last)
  }

  private func inside(_ position: Double) -> Double {
    if position <= x[0] { return y[0] }
    var low = 0
    var high = x.count - 1
    if position >= x[high] { return y[high] }
    while high - low > 1 {
      let middle = (low + high) / 2
      if x[middle] <= position { low = middle } else { high = middle }
    }
    return y[low] + (y[high] - y[low]) * (position - x[low]) / (x[high] - x[low])
  }
}

extension PiecewiseLinear {
  /// The greatest convex function below the points: what is reached by the best of several algorithms that each cost a
  /// latency and a rate.
  var convexMinorant: PiecewiseLinear {
    var kept: [Int] = []
    for index in x.indices {
      while kept.count > 1 {
        let (first, middle) = (kept[kept.count - 2], kept[kept.count - 1])
        let before = (y[middle] - y[first]) * (x[index] - x[middle])
        let after = (y[index] - y[middle]) * (x[middle] - x[first])
        guard before >= after else { break }
        kept.removeLast()
      }
      kept.append(index)
    }
    return PiecewiseLinear(kept.map { x[$0] }, kept.map { y[$0] })
  }
}

/// Each value or the least of those after it, whichever is less.
func leastOfLater(_ values: [Double]) -> [Double] {
  var result = values
  for index in result.indices.dropLast().reversed() { result[index] = min(result[index], result[index + 1]) }
  return result
}

/// The non-decreasing sequence closest to `values` in the sense of absolute differences: one wild value does not move
/// its neighbours. Pool-adjacent-violators with the lower median of a block in place of its mean.
func nonDecreasingByMedian(_ values: [Double]) -> [Double] {
  var blocks: [[Double]] = []
  func level(_ block: [Double]) -> Double { block[(block.count - 1) / 2] }
  for value in values {
    blocks.append([value])
    while blocks.count > 1, level(blocks[blocks.count - 2]) > level(blocks[blocks.count - 1]) {
      let last = blocks.removeLast()
      blocks[blocks.count - 1] = (blocks[blocks.count - 1] + last).sorted()
    }
  }
  return blocks.flatMap { block in block.map { _ in level(block) } }
}

/// The non-decreasing sequence closest to `values` in the least-squares sense.
///
/// Pool-adjacent-violators (Ayer et al., 1955). Measured tables dip here and there by a few per cent; a step-time
/// model in which more work takes less time would let a policy exploit noise.
func nonDecreasing(_ values: [Double]) -> [Double] {
  if values.indices.dropFirst().allSatisfy({ values[$0 - 1] <= values[$0] }) { return values }
  var sums: [Double] = []
  var counts: [Int] = []
  sums.reserveCapacity(values.count)
  counts.reserveCapacity(values.count)
  for value in values {
    sums.append(value)
    counts.append(1)
    while sums.count > 1 {
      let last = sums.count - 1
      guard sums[last - 1] / Double(counts[last - 1]) > sums[last] / Double(counts[last]) else { break }
      sums[last - 1] += sums[last]
      counts[last - 1] += counts[last]
      sums.removeLast()
      counts.removeLast()
    }
  }
  var result: [Double] = []
  result.reserveCapacity(values.count)
  for (sum, count) in zip(sums, counts) { for _ in 0..<count { result.append(sum / Double(count)) } }
  return result
}
