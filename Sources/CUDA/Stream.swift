import CCUDA

/// A queue of work for one GPU that does not wait for others, closed with its owner.
public final class Stream {
  public let device: Device
  public let handle: CUstream

  public init(_ device: Device) throws(CUDAError) {
    self.device = device
    try device.activate()
    var handle: CUstream?
    let detail = "GPU \(device.ordinal)"
    try device.driver.check(
      device.driver.functions.cuStreamCreate(&handle, UInt32(SPW_STREAM_NON_BLOCKING)), "cuStreamCreate", detail)
    guard let handle else {
      throw CUDAError(call: "cuStreamCreate", code: 0, name: "returned no stream", detail: detail)
    }
    self.handle = handle
  }

  deinit {
    _ = device.driver.functions.cuCtxSetCurrent(device.context)
    _ = device.driver.functions.cuStreamDestroy(handle)
  }

  private var place: String { "GPU \(device.ordinal)" }

  /// Queues a copy between any two addresses of GPUs and pinned host memory.
  public func copy(to target: CUdeviceptr, from source: CUdeviceptr, bytes: Int) throws(CUDAError) {
    try device.activate()
    try device.driver.check(
      device.driver.functions.cuMemcpyAsync(target, source, bytes, handle), "cuMemcpyAsync", "\(bytes) bytes, \(place)")
  }

  /// Queues copies of many fragments of one size with as little as possible between the calls.
  public func copyFragments(
    _ fragments: [(target: CUdeviceptr, source: CUdeviceptr)], bytes: Int
  ) throws(CUDAError) {
    try device.activate()
    let copy = device.driver.functions.cuMemcpyAsync
    for fragment in fragments {
      let result = copy(fragment.target, fragment.source, bytes, handle)
      if result != 0 {
        try device.driver.check(result, "cuMemcpyAsync", "fragments of \(bytes) bytes, \(place)")
      }
    }
  }

  /// Queues filling memory with one 32-bit word.
  public func fill(_ memory: DeviceMemory, word: UInt32 = 0) throws(CUDAError) {
    try device.activate()
    try device.driver.check(
      device.driver.functions.cuMemsetD32Async(memory.address, word, memory.bytes / 4, handle), "cuMemsetD32Async",
      "\(memory.bytes) bytes, \(place)")
  }

  /// Queues waiting for an event, which may be another GPU's.
  public func wait(for event: Event) throws(CUDAError) {
    try device.activate()
    try device.driver.check(
      device.driver.functions.cuStreamWaitEvent(handle, event.handle, 0), "cuStreamWaitEvent", place)
  }

  /// Queues the recording of an event of the same GPU.
  public func record(_ event: Event) throws(CUDAError) {
    try device.activate()
    try device.driver.check(device.driver.functions.cuEventRecord(event.handle, handle), "cuEventRecord", place)
  }

  /// Waits until everything queued is done; errors of kernels show here.
  public func synchronise() throws(CUDAError) {
    try device.driver.check(device.driver.functions.cuStreamSynchronize(handle), "cuStreamSynchronize", place)
  }

  /// Queues a kernel.
  ///
  /// - Parameters:
  ///   - grid: blocks in each dimension.
  ///   - block: threads of a block in each dimension.
  ///   - sharedBytes: dynamic shared memory of a block.
  ///   - arguments: in the order of the kernel's parameters; each as wide as its parameter.
  public func launch(
    _ function: KernelFunction, grid: Extent, block: Extent, sharedBytes: Int = 0, _ arguments: [KernelArgument]
  ) throws(CUDAError) {
    try device.activate()
    var words = arguments.map(\.word)
    let launch = device.driver.functions.cuLaunchKernel
    let result = words.withUnsafeMutableBufferPointer { words -> CUresult in
      var pointers = words.indices.map { UnsafeMutableRawPointer(words.baseAddress! + $0) as UnsafeMutableRawPointer? }
      return pointers.withUnsafeMutableBufferPointer {
        launch(
          function.handle, UInt32(grid.x), UInt32(grid.y), UInt32(grid.z), UInt32(block.x), UInt32(block.y),
          UInt32(block.z), UInt32(sharedBytes), handle, $0.baseAddress, nil)
      }
    }
    try device.driver.check(
      result, "cuLaunchKernel",
      "\(function.name), grid \(grid), block \(block), \(sharedBytes) bytes of shared memory, \(place)")
  }

