import SimCore

extension LatencyHistogram {
  /// Adds `first`, `first + step`, `first + 2·step`, … (`terms` values), each `weight` times.
  ///
  /// The result is identical to adding the values one by one; the work is proportional to the buckets crossed. A
  /// decode batch that runs unchanged for k iterations makes such a progression of inter-token latencies.
  ///
  /// - Precondition: nothing is negative, the last value fits `SimDuration`, and there are at most 2^40 terms.
  public mutating func addProgression(first: SimDuration, step: SimDuration, terms: Int64, weight: Int64) {
    let start = first.picoseconds
    let increment = step.picoseconds
    precondition(
      start >= 0 && increment >= 0 && terms >= 0 && terms <= 1 << 40 && weight >= 0,
      "a progression has a first value, step, length and weight of at least zero")
    if terms == 0 || weight == 0 { return }
    if terms == 1 || increment == 0 { return add(first, count: terms * weight) }
    addRising(start: start, increment: increment, terms: terms, weight: weight)
  }

  /// The same where each value is larger than the one before. By itself, so that a single value, which every decision
  /// adds, does not pay for the registers of this.
  private mutating func addRising(start: Int64, increment: Int64, terms: Int64, weight: Int64) {
    let last = start + increment * (terms - 1)
    addMoments(start: start, increment: increment, last: last, terms: terms, weight: weight)
    if start < least { least = start }
    if last > greatest { greatest = last }

    // Room for both ends first, so that the walk below only adds.
    var bucket = Self.bucket(of: start)
    let lastBucket = Self.bucket(of: last)
    addToBucket(lastBucket, 0)
    addToBucket(bucket, 0)
    var term: Int64 = 0
    while bucket < lastBucket {
      let (lower, width) = Self.extent(of: bucket)
      // The first term past this bucket; the bucket holds at least the current one.
      let beyond = (lower + (width - 1) - start) / increment + 1
      counts[bucket - base] += (beyond - term) * weight
      term = beyond
      bucket = Self.bucket(of: start + increment * term)
    }
    counts[bucket - base] += (terms - term) * weight
  }

  /// Count, sum and sum of squares: Σ(a + j·s) and Σ(a + j·s)² over j = 0 … k−1 in closed form.
  private mutating func addMoments(start: Int64, increment: Int64, last: Int64, terms: Int64, weight: Int64) {
    count += terms * weight
    let k = UInt128(terms)
    let a = UInt128(start)
    let s = UInt128(increment)
    let w = UInt128(weight)
    let sumOfIndices: UInt128 = k * (k - 1) / 2  // at most 2^79
    // Up to 2^20 terms the product below stays under 2^39 * 2^21 = 2^60; dividing 128 bits takes ten times as long.
    let sumOfSquaredIndices: UInt128 =
      terms <= 1 << 20
      ? UInt128(UInt64(terms * (terms - 1) / 2) * UInt64(2 * terms - 1) / 3)
      : sumOfIndices * (2 * k - 1) / 3  // at most 2^119
    let plainSum: UInt128 = k * a + s * sumOfIndices
    sum += Int128(w * plainSum)

    // Below 2^47 ps (140 s) and 2^32 values the whole sum of squares stays below 2^126.
    if last < 1 << 47 && terms < 1 << 32 && terms * weight < 1 << 32 {
      let constant: UInt128 = k * a * a
      let linear: UInt128 = 2 * a * s * sumOfIndices
      let quadratic: UInt128 = s * s * sumOfSquaredIndices
      let squares: UInt128 = constant + linear + quadratic
      sumOfSquares += w * squares
    } else {
      var squares = WideUnsigned(a * a, times: k)
      squares += WideUnsigned(2 * a * s, times: sumOfIndices)
      squares += WideUnsigned(s * s, times: sumOfSquaredIndices)
      sumOfSquares += squares.times(w)
    }
  }
}
