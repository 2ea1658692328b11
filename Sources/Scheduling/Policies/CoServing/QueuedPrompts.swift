import Replica

/// How many tokens the prompts in a queue have left, all together, so that nobody walks the queue at each arrival.
///
/// Right while the queue's prompts change only by what is told here: none of them holds KV, and nothing of them can be
/// found on the GPU. Who asks must look at them one by one where that does not hold.
struct QueuedPrompts: Sendable {
  /// By slot, what was added for it.
  private var tokens: ContiguousArray<Int> = []
  private var sum = 0
  /// Preempted requests that are back in the queue; what they have left is known once their decision is carried out.
  private var returned: ContiguousArray<Int32> = []
  /// Those that came with KV.
  private var withKV = SequenceList()

  /// Whether any came with KV, which it may lose while it waits.
  var holdsKV: Bool { !withKV.isEmpty }

  /// A request waits with so many tokens left.
  mutating func add(_ slot: Int32, tokens count: Int, holdsKV: Bool) {
    while tokens.count <= Int(slot) { tokens.append(0) }
    tokens[Int(slot)] = count
    sum += count
    if holdsKV { withKV.append(slot) }
  }

  /// A request waits again that a decision preempts.
  mutating func putBack(_ slot: Int32) { returned.append(slot) }

  /// A request waits no longer.
  mutating func remove(_ slot: Int32) {
    if let place = returned.firstIndex(of: slot) {
      returned.remove(at: place)
      return
    }
    sum -= tokens[Int(slot)]
    tokens[Int(slot)] = 0
    withKV.remove(slot)
  }

  /// All tokens left.
  ///
  /// - Parameter remaining: what a request has left that was put back.
  mutating func total(_ remaining: (Int32) -> Int) -> Int {
    for slot in returned { add(slot, tokens: remaining(slot), holdsKV: false) }
    returned.removeAll(keepingCapacity: true)
    return sum
  }
}
