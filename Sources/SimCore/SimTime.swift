/// A length of simulated time, a whole number of picoseconds.
///
/// Integers make runs exact: k equal iterations cost exactly k times one of them, on every machine. The range
/// is ±106 days. Arithmetic traps on overflow; the engine refuses horizons that could reach it.
public struct SimDuration: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The length in picoseconds.
  public var picoseconds: Int64

  @inlinable public init(picoseconds: Int64) { self.picoseconds = picoseconds }

  /// The nearest whole picosecond to a length in seconds.
  ///
  /// - Precondition: `seconds` is finite and within ±9.2e6 (106 days).
  @inlinable public init(seconds: Double) {
    self.picoseconds = Int64((seconds * 1e12).rounded(.toNearestOrEven))
  }

  @inlinable public static var zero: SimDuration { SimDuration(picoseconds: 0) }
  /// Longer than any run: stands for "never".
  @inlinable public static var max: SimDuration { SimDuration(picoseconds: .max) }

  /// The length in seconds, rounded to the nearest `Double`.
  @inlinable public var seconds: Double { Double(picoseconds) / 1e12 }
  /// The length in milliseconds, rounded to the nearest `Double`.
  @inlinable public var milliseconds: Double { Double(picoseconds) / 1e9 }

  @inlinable public static func microseconds(_ value: Double) -> SimDuration { SimDuration(seconds: value / 1e6) }
  @inlinable public static func milliseconds(_ value: Double) -> SimDuration { SimDuration(seconds: value / 1e3) }
  @inlinable public static func seconds(_ value: Double) -> SimDuration { SimDuration(seconds: value) }

  @inlinable public static func < (a: Self, b: Self) -> Bool { a.picoseconds < b.picoseconds }
  @inlinable public static func + (a: Self, b: Self) -> Self { Self(picoseconds: a.picoseconds + b.picoseconds) }
  @inlinable public static func - (a: Self, b: Self) -> Self { Self(picoseconds: a.picoseconds - b.picoseconds) }
  @inlinable public static func += (a: inout Self, b: Self) { a.picoseconds += b.picoseconds }
  @inlinable public static func -= (a: inout Self, b: Self) { a.picoseconds -= b.picoseconds }
  @inlinable public static func * (a: Self, b: Int) -> Self { Self(picoseconds: a.picoseconds * Int64(b)) }
}

/// A point on the simulated clock: picoseconds since the start of the run.
public struct SimTime: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// Picoseconds since the start of the run.
  public var picoseconds: Int64

  @inlinable public init(picoseconds: Int64) { self.picoseconds = picoseconds }
  @inlinable public init(seconds: Double) { self.picoseconds = SimDuration(seconds: seconds).picoseconds }

  @inlinable public static var zero: SimTime { SimTime(picoseconds: 0) }
  /// Later than anything that happens: stands for "never".
  @inlinable public static var never: SimTime { SimTime(picoseconds: .max) }

  /// Seconds since the start of the run, rounded to the nearest `Double`.
  @inlinable public var seconds: Double { Double(picoseconds) / 1e12 }

  @inlinable public static func < (a: Self, b: Self) -> Bool { a.picoseconds < b.picoseconds }
  @inlinable public static func + (a: Self, b: SimDuration) -> Self {
    Self(picoseconds: a.picoseconds + b.picoseconds)
  }
  @inlinable public static func - (a: Self, b: SimDuration) -> Self {
    Self(picoseconds: a.picoseconds - b.picoseconds)
  }
  @inlinable public static func - (a: Self, b: Self) -> SimDuration {
    SimDuration(picoseconds: a.picoseconds - b.picoseconds)
  }
  @inlinable public static func += (a: inout Self, b: SimDuration) { a.picoseconds += b.picoseconds }
}
