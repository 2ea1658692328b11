import SimCore

/// The times between tokens that members of a batch had in common, kept so that the longest since a given step is found
/// without looking at them all.
///
/// A gap that a later one equals or exceeds can never be the answer again. What is left gets shorter towards the end,
/// so the first one after the step asked about is the longest: noting is O(1) on average, asking O(log) of what is
/// kept.
struct GapRecord: ~Copyable {
  struct Entry: BitwiseCopyable {
    /// The step that ended the gap, or the last of several such steps.
    var step: Int64
    var length: SimDuration
  }

  private var entries = ReusedList<Entry>()
  /// When this many are kept it is worth forgetting those that nobody will ask about.
  private var most = 64

  /// Whether it is time to `forget`.
  var isLong: Bool { entries.count >= most }

  /// Gaps of at most `length` ended at the steps up to `step` that were not noted yet.
  mutating func note(_ length: SimDuration, until step: Int64) {
    while let last = entries.last, last.length <= length { _ = entries.removeLast() }
    entries.append(Entry(step: step, length: length))
  }

  /// The longest gap that ended after `step`; zero when none did.
  func longest(after step: Int64) -> SimDuration {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].step > step { high = middle } else { low = middle + 1 }
    }
    return low < entries.count ? entries[low].length : .zero
  }

  /// Nobody will ask about steps up to `step` any more.
  mutating func forget(until step: Int64) {
    // Steps rise, so what is forgotten comes first.
    var forgotten = 0
    while forgotten < entries.count, entries[forgotten].step <= step { forgotten += 1 }
    entries.removeFirst(forgotten)
    most = max(64, 2 * entries.count)
  }

  mutating func removeAll() { entries.removeAll() }
}
