import CUDA

/// What the kernel measurements share on one GPU: a stream, kernels, and memory that is taken when first needed.
final class KernelBench {
  let bench: Bench
  let plan: KernelPlan
  let device: Device
  private var queue: Stream?
  private var memories: [String: DeviceMemory] = [:]

  init(_ bench: Bench, _ plan: KernelPlan) {
    self.bench = bench
    self.plan = plan
    device = bench.devices[0]
  }

  func stream() throws(CUDAError) -> Stream {
    if let queue { return queue }
    let made = try Stream(device)
    queue = made
    return made
  }

  func burst() throws(CUDAError) -> BurstTimer {
    BurstTimer(stream: try stream(), seconds: plan.burstSeconds, count: plan.bursts, rest: plan.rest)
  }

  func kernel(_ name: String, of source: KernelSource, sharedBytes: Int = 0) throws -> KernelFunction {
    try bench.function(name, of: source, on: device, sharedBytes: sharedBytes)
  }

  /// Memory of a purpose, made anew when more is asked for than there is.
  func memory(_ purpose: String, bytes: Int) throws(CUDAError) -> DeviceMemory {
    if let known = memories[purpose], known.bytes >= bytes { return known }
    memories[purpose] = nil
    let rounded = (bytes + 255) / 256 * 256
    let made = try DeviceMemory(device, bytes: rounded)
    memories[purpose] = made
    return made
  }

  /// Memory of a purpose filled with random numbers; filled anew when it is made or held others.
  func random(_ purpose: String, bytes: Int, _ operands: MatrixOperands = .bfloat16) throws -> DeviceMemory {
    let name = "\(purpose), \(operands.rawValue)"
    if let known = memories[name], known.bytes >= bytes { return known }
    let fill = try kernel(operands == .fp8 ? "fill_fp8" : "fill_bfloat16", of: .filling)
    let stream = try stream()
    let memory = try memory(name, bytes: bytes)
    let seed = purpose.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xffff_ffff }
    do throws(CUDAError) {
      try stream.launch(
        fill, grid: Extent(device.multiprocessors * 8), block: 256,
        [.memory(memory), .long(memory.bytes / 4), .long(seed << 32)])
      try stream.synchronise()
    } catch {
      // Else the next to ask would take it for filled.
      memories[name] = nil
      throw error
    }
    return memory
  }

  /// Gives everything back.
  func release() { memories = [:] }

  /// Copies numbers to the start of device memory.
  func upload<Value: BitwiseCopyable>(_ values: [Value], to memory: DeviceMemory) throws(CUDAError) {
    let bytes = values.count * MemoryLayout<Value>.stride
    precondition(bytes <= memory.bytes)
    let host = try HostMemory(device, bytes: max(bytes, 1))
    _ = host.values(of: Value.self).update(fromContentsOf: values)
    let stream = try stream()
    try stream.copy(to: memory.address, from: host.address, bytes: bytes)
    try stream.synchronise()
  }

  /// Copies numbers from the start of device memory.
  func download<Value: BitwiseCopyable>(_ type: Value.Type, count: Int, from memory: DeviceMemory) throws(CUDAError)
    -> [Value]
  {
    let bytes = count * MemoryLayout<Value>.stride
    precondition(bytes <= memory.bytes)
    let host = try HostMemory(device, bytes: max(bytes, 1))
    let stream = try stream()
    try stream.copy(to: host.address, from: memory.address, bytes: bytes)
    try stream.synchronise()
    return Array(host.values(of: type).prefix(count))
  }
}

/// A kernel whose results are not what a plain computation gives; its times would mean nothing.
public struct WrongResult: Error, Hashable, Sendable, CustomStringConvertible {
  public var kernel: String
  public var relativeError: Double
  public var allowed: Double

  public var description: String {
    "\(kernel) gave wrong results: relative error \(relativeError), allowed \(allowed); it is not timed"
  }

  /// The error that bf16 results may have: a few times its rounding.
  static let allowed = 1e-2

  static func check(_ kernel: String, _ error: Double) throws(WrongResult) {
    if !(error <= allowed) { throw WrongResult(kernel: kernel, relativeError: error, allowed: allowed) }
  }
}
