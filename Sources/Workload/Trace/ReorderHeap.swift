/// Rows held back to be put in order of time, rows of one time in the order of the file.
struct ReorderHeap {
  private var rows: ContiguousArray<TraceRecord> = []

  var count: Int { rows.count }
  var first: TraceRecord? { rows.first }

  private static func precedes(_ a: TraceRecord, _ b: TraceRecord) -> Bool {
    (a.arrival, a.line) < (b.arrival, b.line)
  }

  mutating func push(_ row: TraceRecord) {
    rows.append(row)
    var child = rows.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if !Self.precedes(rows[child], rows[parent]) { return }
      rows.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> TraceRecord? {
    guard let top = rows.first, let last = rows.popLast() else { return nil }
    if rows.isEmpty { return top }
    rows[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < rows.count && Self.precedes(rows[child], rows[least]) { least = child }
      if least == parent { return top }
      rows.swapAt(parent, least)
      parent = least
    }
  }
}
