import SimCore

/// A histogram of durations with bounded relative error, whose size does not grow with the number of values.
///
/// Buckets are log-linear: values below 1,024 ps have a bucket each, and every doubling beyond has 512 buckets of
/// equal width, so a bucket's midpoint is within 1/1,024 (0.098 %) of every value in it. Count, sum, sum of squares,
/// least and greatest value are exact integers. The bucket array covers only what was seen, and grows as needed:
/// at most 28,160 buckets (225 KB), typically a few thousand.
public struct LatencyHistogram: Sendable {
  /// How many buckets each doubling has, as a power of two.
  static let subBucketBits = 9
  /// The largest relative distance of a reported order statistic from the true one.
  public static let relativeErrorBound = 0x1p-10

  /// How many values were added.
  public internal(set) var count: Int64 = 0
  /// The exact sum of all values, in picoseconds.
  public internal(set) var sum: Int128 = 0
  var sumOfSquares = WideUnsigned()
  var least: Int64 = .max
  var greatest: Int64 = .min
  /// The bucket number of `counts[0]`.
  var base = 0
  var counts: ContiguousArray<Int64> = []

  public init() {}

  /// The bucket of a value of at least zero.
  @inline(__always) static func bucket(of value: Int64) -> Int {
    if value < 1 << (subBucketBits + 1) { return Int(value) }
    let shift = 63 - value.leadingZeroBitCount - subBucketBits
    return (shift << subBucketBits) + Int(value >> Int64(shift))
  }

  /// The least value of a bucket, and how many values it spans.
  @inline(__always) static func extent(of bucket: Int) -> (least: Int64, width: Int64) {
    if bucket < 1 << (subBucketBits + 1) { return (Int64(bucket), 1) }
    let shift = (bucket >> subBucketBits) - 1
    let mantissa = bucket - (shift << subBucketBits)
    return (Int64(mantissa) << Int64(shift), 1 << Int64(shift))
  }

  /// Adds `count` values of the same length.
  ///
  /// - Precondition: `value` and `count` are not negative.
  public mutating func add(_ value: SimDuration, count added: Int64 = 1) {
    let ps = value.picoseconds
    precondition(ps >= 0 && added >= 0, "a histogram takes lengths of at least zero")
    if added == 0 { return }
    count += added
    sum += Int128(UInt128(UInt64(ps).multipliedFullWidth(by: UInt64(added))))
    addSquares(of: ps, count: added)
    if ps < least { least = ps }
    if ps > greatest { greatest = ps }
    addToBucket(Self.bucket(of: ps), added)
  }

  @inline(__always) private mutating func addSquares(of value: Int64, count: Int64) {
    let square = UInt128(UInt64(value).multipliedFullWidth(by: UInt64(value)))
    // Below 2^47 ps (140 s) and 2^32 values the product stays below 2^126.
    if count == 1 {
      sumOfSquares += square
    } else if value < 1 << 47 && count < 1 << 32 {
      sumOfSquares += square &* UInt128(UInt64(count))
    } else {
      sumOfSquares += WideUnsigned(square, times: UInt128(count))
    }
  }

  @inline(__always) mutating func addToBucket(_ bucket: Int, _ added: Int64) {
    if UInt(bitPattern: bucket - base) >= UInt(bitPattern: counts.count) { grow(toCover: bucket) }
    counts[bucket - base] += added
  }

  /// Makes room for a bucket, in steps of an eighth of a doubling.
  private mutating func grow(toCover bucket: Int) {
    let step = 1 << (Self.subBucketBits - 3)
    let aligned = bucket / step * step
    if counts.isEmpty {
      base = aligned
      counts = ContiguousArray(repeating: 0, count: step)
    } else if bucket < base {
      counts.insert(contentsOf: repeatElement(0, count: base - aligned), at: 0)
      base = aligned
    } else {
      let needed = aligned + step - base
      counts.append(contentsOf: repeatElement(0, count: needed - counts.count))
    }
  }

  /// Adds everything another histogram holds.
  public mutating func merge(_ other: LatencyHistogram) {
    if other.count == 0 { return }
    count += other.count
    sum += other.sum
    sumOfSquares += other.sumOfSquares
    least = Swift.min(least, other.least)
    greatest = Swift.max(greatest, other.greatest)
    for (index, added) in other.counts.enumerated() where added > 0 { addToBucket(other.base + index, added) }
  }
}

extension UInt128 {
  @inline(__always) init(_ product: (high: UInt64, low: UInt64)) {
    self = UInt128(product.high) << 64 | UInt128(product.low)
  }
}
