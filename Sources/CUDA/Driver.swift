import CCUDA

/// The CUDA driver, initialised. All use of one driver and what it makes is from one thread at a time.
public final class Driver {
  public let functions: DriverFunctions
  /// Where the library was found.
  public let path: String
  /// The newest CUDA version that the driver supports: 1000 times the major plus 10 times the minor version.
  public let version: Int
  public let deviceCount: Int

  /// Initialises a driver whose functions are given.
  ///
  /// - Throws: ``CUDAError``, for example `CUDA_ERROR_NO_DEVICE`.
  public init(_ functions: DriverFunctions, path: String) throws(CUDAError) {
    self.functions = functions
    self.path = path
    var version: Int32 = 0
    var count: Int32 = 0
    func check(_ result: CUresult, _ call: String) throws(CUDAError) {
      if result != 0 { throw Self.error(functions, result, call, "") }
    }
    try check(functions.cuInit(0), "cuInit")
    try check(functions.cuDriverGetVersion(&version), "cuDriverGetVersion")
    try check(functions.cuDeviceGetCount(&count), "cuDeviceGetCount")
    self.version = Int(version)
    deviceCount = Int(count)
  }

  /// The major and minor version that the driver supports, for example `13.0`.
  public var versionText: String { "\(version / 1000).\(version % 1000 / 10)" }

  /// One of the GPUs.
  public func device(_ ordinal: Int) throws(CUDAError) -> Device { try Device(self, ordinal: ordinal) }

  /// Throws what a call returned, unless it succeeded.
  func check(_ result: CUresult, _ call: String, _ detail: @autoclosure () -> String = "") throws(CUDAError) {
    if result != 0 { throw Self.error(functions, result, call, detail()) }
  }

  private static func error(
    _ functions: DriverFunctions, _ result: CUresult, _ call: String, _ detail: String
  ) -> CUDAError {
    var name: UnsafePointer<CChar>?
    let isNamed = functions.cuGetErrorName(result, &name) == 0
    let text = isNamed ? name.map { String(cString: $0) } : nil
    return CUDAError(call: call, code: result, name: text ?? "an error without a name", detail: detail)
  }
}
