import CCUDA
import CUDA

extension DriverFunctions {
  /// A table whose every function fails; a fake replaces what it has.
  static func empty() -> DriverFunctions {
    let library = try? DynamicLibrary(LibraryName(title: "nothing", files: ["fake"]), system: .everywhere)
    guard let library, let functions = try? DriverFunctions(library) else { preconditionFailure("no table") }
    return functions
  }
}

extension LibrarySystem {
  /// Finds any library, and in it any symbol: none may be called.
  public static let everywhere = LibrarySystem(
    open: { _ in UnsafeMutableRawPointer(bitPattern: 16) }, reason: { "" },
    symbol: { _, _ in UnsafeMutableRawPointer(bitPattern: 16) }, matches: { _ in [] }, environment: { _ in nil })

  /// Finds nothing.
  public static let nowhere = LibrarySystem(
    open: { _ in nil }, reason: { "cannot open shared object file" }, symbol: { _, _ in nil }, matches: { _ in [] },
    environment: { _ in nil })
}

extension FakeCUDA {
  /// A table of functions that end up here.
  public func driverFunctions() -> DriverFunctions {
    var table = DriverFunctions.empty()
    fillDevices(&table)
    fillMemory(&table)
    fillStreams(&table)
    fillKernels(&table)
    return table
  }

  /// Runs a call's work unless it is to fail.
  private func call(_ name: String, _ work: () -> Bool) -> CUresult {
    let code = begin(name)
    if code != 0 { return code }
    return work() ? 0 : 1
  }

  private func fillDevices(_ table: inout DriverFunctions) {
    table.cuInit = { _ in self.machine.gpus == 0 ? 100 : self.call("cuInit") { true } }
    table.cuDriverGetVersion = { out in
      self.call("cuDriverGetVersion") {
        out?.pointee = self.machine.version
        return true
      }
    }
    table.cuGetErrorName = { code, out in
      out?.pointee = self.name(of: code)
      return out?.pointee == nil ? 1 : 0
    }
    table.cuGetErrorString = table.cuGetErrorName
    table.cuDeviceGetCount = { out in
      self.call("cuDeviceGetCount") {
        out?.pointee = Int32(self.machine.gpus)
        return true
      }
    }
    table.cuDeviceGet = { out, ordinal in
      self.call("cuDeviceGet") {
        out?.pointee = ordinal
        return ordinal < self.machine.gpus
      }
    }
    func text(_ name: String, _ value: @escaping (CUdevice) -> String) -> (
      UnsafeMutablePointer<CChar>?, Int32, CUdevice
    ) -> CUresult {
      { out, length, device in
        self.call(name) {
          for (index, byte) in value(device).utf8.prefix(Int(length) - 1).enumerated() {
            out?[index] = CChar(bitPattern: byte)
          }
          return true
        }
      }
    }
    table.cuDeviceGetName = text("cuDeviceGetName") { _ in self.machine.name }
    table.cuDeviceGetPCIBusId = text("cuDeviceGetPCIBusId") { "0000:0\($0):00.0" }
    table.cuDeviceTotalMem = { out, _ in
      self.call("cuDeviceTotalMem") {
        out?.pointee = self.machine.memory
        return true
      }
    }
    table.cuDeviceGetAttribute = { out, attribute, _ in
      self.call("cuDeviceGetAttribute") {
        out?.pointee = Self.attributes[Int(attribute)] ?? 0
        return true
      }
    }
    table.cuDeviceCanAccessPeer = { out, _, _ in
      self.call("cuDeviceCanAccessPeer") {
        out?.pointee = self.machine.peerAccess ? 1 : 0
        return true
      }
    }
    table.cuDevicePrimaryCtxRetain = { out, device in
      self.call("cuDevicePrimaryCtxRetain") {
        _ = self.made("context")
        out?.pointee = OpaquePointer(bitPattern: Int(device) + 1)
        return true
      }
    }
    table.cuDevicePrimaryCtxRelease = { _ in
      self.gone("context")
      return 0
    }
    table.cuCtxSetCurrent = { context in
      self.call("cuCtxSetCurrent") {
        self.activate(context)
        return true
      }
    }
    table.cuCtxSynchronize = {
      self.call("cuCtxSynchronize") {
        self.waitForAll()
        return true
      }
    }
    table.cuCtxEnablePeerAccess = { _, _ in self.call("cuCtxEnablePeerAccess") { true } }
  }

  /// What an H200 answers.
  private static let attributes: [Int: Int32] = [
    SPW_DEVICE_CLOCK_KHZ: 1_980_000, SPW_DEVICE_MULTIPROCESSORS: 132, SPW_DEVICE_MEMORY_CLOCK_KHZ: 3_201_000,
    SPW_DEVICE_MEMORY_BUS_BITS: 6144, SPW_DEVICE_L2_BYTES: 62_914_560, SPW_DEVICE_COPY_ENGINES: 3,
    SPW_DEVICE_CAPABILITY_MAJOR: 9, SPW_DEVICE_CAPABILITY_MINOR: 0, SPW_DEVICE_SHARED_MEMORY_PER_BLOCK: 232_448,
  ]

