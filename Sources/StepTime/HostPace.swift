import SimCore

/// The host's pace in the course of a run: its time over its usual time. 1.2 is a fifth slower.
public struct HostPace: Sendable, Hashable {
  /// A pace, and from when on it holds.
  public struct Change: Sendable, Hashable {
    public var time: SimTime
    public var pace: Double

    public init(time: SimTime, pace: Double) {
      self.time = time
      self.pace = pace
    }
  }

  /// In order of time; the first holds before its time too.
  public let changes: [Change]

  /// What varies at random instead; nil where the pace is known.
  public let variation: HostVariation?

  /// The usual host throughout.
  public static let usual = HostPace(1)

  /// The same pace throughout.
  public init(_ pace: Double) {
    changes = [Change(time: .zero, pace: pace)]
    variation = nil
  }

  /// A pace that is drawn for each run; the usual one until then.
  public init(_ variation: HostVariation) {
    changes = [Change(time: .zero, pace: 1)]
    self.variation = variation
  }

  /// The same for a replica of a run.
  public func drawn(_ random: RandomStream) -> HostPace { variation.map { HostPace($0.drawn(random)) } ?? self }

  /// - Parameter changes: in order of time, at least one; of several of one time the last holds.
  public init(_ changes: [Change]) {
    precondition(!changes.isEmpty, "a host has a pace")
    var kept: [Change] = []
    for change in changes {
      if let last = kept.last, last.time == change.time { kept.removeLast() }
      if let last = kept.last, last.pace == change.pace { continue }
      kept.append(change)
    }
    self.changes = kept
    variation = nil
  }

  /// Whether it ever changes.
  public var varies: Bool { changes.count > 1 || variation != nil }

  /// The pace at a time.
  public func pace(at time: SimTime) -> Double {
    variation?.pace(at: time) ?? changes[max(0, changesBegun(at: time) - 1)].pace
  }

  /// When the pace next changes; `.never` when it does not.
  public func nextChange(after time: SimTime) -> SimTime {
    if let variation { return variation.nextChange(after: time) }
    let next = max(1, changesBegun(at: time))
    return next < changes.count ? changes[next].time : .never
  }

  private func changesBegun(at time: SimTime) -> Int {
    var (low, high) = (0, changes.count)
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].time <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
