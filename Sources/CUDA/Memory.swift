import CCUDA

/// Device memory, freed with its owner.
public final class DeviceMemory {
  public let device: Device
  public let address: CUdeviceptr
  public let bytes: Int

  /// - Throws: ``CUDAError`` with the size, `isOutOfMemory` when there is too little left.
  public init(_ device: Device, bytes: Int) throws(CUDAError) {
    self.device = device
    self.bytes = bytes
    try device.activate()
    var address: CUdeviceptr = 0
    try device.driver.check(
      device.driver.functions.cuMemAlloc(&address, bytes), "cuMemAlloc", "\(bytes) bytes on GPU \(device.ordinal)")
    self.address = address
  }

  deinit {
    _ = device.driver.functions.cuCtxSetCurrent(device.context)
    _ = device.driver.functions.cuMemFree(address)
  }
}

/// Pinned host memory that every GPU can copy from and to, freed with its owner.
public final class HostMemory {
  public let device: Device
  public let pointer: UnsafeMutableRawPointer
  public let bytes: Int

  /// - Parameter device: whose context it is made in; others can use it as well.
  public init(_ device: Device, bytes: Int) throws(CUDAError) {
    self.device = device
    self.bytes = bytes
    try device.activate()
    var pointer: UnsafeMutableRawPointer?
    let detail = "\(bytes) bytes of pinned host memory"
    try device.driver.check(
      device.driver.functions.cuMemHostAlloc(&pointer, bytes, UInt32(SPW_HOST_PORTABLE)), "cuMemHostAlloc", detail)
    guard let pointer else {
      throw CUDAError(call: "cuMemHostAlloc", code: 0, name: "returned no memory", detail: detail)
    }
    self.pointer = pointer
  }

  deinit {
    _ = device.driver.functions.cuCtxSetCurrent(device.context)
    _ = device.driver.functions.cuMemFreeHost(pointer)
  }

  /// Its address in the space that it shares with device memory.
  public var address: CUdeviceptr { CUdeviceptr(UInt(bitPattern: pointer)) }

  /// Its contents as values of one type.
  public func values<Value: BitwiseCopyable>(of type: Value.Type) -> UnsafeMutableBufferPointer<Value> {
    UnsafeMutableBufferPointer(
      start: pointer.bindMemory(to: type, capacity: bytes / MemoryLayout<Value>.stride),
      count: bytes / MemoryLayout<Value>.stride)
  }
}
