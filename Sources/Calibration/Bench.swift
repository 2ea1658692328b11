import CUDA

/// The machine being measured and how times are taken on it.
public final class Bench {
  public let driver: Driver
  /// The GPUs to measure, in the order asked for.
  public let devices: [Device]
  /// `nil` where no run-time compiler was found: measurements that need kernels of ours say so.
  public let compiler: KernelCompiler?
  /// `nil` where NVML was not found; only descriptions of the machine need it.
  public let management: Management?
  /// Fewer points and repeats.
  public let isQuick: Bool
  /// Where further libraries are looked for.
  public let system: LibrarySystem
  /// Seconds on the host's monotonic clock.
  public let clock: () -> Double
  private var modules: [String: Module] = [:]
  private var images: [String: [UInt8]] = [:]

  public init(
    driver: Driver, devices: [Device], compiler: KernelCompiler?, management: Management?, isQuick: Bool,
    system: LibrarySystem = .process, clock: @escaping () -> Double = Bench.monotonicSeconds
  ) {
    self.driver = driver
    self.devices = devices
    self.compiler = compiler
    self.management = management
    self.isQuick = isQuick
    self.system = system
    self.clock = clock
  }

  private static let origin = ContinuousClock.now

  public static func monotonicSeconds() -> Double { (ContinuousClock.now - origin) / .seconds(1) }

  /// A kernel of a source, compiled and loaded once for each kind of GPU and each GPU.
  ///
  /// - Throws: ``CUDAError``; ``NoCompiler``.
  func function(
    _ name: String, of source: KernelSource, on device: Device, sharedBytes: Int = 0
  ) throws -> KernelFunction {
    let key = "\(source.name)/\(device.ordinal)"
    if let module = modules[key] { return try module.function(name, sharedBytes: sharedBytes) }
    guard let compiler else { throw NoCompiler() }
    let imageKey = "\(source.name)/\(device.architecture)"
    let image =
      try images[imageKey]
      ?? compiler.compile(
        source.text, name: source.name, architecture: device.architecture, headers: KernelSource.headers,
        options: KernelSource.options)
    images[imageKey] = image
    let module = try Module(device, image: image)
    modules[key] = module
    return try module.function(name, sharedBytes: sharedBytes)
  }

  /// How often things are done that vary little.
  public var repeats: Int { isQuick ? 7 : 15 }

  /// Seconds that the GPU takes for what `queue` puts on a stream, by its own events: the median after two unmeasured
  /// rounds. Rounds are queued one at a time, so that nothing else is under way.
  public func deviceTime(
    on stream: Stream, repeats: Int? = nil, _ queue: () throws(CUDAError) -> Void
  ) throws(CUDAError) -> Timing {
    let start = try Event(stream.device)
    let end = try Event(stream.device)
    var times: [Double] = []
    let repeats = repeats ?? self.repeats
    for round in 0..<(repeats + 2) {
      try stream.record(start)
      try queue()
      try stream.record(end)
      try stream.synchronise()
      if round >= 2 { times.append(try end.seconds(since: start)) }
    }
    return Timing(times)
  }

  /// Seconds on the host's clock for `work`: the median after two unmeasured rounds.
  public func hostTime(repeats: Int? = nil, _ work: () throws(CUDAError) -> Void) throws(CUDAError) -> Timing {
    var times: [Double] = []
    let repeats = repeats ?? self.repeats
    for round in 0..<(repeats + 2) {
      let start = clock()
      try work()
      if round >= 2 { times.append(clock() - start) }
    }
    return Timing(times)
  }
}

/// The same thing timed several times.
public struct Timing: Sendable, Hashable {
  /// In increasing order, seconds.
  public let times: [Double]

  public init(_ times: [Double]) { self.times = times.sorted() }

  /// The middle one, or the mean of the two in the middle; 0 of none.
  public var median: Double {
    if times.isEmpty { return 0 }
    let middle = times.count / 2
    return times.count % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2
  }

  /// The distance between the quartiles as a share of the median.
  public var spread: Double {
    if times.count < 4 || median == 0 { return 0 }
    return (times[times.count * 3 / 4] - times[times.count / 4]) / median
  }

  public func scaled(by factor: Double) -> Timing { Timing(times.map { $0 * factor }) }
}

/// There is no run-time compiler, so that kernels of ours cannot be had.
public struct NoCompiler: Error, Hashable, Sendable, CustomStringConvertible {
  public init() {}
  public var description: String { "NVRTC was not found, so no kernel could be compiled" }
}
