import CCUDA

/// The functions of the CUDA driver that are used. They are closures, so that a test can put its own in.
public struct DriverFunctions {
  public typealias Out<Value> = UnsafeMutablePointer<Value>?

  public var cuInit: (UInt32) -> CUresult
  public var cuDriverGetVersion: (Out<Int32>) -> CUresult
  public var cuGetErrorName: (CUresult, Out<UnsafePointer<CChar>?>) -> CUresult
  public var cuGetErrorString: (CUresult, Out<UnsafePointer<CChar>?>) -> CUresult

  public var cuDeviceGetCount: (Out<Int32>) -> CUresult
  public var cuDeviceGet: (Out<CUdevice>, Int32) -> CUresult
  public var cuDeviceGetName: (Out<CChar>, Int32, CUdevice) -> CUresult
  public var cuDeviceTotalMem: (Out<Int>, CUdevice) -> CUresult
  public var cuDeviceGetAttribute: (Out<Int32>, Int32, CUdevice) -> CUresult
  public var cuDeviceGetPCIBusId: (Out<CChar>, Int32, CUdevice) -> CUresult
  public var cuDeviceCanAccessPeer: (Out<Int32>, CUdevice, CUdevice) -> CUresult

  public var cuDevicePrimaryCtxRetain: (Out<CUcontext?>, CUdevice) -> CUresult
  public var cuDevicePrimaryCtxRelease: (CUdevice) -> CUresult
  public var cuCtxSetCurrent: (CUcontext?) -> CUresult
  public var cuCtxSynchronize: () -> CUresult
  public var cuCtxEnablePeerAccess: (CUcontext?, UInt32) -> CUresult

  public var cuMemAlloc: (Out<CUdeviceptr>, Int) -> CUresult
  public var cuMemFree: (CUdeviceptr) -> CUresult
  public var cuMemGetInfo: (Out<Int>, Out<Int>) -> CUresult
  public var cuMemHostAlloc: (Out<UnsafeMutableRawPointer?>, Int, UInt32) -> CUresult
  public var cuMemFreeHost: (UnsafeMutableRawPointer?) -> CUresult
  public var cuMemcpyAsync: (CUdeviceptr, CUdeviceptr, Int, CUstream?) -> CUresult
  public var cuMemsetD32Async: (CUdeviceptr, UInt32, Int, CUstream?) -> CUresult

  public var cuStreamCreate: (Out<CUstream?>, UInt32) -> CUresult
  public var cuStreamDestroy: (CUstream?) -> CUresult
  public var cuStreamSynchronize: (CUstream?) -> CUresult
  public var cuStreamWaitEvent: (CUstream?, CUevent?, UInt32) -> CUresult
  public var cuEventCreate: (Out<CUevent?>, UInt32) -> CUresult
  public var cuEventDestroy: (CUevent?) -> CUresult
  public var cuEventRecord: (CUevent?, CUstream?) -> CUresult
  public var cuEventSynchronize: (CUevent?) -> CUresult
  public var cuEventElapsedTime: (Out<Float>, CUevent?, CUevent?) -> CUresult

  public var cuModuleLoadDataEx:
    (Out<CUmodule?>, UnsafeRawPointer?, UInt32, Out<Int32>, Out<UnsafeMutableRawPointer?>) -> CUresult
  public var cuModuleUnload: (CUmodule?) -> CUresult
  public var cuModuleGetFunction: (Out<CUfunction?>, CUmodule?, UnsafePointer<CChar>?) -> CUresult
  public var cuFuncSetAttribute: (CUfunction?, Int32, Int32) -> CUresult
  public var cuFuncGetAttribute: (Out<Int32>, Int32, CUfunction?) -> CUresult
  public var cuOccupancyMaxActiveBlocksPerMultiprocessor: (Out<Int32>, CUfunction?, Int32, Int) -> CUresult
  public var cuLaunchKernel:
    (
      CUfunction?, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, CUstream?, Out<UnsafeMutableRawPointer?>,
      Out<UnsafeMutableRawPointer?>
    ) -> CUresult

  public var cuStreamBeginCapture: (CUstream?, Int32) -> CUresult
  public var cuStreamEndCapture: (CUstream?, Out<CUgraph?>) -> CUresult
  public var cuGraphInstantiateWithFlags: (Out<CUgraphExec?>, CUgraph?, UInt64) -> CUresult
  public var cuGraphLaunch: (CUgraphExec?, CUstream?) -> CUresult
  public var cuGraphExecDestroy: (CUgraphExec?) -> CUresult
  public var cuGraphDestroy: (CUgraph?) -> CUresult

