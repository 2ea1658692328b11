/// What can happen next in a run, in the order in which it happens at equal times: a decision at a boundary sees every
/// arrival and every finished transfer of its moment.
enum EventKind: Int, CaseIterable {
  /// The link network changes: a transfer ends, or starts to share a link.
  case network
  /// A stream's next request; one source per stream.
  case arrival
  /// The lending desk looks at lenders and borrowers.
  case lending
  /// From here on requests are counted.
  case warmUpEnd
  /// An engine's own next step; one source per engine.
  case engine

  /// Whether events of this kind alone keep a run going.
  var keepsRunGoing: Bool {
    switch self {
    case .network, .arrival, .engine: true
    case .lending, .warmUpEnd: false
    }
  }
}

/// Which slots of the event board belong to which kind of event: a block of slots each, in the order of kinds.
struct EventSlots {
  private var starts: [Int]

  /// - Parameter counts: how many sources each kind has.
  init(_ counts: (EventKind) -> Int) {
    starts = [0]
    for kind in EventKind.allCases { starts.append(starts[kind.rawValue] + counts(kind)) }
  }

  var count: Int { starts[EventKind.allCases.count] }

  /// The slot of a kind's source number `index`.
  func slot(_ kind: EventKind, _ index: Int = 0) -> Int { starts[kind.rawValue] + index }

  /// What a slot stands for.
  func event(in slot: Int) -> (kind: EventKind, index: Int) {
    // Engines first: most events are theirs.
    var kind = EventKind.engine
    while slot < starts[kind.rawValue], let before = EventKind(rawValue: kind.rawValue - 1) { kind = before }
    return (kind, slot - starts[kind.rawValue])
  }
}