  private func fillMemory(_ table: inout DriverFunctions) {
    table.cuMemAlloc = { out, bytes in
      let code = self.begin("cuMemAlloc")
      if code != 0 { return code }
      guard let address = self.allocate(bytes) else { return 2 }
      out?.pointee = address
      return 0
    }
    table.cuMemFree = { address in self.call("cuMemFree") { self.release(address) } }
    table.cuMemGetInfo = { free, total in
      self.call("cuMemGetInfo") {
        free?.pointee = self.freeBytes
        total?.pointee = self.machine.memory
        return true
      }
    }
    table.cuMemHostAlloc = { out, bytes, _ in
      let code = self.begin("cuMemHostAlloc")
      if code != 0 { return code }
      out?.pointee = self.allocateHost(bytes)
      return out?.pointee == nil ? 2 : 0
    }
    table.cuMemFreeHost = { pointer in self.call("cuMemFreeHost") { self.releaseHost(pointer) } }
    table.cuMemcpyAsync = { target, source, bytes, stream in
      self.call("cuMemcpyAsync") { self.copy(target, source, bytes, stream) }
    }
    table.cuMemsetD32Async = { target, _, words, stream in
      self.call("cuMemsetD32Async") {
        self.owner(target, bytes: 4 * words) != nil && self.queue(Double(4 * words) / self.machine.read, on: stream)
      }
    }
  }

  private func fillStreams(_ table: inout DriverFunctions) {
    table.cuStreamCreate = { out, _ in
      self.call("cuStreamCreate") {
        out?.pointee = self.makeStream()
        return true
      }
    }
    table.cuStreamDestroy = { stream in
      self.gone("stream")
      self.closeStream(stream)
      return 0
    }
    table.cuStreamSynchronize = { stream in self.call("cuStreamSynchronize") { self.wait(stream) } }
    table.cuStreamWaitEvent = { stream, event, _ in
      self.call("cuStreamWaitEvent") { self.hold(stream, for: event) }
    }
    table.cuEventCreate = { out, _ in
      self.call("cuEventCreate") {
        out?.pointee = self.made("event")
        return true
      }
    }
    table.cuEventDestroy = { _ in
      self.gone("event")
      return 0
    }
    table.cuEventRecord = { event, stream in self.call("cuEventRecord") { self.record(event, stream) } }
    table.cuEventSynchronize = { event in
      self.call("cuEventSynchronize") {
        guard let time = self.time(of: event) else { return false }
        self.passTo(time)
        return true
      }
    }
    table.cuEventElapsedTime = { out, start, end in
      self.call("cuEventElapsedTime") {
        guard let from = self.time(of: start), let to = self.time(of: end) else { return false }
        out?.pointee = Float((to - from) * 1e3)
        return true
      }
    }
  }

  private func fillKernels(_ table: inout DriverFunctions) {
    table.cuModuleLoadDataEx = { out, _, _, _, _ in
      self.call("cuModuleLoadDataEx") {
        out?.pointee = self.made("module")
        return true
      }
    }
    table.cuModuleUnload = { _ in
      self.gone("module")
      return 0
    }
    table.cuModuleGetFunction = { out, _, name in
      self.call("cuModuleGetFunction") {
        guard let name else { return false }
        out?.pointee = self.function(String(cString: name))
        return true
      }
    }
    table.cuFuncSetAttribute = { _, _, _ in self.call("cuFuncSetAttribute") { true } }
    table.cuFuncGetAttribute = { out, _, _ in
      self.call("cuFuncGetAttribute") {
        out?.pointee = 64
        return true
      }
    }
    table.cuOccupancyMaxActiveBlocksPerMultiprocessor = { out, _, threads, _ in
      self.call("cuOccupancyMaxActiveBlocksPerMultiprocessor") {
        out?.pointee = 2048 / max(threads, 1)
        return true
      }
    }
    table.cuLaunchKernel = { function, _, _, _, _, _, _, _, stream, parameters, _ in
      self.call("cuLaunchKernel") { self.launch(function, parameters, stream) }
    }
    table.cuStreamBeginCapture = { stream, _ in
      self.call("cuStreamBeginCapture") {
        self.beginCapture(stream)
        return true
      }
    }
    table.cuStreamEndCapture = { stream, out in
      self.call("cuStreamEndCapture") {
        out?.pointee = self.endCapture(stream)
        return out?.pointee != nil
      }
    }
    table.cuGraphInstantiateWithFlags = { out, graph, _ in
      self.call("cuGraphInstantiateWithFlags") {
        out?.pointee = self.instantiate(graph)
        return true
      }
    }
    table.cuGraphLaunch = { executable, stream in
      self.call("cuGraphLaunch") { self.replay(executable, on: stream) }
    }
    table.cuGraphExecDestroy = { _ in
      self.gone("executable")
      return 0
    }
    table.cuGraphDestroy = { _ in
      self.gone("graph")
      return 0
    }
  }
}
