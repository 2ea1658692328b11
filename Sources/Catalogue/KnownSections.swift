/// The sections that a profile may have. A name that is not here is an error, so that a misspelt section is not
/// silently left out.
public enum KnownSections {
  public struct Entry: Hashable, Sendable {
    public let name: String
    /// What it holds and who reads it.
    public let summary: String
  }

  public static let all: [Entry] = [
    // Step times.
    Entry(name: "device", summary: "name and peak rates of the GPU"),
    Entry(name: "gemm", summary: "matrix products against rows"),
    Entry(name: "gemm_single", summary: "matrix products at single sizes that the library serves badly"),
    Entry(name: "prefill", summary: "prompt attention of one layer against prompt length"),
    Entry(name: "decode", summary: "decode attention of one layer against context"),
    Entry(name: "experts", summary: "mixture layers against tokens"),
    Entry(name: "allreduce", summary: "all-reduce against bytes"),
    Entry(name: "launch", summary: "what it costs to launch kernels and graphs"),
    // Serving engines.
    Entry(name: "engine", summary: "fitted costs of a serving engine"),
    // How and what was measured, and the links.
    Entry(name: "calibration", summary: "machine, driver, libraries, clocks and date of the measurement"),
    Entry(name: "transfer", summary: "copies over each link: bytes, seconds, spread"),
    Entry(name: "contention", summary: "copies that share links"),
    Entry(name: "interference", summary: "kernels slowed down by copies"),
    Entry(name: "sharing", summary: "pages beside decode-like kernels and collectives"),
    Entry(name: "collective", summary: "collectives over several GPUs"),
    Entry(name: "sustained", summary: "matrix products without rest against the same in bursts"),
    Entry(name: "chunked", summary: "attention of prefill chunks over cached context"),
    Entry(name: "comparison", summary: "measured kernels against another profile's"),
    Entry(name: "fit", summary: "figures fitted to the measurements, with intervals and residuals"),
    Entry(name: "failed", summary: "measurements that stopped, each with the call and its error"),
  ]

  public static func contains(_ name: String) -> Bool { all.contains { $0.name == name } }
}
