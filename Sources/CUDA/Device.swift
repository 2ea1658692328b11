import CCUDA

/// One GPU, with its primary context held for as long as this lives: libraries used beside it share that context.
public final class Device {
  public let driver: Driver
  /// Counted from 0 as the driver does, which obeys `CUDA_VISIBLE_DEVICES`.
  public let ordinal: Int
  public let name: String
  /// Bytes.
  public let totalMemory: Int
  public let multiprocessors: Int
  public let l2Bytes: Int
  /// Copies that can be under way at once without a kernel.
  public let copyEngines: Int
  /// For example 9 and 0.
  public let capability: (major: Int, minor: Int)
  /// The most shared memory that a block can be given, bytes.
  public let sharedMemoryPerBlock: Int
  /// Its address on the PCIe bus, for example `0000:19:00.0`.
  public let busID: String
  public let handle: CUdevice
  public let context: CUcontext
  private var reachable: Set<Int> = []

  init(_ driver: Driver, ordinal: Int) throws(CUDAError) {
    let cuda = driver.functions
    let here = "GPU \(ordinal)"
    var device: CUdevice = 0
    try driver.check(cuda.cuDeviceGet(&device, Int32(ordinal)), "cuDeviceGet", here)
    var bytes = 0
    try driver.check(cuda.cuDeviceTotalMem(&bytes, device), "cuDeviceTotalMem", here)
    func attribute(_ number: Int) throws(CUDAError) -> Int {
      var value: Int32 = 0
      try driver.check(
        cuda.cuDeviceGetAttribute(&value, Int32(number), device), "cuDeviceGetAttribute", "attribute \(number), \(here)"
      )
      return Int(value)
    }
    func text(_ call: String, _ read: (UnsafeMutablePointer<CChar>?, Int32) -> CUresult) throws(CUDAError) -> String {
      var buffer = [CChar](repeating: 0, count: 256)
      let result = buffer.withUnsafeMutableBufferPointer { read($0.baseAddress, Int32($0.count - 1)) }
      try driver.check(result, call, here)
      return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    self.driver = driver
    self.ordinal = ordinal
    totalMemory = bytes
    name = try text("cuDeviceGetName") { cuda.cuDeviceGetName($0, $1, device) }
    busID = try text("cuDeviceGetPCIBusId") { cuda.cuDeviceGetPCIBusId($0, $1, device) }
    multiprocessors = try attribute(SPW_DEVICE_MULTIPROCESSORS)
    l2Bytes = try attribute(SPW_DEVICE_L2_BYTES)
    copyEngines = try attribute(SPW_DEVICE_COPY_ENGINES)
    capability = (try attribute(SPW_DEVICE_CAPABILITY_MAJOR), try attribute(SPW_DEVICE_CAPABILITY_MINOR))
    sharedMemoryPerBlock = try attribute(SPW_DEVICE_SHARED_MEMORY_PER_BLOCK)
    handle = device
    var context: CUcontext?
    try driver.check(cuda.cuDevicePrimaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain", here)
    guard let context else {
      throw CUDAError(call: "cuDevicePrimaryCtxRetain", code: 0, name: "returned no context", detail: here)
    }
    self.context = context
  }

  deinit { _ = driver.functions.cuDevicePrimaryCtxRelease(handle) }

  /// Makes the GPU's context that of the calling thread; what is made and launched next is on this GPU.
  public func activate() throws(CUDAError) {
    try driver.check(driver.functions.cuCtxSetCurrent(context), "cuCtxSetCurrent", "GPU \(ordinal)")
  }

  /// Waits until everything given to the GPU is done.
  public func synchronise() throws(CUDAError) {
    try activate()
    try driver.check(driver.functions.cuCtxSynchronize(), "cuCtxSynchronize", "GPU \(ordinal)")
  }

  /// Bytes of device memory that are free now.
  public func freeMemory() throws(CUDAError) -> Int {
    try activate()
    var free = 0
    var total = 0
    try driver.check(driver.functions.cuMemGetInfo(&free, &total), "cuMemGetInfo", "GPU \(ordinal)")
    return free
  }

  /// Whether kernels and copies of this GPU can reach another's memory directly.
  public func canReach(_ peer: Device) throws(CUDAError) -> Bool {
    var can: Int32 = 0
    try driver.check(
      driver.functions.cuDeviceCanAccessPeer(&can, handle, peer.handle), "cuDeviceCanAccessPeer",
      "GPU \(ordinal) to GPU \(peer.ordinal)")
    return can != 0
  }

  /// Lets kernels and copies of this GPU reach another's memory directly; asking again does no harm.
  public func reach(_ peer: Device) throws(CUDAError) {
    if peer.ordinal == ordinal || reachable.contains(peer.ordinal) { return }
    try activate()
    let result = driver.functions.cuCtxEnablePeerAccess(peer.context, 0)
    if result != SPW_CUDA_PEER_ACCESS_ALREADY_ENABLED {
      try driver.check(result, "cuCtxEnablePeerAccess", "GPU \(ordinal) to GPU \(peer.ordinal)")
    }
    reachable.insert(peer.ordinal)
  }

  /// What the driver says of the GPU.
  ///
  /// - Parameter number: an attribute of CCUDA, for example `SPW_DEVICE_CLOCK_KHZ`.
  public func attribute(_ number: Int) throws(CUDAError) -> Int {
    var value: Int32 = 0
    try driver.check(
      driver.functions.cuDeviceGetAttribute(&value, Int32(number), handle), "cuDeviceGetAttribute",
      "attribute \(number), GPU \(ordinal)")
    return Int(value)
  }

  /// For example `sm_90a`: the target with the architecture's own instructions, for what runs on this GPU alone.
  public var architecture: String {
    "sm_\(capability.major)\(capability.minor)" + (capability.major >= 9 ? "a" : "")
  }
}
