import Foundation

/// How hard random tests try.
public enum Effort {
  /// The environment variable with a factor on the number of random cases; `make nightly` sets it.
  public static let variable = "SPILLWAY_TEST_FACTOR"

  /// So many random cases as usual, times the factor.
  public static func cases(_ usual: Int) -> Int {
    usual * max(1, ProcessInfo.processInfo.environment[variable].flatMap(Int.init) ?? 1)
  }

  /// Seeds for so many cases as usual, times the factor.
  public static func seeds(_ usual: Int, from first: UInt64 = 0) -> Range<UInt64> {
    first..<first + UInt64(cases(usual))
  }
}
