/// The mean of one long series whose values depend on their neighbours, with an interval by batch means.
///
/// The series is cut into 32 to 63 batches of equal length, which double as it grows; what does not fill a batch at the
/// end is left out. The longer batches are, the less their means depend on each other, and the nearer the interval of
/// independent values is to the truth; twenty to forty batches are customary (Law, *Simulation Modeling and Analysis*,
/// 5th edition, 9.5.3). It holds for a load that does not change in the course of the run.
public struct BatchMeans: Sendable, Equatable {
  /// Batches when their length has just been doubled.
  public static let fewest = 32
  /// Shorter batches say nothing.
  public static let shortest = 8

  private var sums: [Int128] = []
  private var open: Int128 = 0
  private var inOpen = 0
  /// Values in a batch.
  public private(set) var length = 1

  public init() {}

  public mutating func add(_ value: Int64) {
    open += Int128(value)
    inOpen += 1
    guard inOpen == length else { return }
    sums.append(open)
    open = 0
    inOpen = 0
    guard sums.count == 2 * Self.fewest else { return }
    for pair in 0..<Self.fewest { sums[pair] = sums[2 * pair] + sums[2 * pair + 1] }
    sums.removeLast(Self.fewest)
    length *= 2
  }

  /// How many batches there are.
  public var count: Int { sums.count }

  /// The mean of each batch, in the unit of the values.
  public var means: [Double] { sums.map { Double($0) / Double(length) } }

  /// The interval of the mean, in the unit of the values; nil where batches are shorter than ``shortest``.
  public func interval(confidence: Double = 0.95) -> Interval? {
    length >= Self.shortest ? .ofSkewed(means, confidence: confidence) : nil
  }

  /// The correlation of neighbouring batches' means; nil where there are few, or all are the same.
  public var correlation: Double? {
    let means = means
    let variance = Sample.variance(means)
    guard means.count >= Self.fewest, variance > 0 else { return nil }
    let mean = Sample.mean(means)
    let products = zip(means, means.dropFirst()).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
    return products / (variance * Double(means.count - 1))
  }

  /// Whether batches still depend on each other, so that the interval is too narrow: their correlation is beyond what
  /// independent ones show in 19 of 20 series.
  public var depend: Bool { (correlation ?? 0) > 1.645 / Double(count).squareRoot() }
}
