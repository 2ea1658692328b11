import SimCore

/// Which low-rank adapter (LoRA) each request of a stream names: one of several, by popularity.
public struct AdapterMix: Hashable, Sendable {
  public var count: Int
  /// Adapter k of 1, 2, ... is named with probability proportional to k^-exponent; 0 makes all alike.
  public var exponent: Double

  /// The most adapters that there can be.
  public static let most = 1_000_000

  public init(count: Int, exponent: Double = 0) {
    self.count = count
    self.exponent = exponent
  }

  /// Everything wrong with the description, in words.
  func problems() -> [WorkloadProblem] {
    var found: [WorkloadProblem] = []
    found.expect(
      (1...Self.most).contains(count), "count", "a number of adapters is between 1 and \(Self.most), found \(count)")
    found.expect(
      exponent >= 0 && exponent <= 20, "exponent", "an exponent is between 0 and 20, found \(inWords(exponent))")
    return found
  }
}

/// Draws the adapters of requests.
struct AdapterSampler: Sendable {
  private let choice: ZipfSampler?

  init(_ mix: AdapterMix) {
    choice = mix.count == 1 ? nil : ZipfSampler(exponent: mix.exponent, low: 1, high: mix.count)
  }

  func complete(_ request: inout Request, _ stream: inout RandomStream) {
    request.adapter = Int32((choice?.draw(&stream) ?? 1) - 1)
  }
}