  /// Takes every function from the driver's library. Symbols that end in `_v2` are those that `cuda.h` maps the plain
  /// names to.
  ///
  /// - Throws: ``SymbolNotFound`` for a driver older than CUDA 11.4.
  public init(_ library: DynamicLibrary) throws(SymbolNotFound) {
    cuInit = try library.function("cuInit", as: cuInit_t.self)
    cuDriverGetVersion = try library.function("cuDriverGetVersion", as: cuDriverGetVersion_t.self)
    cuGetErrorName = try library.function("cuGetErrorName", as: cuGetErrorName_t.self)
    cuGetErrorString = try library.function("cuGetErrorString", as: cuGetErrorString_t.self)
    cuDeviceGetCount = try library.function("cuDeviceGetCount", as: cuDeviceGetCount_t.self)
    cuDeviceGet = try library.function("cuDeviceGet", as: cuDeviceGet_t.self)
    cuDeviceGetName = try library.function("cuDeviceGetName", as: cuDeviceGetName_t.self)
    cuDeviceTotalMem = try library.function("cuDeviceTotalMem_v2", as: cuDeviceTotalMem_t.self)
    cuDeviceGetAttribute = try library.function("cuDeviceGetAttribute", as: cuDeviceGetAttribute_t.self)
    cuDeviceGetPCIBusId = try library.function("cuDeviceGetPCIBusId", as: cuDeviceGetPCIBusId_t.self)
    cuDeviceCanAccessPeer = try library.function("cuDeviceCanAccessPeer", as: cuDeviceCanAccessPeer_t.self)
    cuDevicePrimaryCtxRetain = try library.function("cuDevicePrimaryCtxRetain", as: cuDevicePrimaryCtxRetain_t.self)
    cuDevicePrimaryCtxRelease = try library.function(
      "cuDevicePrimaryCtxRelease_v2", as: cuDevicePrimaryCtxRelease_t.self)
    cuCtxSetCurrent = try library.function("cuCtxSetCurrent", as: cuCtxSetCurrent_t.self)
    cuCtxSynchronize = try library.function("cuCtxSynchronize", as: cuCtxSynchronize_t.self)
    cuCtxEnablePeerAccess = try library.function("cuCtxEnablePeerAccess", as: cuCtxEnablePeerAccess_t.self)
    cuMemAlloc = try library.function("cuMemAlloc_v2", as: cuMemAlloc_t.self)
    cuMemFree = try library.function("cuMemFree_v2", as: cuMemFree_t.self)
    cuMemGetInfo = try library.function("cuMemGetInfo_v2", as: cuMemGetInfo_t.self)
    cuMemHostAlloc = try library.function("cuMemHostAlloc", as: cuMemHostAlloc_t.self)
    cuMemFreeHost = try library.function("cuMemFreeHost", as: cuMemFreeHost_t.self)
    cuMemcpyAsync = try library.function("cuMemcpyAsync", as: cuMemcpyAsync_t.self)
    cuMemsetD32Async = try library.function("cuMemsetD32Async", as: cuMemsetD32Async_t.self)
    cuStreamCreate = try library.function("cuStreamCreate", as: cuStreamCreate_t.self)
    cuStreamDestroy = try library.function("cuStreamDestroy_v2", as: cuStreamDestroy_t.self)
    cuStreamSynchronize = try library.function("cuStreamSynchronize", as: cuStreamSynchronize_t.self)
    cuStreamWaitEvent = try library.function("cuStreamWaitEvent", as: cuStreamWaitEvent_t.self)
    cuEventCreate = try library.function("cuEventCreate", as: cuEventCreate_t.self)
    cuEventDestroy = try library.function("cuEventDestroy_v2", as: cuEventDestroy_t.self)
    cuEventRecord = try library.function("cuEventRecord", as: cuEventRecord_t.self)
    cuEventSynchronize = try library.function("cuEventSynchronize", as: cuEventSynchronize_t.self)
    // The second version came with CUDA 12.8 and does the same.
    cuEventElapsedTime = try library.function(
      "cuEventElapsedTime_v2", "cuEventElapsedTime", as: cuEventElapsedTime_t.self)
    cuModuleLoadDataEx = try library.function("cuModuleLoadDataEx", as: cuModuleLoadDataEx_t.self)
    cuModuleUnload = try library.function("cuModuleUnload", as: cuModuleUnload_t.self)
    cuModuleGetFunction = try library.function("cuModuleGetFunction", as: cuModuleGetFunction_t.self)
    cuFuncSetAttribute = try library.function("cuFuncSetAttribute", as: cuFuncSetAttribute_t.self)
    cuFuncGetAttribute = try library.function("cuFuncGetAttribute", as: cuFuncGetAttribute_t.self)
    cuOccupancyMaxActiveBlocksPerMultiprocessor = try library.function(
      "cuOccupancyMaxActiveBlocksPerMultiprocessor", as: cuOccupancyMaxActiveBlocksPerMultiprocessor_t.self)
    cuLaunchKernel = try library.function("cuLaunchKernel", as: cuLaunchKernel_t.self)
    cuStreamBeginCapture = try library.function("cuStreamBeginCapture_v2", as: cuStreamBeginCapture_t.self)
    cuStreamEndCapture = try library.function("cuStreamEndCapture", as: cuStreamEndCapture_t.self)
    cuGraphInstantiateWithFlags = try library.function(
      "cuGraphInstantiateWithFlags", as: cuGraphInstantiateWithFlags_t.self)
    cuGraphLaunch = try library.function("cuGraphLaunch", as: cuGraphLaunch_t.self)
    cuGraphExecDestroy = try library.function("cuGraphExecDestroy", as: cuGraphExecDestroy_t.self)
    cuGraphDestroy = try library.function("cuGraphDestroy", as: cuGraphDestroy_t.self)
  }
}
