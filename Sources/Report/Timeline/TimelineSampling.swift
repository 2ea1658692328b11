/// Which events a timeline keeps that would be larger than its limit.
///
/// Every event has a number: a request's and a transfer's own, of all others their place among those of their kind. Of
/// a timeline that is too large only those are kept whose number is a multiple of the least power of two with which it
/// is not. So requests and transfers are there whole or not at all, and what is kept does not depend on the order in
/// which engines are simulated.
struct TimelineSampling {
  /// Numbers are told apart by powers of two up to this one.
  static let most = 20
  /// Bytes of the events by the greatest power of two that divides their number.
  private var bytes = [Int](repeating: 0, count: most + 2)

  /// The mark of an event that is always kept.
  static let always = most + 1

  /// The mark of an event with a number: the greatest power of two that divides it.
  static func mark(_ number: Int64) -> Int { number == 0 ? most : min(most, number.trailingZeroBitCount) }

  mutating func add(_ count: Int, mark: Int) { bytes[mark] += count }

  /// The least power of two with which the events are no more than so many bytes; the greatest where none does.
  func power(limit: Int) -> Int {
    (0..<Self.most).first { bytes[$0...].reduce(0, +) <= limit } ?? Self.most
  }
}
