import CCUDA
import Glibc

/// The functions of NCCL that are used, as closures so that a test can put its own in.
public struct NCCLFunctions {
  public typealias Out<Value> = UnsafeMutablePointer<Value>?

  public var ncclGetErrorString: (ncclResult_t) -> UnsafePointer<CChar>?
  public var ncclGetVersion: (Out<Int32>) -> ncclResult_t
  public var ncclCommInitAll: (Out<ncclComm_t?>, Int32, UnsafePointer<Int32>?) -> ncclResult_t
  public var ncclCommDestroy: (ncclComm_t?) -> ncclResult_t
  public var ncclGroupStart: () -> ncclResult_t
  public var ncclGroupEnd: () -> ncclResult_t
  public var ncclAllReduce: (CUdeviceptr, CUdeviceptr, Int, Int32, Int32, ncclComm_t?, CUstream?) -> ncclResult_t
  public var ncclReduceScatter: (CUdeviceptr, CUdeviceptr, Int, Int32, Int32, ncclComm_t?, CUstream?) -> ncclResult_t
  public var ncclAllGather: (CUdeviceptr, CUdeviceptr, Int, Int32, ncclComm_t?, CUstream?) -> ncclResult_t
}

extension NCCLFunctions {
  /// - Throws: ``SymbolNotFound``.
  public init(_ library: DynamicLibrary) throws(SymbolNotFound) {
    ncclGetErrorString = try library.function("ncclGetErrorString", as: ncclGetErrorString_t.self)
    ncclGetVersion = try library.function("ncclGetVersion", as: ncclGetVersion_t.self)
    ncclCommInitAll = try library.function("ncclCommInitAll", as: ncclCommInitAll_t.self)
    ncclCommDestroy = try library.function("ncclCommDestroy", as: ncclCommDestroy_t.self)
    ncclGroupStart = try library.function("ncclGroupStart", as: ncclGroupStart_t.self)
    ncclGroupEnd = try library.function("ncclGroupEnd", as: ncclGroupEnd_t.self)
    ncclAllReduce = try library.function("ncclAllReduce", as: ncclAllReduce_t.self)
    ncclReduceScatter = try library.function("ncclReduceScatter", as: ncclReduceScatter_t.self)
    ncclAllGather = try library.function("ncclAllGather", as: ncclAllGather_t.self)
  }
}

extension LibraryName {
  public static let nccl = LibraryName(
    title: "NCCL", files: ["libnccl.so.2"], packageFolders: ["nvidia/nccl/lib"])
}

/// NCCL, for collectives between the GPUs of one process.
public final class NCCL {
  public let functions: NCCLFunctions
  public let path: String
  /// For example `2.27.3`.
  public let version: String

  public init(_ functions: NCCLFunctions, path: String) throws(CUDAError) {
    self.functions = functions
    self.path = path
    var number: Int32 = 0
    let result = functions.ncclGetVersion(&number)
    if result != 0 { throw Self.error(functions, result, "ncclGetVersion", "") }
    version = "\(number / 10000).\(number / 100 % 100).\(number % 100)"
  }

  /// Finds and opens the library, with NVLink multicast left off unless the environment says otherwise: serving
  /// engines' own all-reduce does not use it, and a program that is stopped while it does can leave a server's GPUs
  /// unusable.
  ///
  /// - Throws: ``LibraryNotFound``, ``SymbolNotFound``, ``CUDAError``.
  public convenience init(system: LibrarySystem = .process) throws {
    setenv("NCCL_NVLS_ENABLE", "0", 0)
    let library = try DynamicLibrary(.nccl, system: system)
    try self.init(NCCLFunctions(library), path: library.path)
  }

  func check(_ result: ncclResult_t, _ call: String, _ detail: @autoclosure () -> String) throws(CUDAError) {
    if result != SPW_NCCL_SUCCESS { throw Self.error(functions, result, call, detail()) }
  }

