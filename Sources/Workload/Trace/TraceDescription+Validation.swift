import SimCore

extension TraceDescription {
  /// Everything wrong with the description, in words; the file itself is looked at when it is read.
  public func problems() -> [WorkloadProblem] {
    var found: [WorkloadProblem] = []
    found.expect(!path.isEmpty, "file", "a trace needs a file")
    found.checkScale(timeScale, "time_scale")
    found.checkScale(rateScale, "rate_scale")
    found.expect(
      timeScale == 1 || rateScale == 1, "rate_scale",
      "give either a time scale or a rate scale; rate_scale 2 is the same as time_scale 0.5")
    found.expect(from >= .zero && from <= TraceReader.longest, "from", "a window starts between 0 s and 100 days")
    if let to {
      found.expect(
        to > from, "to",
        "the window ends at \(inWords(to.seconds)) s, not after its start at \(inWords(from.seconds)) s")
    }
    found.expect(
      (1...TraceShard.largestCount).contains(shard.count) && (0..<shard.count).contains(shard.index), "shard",
      "a shard is a part of at most \(TraceShard.largestCount), counted from 0, such as 0/2 or 1/2, found "
        + "\(shard.index)/\(shard.count)")
    found.expect(
      sampleFraction > 0 && sampleFraction <= 1, "sample",
      "a share of rows is above 0 and at most 1, found \(inWords(sampleFraction))")
    found.expect(
      LengthDistribution.isLength(maximumTokens), "max_tokens",
      "a limit on tokens is between 1 and \(LengthDistribution.largest), found \(maximumTokens)")
    found.expect(
      (0...10_000_000).contains(sortWindow), "sort_window",
      "a sort window is between 0 and 10000000 rows, found \(sortWindow)")
    found.expect(
      spread >= .zero && spread <= SimDuration(seconds: 86_400), "spread",
      "a spread is between 0 s and 1 day, found \(inWords(spread.seconds)) s")
    found.expect(
      sortWindow == 0 || spread == .zero, "sort_window",
      "a sort window and a spread can't be combined: sort the trace first ('spillway trace convert')")
    if let blockTokens {
      found.expect(
        PromptBlocks.sizes.contains(blockTokens), "hash_block",
        "a block is of 1 to \(PromptBlocks.sizes.upperBound) tokens, found \(blockTokens)")
    }
    if origin == .zero, format == .azure {
      found.append(WorkloadProblem("origin", "times of the format 'azure' are dates; its time 0 is the first row"))
    }
    return found
  }
}

extension [WorkloadProblem] {
  fileprivate mutating func checkScale(_ scale: Double, _ key: String) {
    expect(
      scale >= 1e-9 && scale <= 1e9, key, "a scale is between 1e-9 and 1e9, found \(inWords(scale))")
  }
}
