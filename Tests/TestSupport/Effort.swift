import Foundation

/// How hard random tests try.
public enum Effort {
  /// The environment variable with a factor on the number of random cases; `make nightly` sets it.
  public static let variable = "SPILLWAY_TEST_FACTOR"

  /// So many random cases as usual, times the factor.
  public static func cases(_ usual: Int) -> Int {
    usual * max(1, ProcessInfo.processInfo.environment[variable].flatMap(Int.init) ?? 1)
  }

  /// The same for the engine's tests, which `make release-tests` runs again, optimised: a third where they are not.
  public static func engineCases(_ usual: Int) -> Int {
    #if DEBUG
      cases((usual + 2) / 3)
    #else
      cases(usual)
    #endif
  }

  /// Seeds for so many cases as usual, times the factor.
  public static func seeds(_ usual: Int, from first: UInt64 = 0) -> Range<UInt64> {
    first..<first + UInt64(cases(usual))
  }

  /// Seeds for so many of ``engineCases(_:)``.
  public static func engineSeeds(_ usual: Int, from first: UInt64 = 0) -> Range<UInt64> {
    first..<first + UInt64(engineCases(usual))
  }
}
