import SimCore

/// Requests of closed loops that were refused in a row without time passing.
///
/// Users who do not think come back at once; so many refusals in one moment say that time will never go on.
struct RefusalCount {
  private static let most = 100_000
  private var count = 0
  private var last = SimTime.zero

  /// Counts a refusal.
  ///
  /// - Returns: how many there were in this moment, once that is too many.
  mutating func tooMany(at now: SimTime) -> Int? {
    if now > last { count = 0 }
    last = now
    count += 1
    return count < Self.most ? nil : count
  }
}
