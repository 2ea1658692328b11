import CCUDA

/// Compiled kernels, loaded on one GPU and unloaded with their owner.
public final class Module {
  public let device: Device
  private let handle: CUmodule

  /// - Parameter image: machine code as ``KernelCompiler`` gives it.
  public init(_ device: Device, image: [UInt8]) throws(CUDAError) {
    self.device = device
    try device.activate()
    var handle: CUmodule?
    let detail = "\(image.count) bytes, GPU \(device.ordinal)"
    let result = image.withUnsafeBytes {
      device.driver.functions.cuModuleLoadDataEx(&handle, $0.baseAddress, 0, nil, nil)
    }
    try device.driver.check(result, "cuModuleLoadDataEx", detail)
    guard let handle else {
      throw CUDAError(call: "cuModuleLoadDataEx", code: 0, name: "returned no module", detail: detail)
    }
    self.handle = handle
  }

  deinit {
    _ = device.driver.functions.cuCtxSetCurrent(device.context)
    _ = device.driver.functions.cuModuleUnload(handle)
  }

  /// A kernel that was declared `extern "C" __global__`.
  ///
  /// - Parameter sharedBytes: the most dynamic shared memory that a launch will ask for; more than 48 KiB must be said.
  public func function(_ name: String, sharedBytes: Int = 0) throws(CUDAError) -> KernelFunction {
    try device.activate()
    var function: CUfunction?
    let detail = "\(name), GPU \(device.ordinal)"
    try device.driver.check(
      device.driver.functions.cuModuleGetFunction(&function, handle, name), "cuModuleGetFunction", detail)
    guard let function else {
      throw CUDAError(call: "cuModuleGetFunction", code: 0, name: "returned no function", detail: detail)
    }
    if sharedBytes > 48 << 10 {
      try device.driver.check(
        device.driver.functions.cuFuncSetAttribute(
          function, Int32(SPW_FUNCTION_DYNAMIC_SHARED_MEMORY), Int32(sharedBytes)),
        "cuFuncSetAttribute", "\(detail), \(sharedBytes) bytes of shared memory")
    }
    return KernelFunction(module: self, name: name, handle: function)
  }
}

/// One kernel of a module.
public struct KernelFunction {
  /// Kept, because the function goes with its module.
  let module: Module
  public let name: String
  public let handle: CUfunction

  /// How many blocks of a size fit on one multiprocessor at once.
  public func blocksPerMultiprocessor(threads: Int, sharedBytes: Int = 0) throws(CUDAError) -> Int {
    let device = module.device
    try device.activate()
    var blocks: Int32 = 0
    try device.driver.check(
      device.driver.functions.cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, handle, Int32(threads), sharedBytes),
      "cuOccupancyMaxActiveBlocksPerMultiprocessor", "\(name), \(threads) threads, \(sharedBytes) bytes")
    return Int(blocks)
  }
}

/// The size of a grid in blocks, or of a block in threads.
public struct Extent: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  public var x: Int
  public var y: Int
  public var z: Int

  public init(_ x: Int, _ y: Int = 1, _ z: Int = 1) {
    self.x = x
    self.y = y
    self.z = z
  }

  public init(integerLiteral value: Int) { self.init(value) }

  public var description: String { "\(x)x\(y)x\(z)" }
}

/// One argument of a kernel.
public struct KernelArgument: Hashable, Sendable {
  /// The bits, in the low bytes; the machines that CUDA runs on are little-endian.
  let word: UInt64

  private init(word: UInt64) { self.word = word }

  /// A pointer into device memory or pinned host memory.
  public static func address(_ address: CUdeviceptr) -> KernelArgument { KernelArgument(word: address) }
  /// A pointer to the start of device memory.
  public static func memory(_ memory: DeviceMemory) -> KernelArgument { .address(memory.address) }
  /// An `int`.
  public static func int(_ value: Int) -> KernelArgument {
    KernelArgument(word: UInt64(UInt32(bitPattern: Int32(value))))
  }
  /// A `long long` or `size_t`.
  public static func long(_ value: Int) -> KernelArgument { KernelArgument(word: UInt64(bitPattern: Int64(value))) }
  /// A `float`.
  public static func float(_ value: Float) -> KernelArgument { KernelArgument(word: UInt64(value.bitPattern)) }
}