  private static func error(
    _ functions: NCCLFunctions, _ result: ncclResult_t, _ call: String, _ detail: String
  ) -> CUDAError {
    let name = functions.ncclGetErrorString(result).map { String(cString: $0) }
    return CUDAError(call: call, code: result, name: name ?? "an error without a name", detail: detail)
  }
}

/// What a collective does with bf16 numbers.
public enum CollectiveOperation: String, Hashable, Sendable, CaseIterable {
  case allReduce = "all-reduce"
  case reduceScatter = "reduce-scatter"
  case allGather = "all-gather"
}

/// GPUs that run collectives with each other, parted with their owner.
public final class CollectiveGroup {
  public let nccl: NCCL
  public let devices: [Device]
  private var communicators: [ncclComm_t?]

  /// Connects the GPUs; takes a second or more.
  public init(_ nccl: NCCL, devices: [Device]) throws(CUDAError) {
    precondition(!devices.isEmpty, "a group needs GPUs")
    self.nccl = nccl
    self.devices = devices
    communicators = Array(repeating: nil, count: devices.count)
    let ordinals = devices.map { Int32($0.ordinal) }
    let result = communicators.withUnsafeMutableBufferPointer {
      nccl.functions.ncclCommInitAll($0.baseAddress, Int32(devices.count), ordinals)
    }
    try nccl.check(result, "ncclCommInitAll", place)
  }

  deinit {
    for communicator in communicators where communicator != nil { _ = nccl.functions.ncclCommDestroy(communicator) }
  }

  /// Queues one collective on every GPU.
  ///
  /// - Parameters:
  ///   - bytes: of the whole vector, which an all-reduce leaves on every GPU; a multiple of twice the number of GPUs.
  ///   - from: for each GPU, where its part begins; `to` likewise.
  public func queue(
    _ operation: CollectiveOperation, bytes: Int, from: [DeviceMemory], to: [DeviceMemory], on streams: [Stream]
  ) throws(CUDAError) {
    precondition(from.count == devices.count && to.count == devices.count && streams.count == devices.count)
    let detail = "\(bytes) bytes, \(place)"
    try nccl.check(nccl.functions.ncclGroupStart(), "ncclGroupStart", detail)
    for index in devices.indices {
      let result = start(operation, bytes: bytes, from[index], to[index], communicators[index], streams[index])
      if result != SPW_NCCL_SUCCESS {
        // The group must end, or every later call would join it.
        _ = nccl.functions.ncclGroupEnd()
        try nccl.check(result, Self.call(operation), detail)
      }
    }
    try nccl.check(nccl.functions.ncclGroupEnd(), "ncclGroupEnd", "\(operation.rawValue) of \(detail)")
  }

  private static func call(_ operation: CollectiveOperation) -> String {
    switch operation {
    case .allReduce: "ncclAllReduce"
    case .reduceScatter: "ncclReduceScatter"
    case .allGather: "ncclAllGather"
    }
  }

  private func start(
    _ operation: CollectiveOperation, bytes: Int, _ from: DeviceMemory, _ to: DeviceMemory,
    _ communicator: ncclComm_t?, _ stream: Stream
  ) -> ncclResult_t {
    let count = bytes / 2
    let (type, sum) = (Int32(SPW_NCCL_BFLOAT16), Int32(SPW_NCCL_SUM))
    let calls = nccl.functions
    switch operation {
    case .allReduce:
      return calls.ncclAllReduce(from.address, to.address, count, type, sum, communicator, stream.handle)
    case .reduceScatter:
      return calls.ncclReduceScatter(
        from.address, to.address, count / devices.count, type, sum, communicator, stream.handle)
    case .allGather:
      return calls.ncclAllGather(from.address, to.address, count / devices.count, type, communicator, stream.handle)
    }
  }

  private var place: String { "GPUs " + devices.map { String($0.ordinal) }.joined(separator: ", ") }
}
