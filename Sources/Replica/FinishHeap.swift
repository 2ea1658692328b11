import SimCore

/// When members of a decode batch finish, the first one on top: a binary heap.
///
/// Members that leave early stay listed; who asks must know them. A heap that finds the last one too, as that of
/// swift-collections, does twice the work for the first.
struct FinishHeap: ~Copyable {
  struct Finish: BitwiseCopyable {
    var step: Int64
    var request: Int64
    var slot: Int32

    func precedes(_ other: Finish) -> Bool { step != other.step ? step < other.step : request < other.request }
  }

  private var nodes = ReusedList<Finish>()

  var count: Int { nodes.count }
  /// The first to finish; nil when nobody is listed.
  var min: Finish? { nodes.isEmpty ? nil : nodes[0] }
  /// One of them, in no order.
  subscript(index: Int) -> Finish { nodes[index] }

  mutating func insert(_ finish: Finish) {
    nodes.append(finish)
    rise(from: nodes.count - 1)
  }

  private mutating func rise(from index: Int) {
    let finish = nodes[index]
    var place = index
    while place > 0, case let above = (place - 1) / 2, finish.precedes(nodes[above]) {
      nodes[place] = nodes[above]
      place = above
    }
    nodes[place] = finish
  }

  /// Takes the first away.
  ///
  /// - Precondition: somebody is listed.
  mutating func removeMin() {
    let last = nodes.removeLast()
    guard !nodes.isEmpty else { return }
    var place = 0
    while true {
      var below = 2 * place + 1
      if below >= nodes.count { break }
      if below + 1 < nodes.count, nodes[below + 1].precedes(nodes[below]) { below += 1 }
      guard nodes[below].precedes(last) else { break }
      nodes[place] = nodes[below]
      place = below
    }
    nodes[place] = last
  }

  /// Keeps those of whom this holds.
  mutating func keep(_ isKept: (Finish) -> Bool) {
    var kept = 0
    for index in 0..<nodes.count where isKept(nodes[index]) {
      nodes[kept] = nodes[index]
      kept += 1
    }
    while nodes.count > kept { _ = nodes.removeLast() }
    for index in 0..<kept { rise(from: index) }
  }
}