  /// What `queue` puts on this stream, as a graph instead of running it.
  public func capture(_ queue: () throws(CUDAError) -> Void) throws(CUDAError) -> Graph {
    let cuda = device.driver.functions
    try device.activate()
    try device.driver.check(
      cuda.cuStreamBeginCapture(handle, Int32(SPW_CAPTURE_RELAXED)), "cuStreamBeginCapture", place)
    var graph: CUgraph?
    do throws(CUDAError) { try queue() } catch {
      // The capture must end whatever happened in it, or the stream stays unusable.
      if cuda.cuStreamEndCapture(handle, &graph) == 0, let graph { _ = cuda.cuGraphDestroy(graph) }
      throw error
    }
    try device.driver.check(cuda.cuStreamEndCapture(handle, &graph), "cuStreamEndCapture", place)
    guard let graph else {
      throw CUDAError(call: "cuStreamEndCapture", code: 0, name: "returned no graph", detail: place)
    }
    return try Graph(device, graph)
  }
}

/// A point in a stream's work whose time the GPU notes, released with its owner.
public final class Event {
  public let device: Device
  public let handle: CUevent

  public init(_ device: Device) throws(CUDAError) {
    self.device = device
    try device.activate()
    var handle: CUevent?
    let detail = "GPU \(device.ordinal)"
    try device.driver.check(device.driver.functions.cuEventCreate(&handle, 0), "cuEventCreate", detail)
    guard let handle else { throw CUDAError(call: "cuEventCreate", code: 0, name: "returned no event", detail: detail) }
    self.handle = handle
  }

  deinit { _ = device.driver.functions.cuEventDestroy(handle) }

  /// Waits until the event has happened.
  public func synchronise() throws(CUDAError) {
    try device.driver.check(
      device.driver.functions.cuEventSynchronize(handle), "cuEventSynchronize", "GPU \(device.ordinal)")
  }

  /// Seconds from an earlier event of the same GPU; both must have happened.
  public func seconds(since start: Event) throws(CUDAError) -> Double {
    var milliseconds: Float = 0
    try device.driver.check(
      device.driver.functions.cuEventElapsedTime(&milliseconds, start.handle, handle), "cuEventElapsedTime",
      "GPU \(device.ordinal)")
    return Double(milliseconds) * 1e-3
  }
}

/// Work that was captured once and can be queued as a whole, released with its owner.
public final class Graph {
  public let device: Device
  private let executable: CUgraphExec

  init(_ device: Device, _ graph: CUgraph) throws(CUDAError) {
    self.device = device
    let cuda = device.driver.functions
    var executable: CUgraphExec?
    let result = cuda.cuGraphInstantiateWithFlags(&executable, graph, 0)
    _ = cuda.cuGraphDestroy(graph)
    let detail = "GPU \(device.ordinal)"
    try device.driver.check(result, "cuGraphInstantiateWithFlags", detail)
    guard let executable else {
      throw CUDAError(call: "cuGraphInstantiateWithFlags", code: 0, name: "returned no graph", detail: detail)
    }
    self.executable = executable
  }

  deinit { _ = device.driver.functions.cuGraphExecDestroy(executable) }

  /// Queues everything in the graph.
  public func launch(on stream: Stream) throws(CUDAError) {
    try device.activate()
    try device.driver.check(
      device.driver.functions.cuGraphLaunch(executable, stream.handle), "cuGraphLaunch", "GPU \(device.ordinal)")
  }
}
