/// Requests by (priority, arrival), so that the place of another among them is found without looking at them all.
///
/// They are kept in runs of bounded length, each in order and each before the next. A place is found by halving, over
/// runs and then within one, and what moves is the rest of a run: the cost of a request in a queue of n is O(log n),
/// but for one in about a hundred that splits or empties a run, which moves a word per run.
struct PriorityOrder: Sendable {
  struct Key: Sendable, BitwiseCopyable {
    var priority: Int32
    /// The run-wide number of the request, in order of arrival.
    var request: Int64
    var slot: Int32

    func precedes(_ other: Key) -> Bool {
      priority != other.priority ? priority < other.priority : request < other.request
    }
  }

  /// A run that has as many is split.
  private static let longest = 256

  /// None is empty.
  private var runs: [ContiguousArray<Key>] = []
  /// By slot, what it is listed under.
  private var keys: ContiguousArray<Key> = []

  /// Puts a request into its place.
  ///
  /// - Returns: the slot of the one after it, -1 at the end.
  mutating func insert(_ key: Key) -> Int32 {
    while keys.count <= Int(key.slot) { keys.append(Key(priority: 0, request: -1, slot: Int32(keys.count))) }
    keys[Int(key.slot)] = key
    if runs.isEmpty { runs.append([]) }
    let run = self.run(of: key)
    let place = Self.place(of: key, in: runs[run])
    runs[run].insert(key, at: place)
    let next =
      place + 1 < runs[run].count ? runs[run][place + 1].slot : run + 1 < runs.count ? runs[run + 1][0].slot : -1
    if runs[run].count == Self.longest {
      let behind = ContiguousArray(runs[run][(Self.longest / 2)...])
      runs[run].removeLast(behind.count)
      runs.insert(behind, at: run + 1)
    }
    return next
  }

  /// Takes out a request that is listed.
  mutating func remove(_ slot: Int32) {
    let key = keys[Int(slot)]
    let run = self.run(of: key)
    let place = Self.place(of: key, in: runs[run])
    precondition(runs[run][place].slot == slot, "slot \(slot) is listed by its priority")
    runs[run].remove(at: place)
    if runs[run].isEmpty { runs.remove(at: run) }
  }

  /// The run that a key belongs to: the last that does not begin after it, or the first.
  private func run(of key: Key) -> Int {
    var low = 0
    var high = runs.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if key.precedes(runs[middle][0]) { high = middle } else { low = middle }
    }
    return low
  }

  /// How many of a run precede a key.
  private static func place(of key: Key, in run: ContiguousArray<Key>) -> Int {
    var low = 0
    var high = run.count
    while low < high {
      let middle = (low + high) / 2
      if run[middle].precedes(key) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
