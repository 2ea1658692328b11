import CCUDA

/// The functions of cuBLASLt that are used, as closures so that a test can put its own in.
public struct CuBLASLtFunctions {
  public typealias Out<Value> = UnsafeMutablePointer<Value>?

  public var cublasLtGetStatusName: (cublasStatus_t) -> UnsafePointer<CChar>?
  public var cublasLtGetVersion: () -> Int
  public var cublasLtCreate: (Out<cublasLtHandle_t?>) -> cublasStatus_t
  public var cublasLtDestroy: (cublasLtHandle_t?) -> cublasStatus_t
  public var cublasLtMatmulDescCreate: (Out<cublasLtMatmulDesc_t?>, Int32, Int32) -> cublasStatus_t
  public var cublasLtMatmulDescDestroy: (cublasLtMatmulDesc_t?) -> cublasStatus_t
  public var cublasLtMatmulDescSetAttribute: (cublasLtMatmulDesc_t?, Int32, UnsafeRawPointer?, Int) -> cublasStatus_t
  public var cublasLtMatrixLayoutCreate: (Out<cublasLtMatrixLayout_t?>, Int32, UInt64, UInt64, Int64) -> cublasStatus_t
  public var cublasLtMatrixLayoutDestroy: (cublasLtMatrixLayout_t?) -> cublasStatus_t
  public var cublasLtMatmulPreferenceCreate: (Out<cublasLtMatmulPreference_t?>) -> cublasStatus_t
  public var cublasLtMatmulPreferenceDestroy: (cublasLtMatmulPreference_t?) -> cublasStatus_t
  public var cublasLtMatmulPreferenceSetAttribute:
    (cublasLtMatmulPreference_t?, Int32, UnsafeRawPointer?, Int) -> cublasStatus_t
  public var cublasLtMatmulAlgoGetHeuristic:
    (
      cublasLtHandle_t?, cublasLtMatmulDesc_t?, cublasLtMatrixLayout_t?, cublasLtMatrixLayout_t?,
      cublasLtMatrixLayout_t?, cublasLtMatrixLayout_t?, cublasLtMatmulPreference_t?, Int32,
      Out<cublasLtMatmulHeuristicResult_t>, Out<Int32>
    ) -> cublasStatus_t
  public var cublasLtMatmul:
    (
      cublasLtHandle_t?, cublasLtMatmulDesc_t?, UnsafeRawPointer?, CUdeviceptr, cublasLtMatrixLayout_t?, CUdeviceptr,
      cublasLtMatrixLayout_t?, UnsafeRawPointer?, CUdeviceptr, cublasLtMatrixLayout_t?, CUdeviceptr,
      cublasLtMatrixLayout_t?, UnsafePointer<cublasLtMatmulAlgo_t>?, CUdeviceptr, Int, CUstream?
    ) -> cublasStatus_t
}

extension CuBLASLtFunctions {
  /// - Throws: ``SymbolNotFound`` for a library that is not cuBLASLt of CUDA 12 or later.
  public init(_ library: DynamicLibrary) throws(SymbolNotFound) {
    cublasLtGetStatusName = try library.function("cublasLtGetStatusName", as: cublasLtGetStatusName_t.self)
    cublasLtGetVersion = try library.function("cublasLtGetVersion", as: cublasLtGetVersion_t.self)
    cublasLtCreate = try library.function("cublasLtCreate", as: cublasLtCreate_t.self)
    cublasLtDestroy = try library.function("cublasLtDestroy", as: cublasLtDestroy_t.self)
    cublasLtMatmulDescCreate = try library.function("cublasLtMatmulDescCreate", as: cublasLtMatmulDescCreate_t.self)
    cublasLtMatmulDescDestroy = try library.function("cublasLtMatmulDescDestroy", as: cublasLtMatmulDescDestroy_t.self)
    cublasLtMatmulDescSetAttribute = try library.function(
      "cublasLtMatmulDescSetAttribute", as: cublasLtMatmulDescSetAttribute_t.self)
    cublasLtMatrixLayoutCreate = try library.function(
      "cublasLtMatrixLayoutCreate", as: cublasLtMatrixLayoutCreate_t.self)
    cublasLtMatrixLayoutDestroy = try library.function(
      "cublasLtMatrixLayoutDestroy", as: cublasLtMatrixLayoutDestroy_t.self)
    cublasLtMatmulPreferenceCreate = try library.function(
      "cublasLtMatmulPreferenceCreate", as: cublasLtMatmulPreferenceCreate_t.self)
    cublasLtMatmulPreferenceDestroy = try library.function(
      "cublasLtMatmulPreferenceDestroy", as: cublasLtMatmulPreferenceDestroy_t.self)
    cublasLtMatmulPreferenceSetAttribute = try library.function(
      "cublasLtMatmulPreferenceSetAttribute", as: cublasLtMatmulPreferenceSetAttribute_t.self)
    cublasLtMatmulAlgoGetHeuristic = try library.function(
      "cublasLtMatmulAlgoGetHeuristic", as: cublasLtMatmulAlgoGetHeuristic_t.self)
    cublasLtMatmul = try library.function("cublasLtMatmul", as: cublasLtMatmul_t.self)
  }
}

extension LibraryName {
  /// cuBLASLt, of the driver's major version before others.
  public static func cuBLASLt(driverVersion: Int) -> LibraryName {
    LibraryName(
      title: "cuBLASLt", files: majors(driverVersion).map { "libcublasLt.so.\($0)" },
      packageFolders: packageFolders("cublas"))
  }
}

/// cuBLASLt on one GPU, released with its owner.
public final class CuBLASLt {
  public let device: Device
  public let functions: CuBLASLtFunctions
  public let path: String
  /// For example `13.0.2`.
  public let version: String
  fileprivate let handle: cublasLtHandle_t

  public init(_ device: Device, _ functions: CuBLASLtFunctions, path: String) throws(CUDAError) {
    self.device = device
    self.functions = functions
    self.path = path
    // 130002 is 13.0.2.
    let number = functions.cublasLtGetVersion()
    version = "\(number / 10000).\(number / 100 % 100).\(number % 100)"
    try device.activate()
    var handle: cublasLtHandle_t?
    let detail = "GPU \(device.ordinal)"
    try Self.check(functions, functions.cublasLtCreate(&handle), "cublasLtCreate", detail)
    guard let handle else { throw CUDAError(call: "cublasLtCreate", code: 0, name: "returned nothing", detail: detail) }
    self.handle = handle
  }

  deinit {
    _ = device.driver.functions.cuCtxSetCurrent(device.context)
    _ = functions.cublasLtDestroy(handle)
  }

  static func check(
    _ functions: CuBLASLtFunctions, _ status: cublasStatus_t, _ call: String, _ detail: @autoclosure () -> String
  ) throws(CUDAError) {
    if status == SPW_CUBLAS_SUCCESS { return }
    let name = functions.cublasLtGetStatusName(status).map { String(cString: $0) }
    throw CUDAError(call: call, code: status, name: name ?? "an error without a name", detail: detail())
  }
}

/// How the operands of a product are stored; the result is bf16, sums are 32-bit.
public enum MatrixOperands: String, Hashable, Sendable, CaseIterable {
  case bfloat16
  /// e4m3, with scales of 1.
  case fp8

  /// Bytes of one number.
  public var bytes: Int { self == .fp8 ? 1 : 2 }
  fileprivate var type: Int32 { Int32(self == .fp8 ? SPW_TYPE_FP8_E4M3 : SPW_TYPE_BFLOAT16) }
}

/// A linear layer over `rows` tokens: rows x inputs times the transpose of outputs x inputs, all stored row by row, by
/// the algorithm that cuBLASLt's heuristic puts first.
public final class MatrixProduct {
  public let library: CuBLASLt
  public let rows: Int
  public let outputs: Int
  public let inputs: Int
  public let operands: MatrixOperands
  /// Bytes of scratch memory that the algorithm wants.
  public private(set) var workspaceBytes = 0
  private var algorithm = cublasLtMatmulAlgo_t()
  private var product: cublasLtMatmulDesc_t?
  private var weights: cublasLtMatrixLayout_t?
  private var tokens: cublasLtMatrixLayout_t?
  private var results: cublasLtMatrixLayout_t?

  /// Asks for the algorithm.
  ///
  /// - Parameter workspaceLimit: the most scratch memory that it may want, bytes.
  /// - Throws: ``CUDAError``, `CUBLAS_STATUS_NOT_SUPPORTED` where the chip has no such product.
  public init(
    _ library: CuBLASLt, rows: Int, outputs: Int, inputs: Int, operands: MatrixOperands, workspaceLimit: Int
  ) throws(CUDAError) {
    self.library = library
    self.rows = rows
    self.outputs = outputs
    self.inputs = inputs
    self.operands = operands
    try library.device.activate()
    let blas = library.functions
    try check(
      blas.cublasLtMatmulDescCreate(&product, Int32(SPW_COMPUTE_FLOAT32), Int32(SPW_TYPE_FLOAT32)),
      "cublasLtMatmulDescCreate")
    var transpose = Int32(SPW_OPERATION_TRANSPOSE)
    try check(
      blas.cublasLtMatmulDescSetAttribute(product, Int32(SPW_MATMUL_TRANSPOSE_A), &transpose, 4),
      "cublasLtMatmulDescSetAttribute")
    if operands == .fp8 {
      // Serving engines let fp8 products accumulate with fewer bits, as the tensor cores do at full speed.
      var fast: Int8 = 1
      try check(
        blas.cublasLtMatmulDescSetAttribute(product, Int32(SPW_MATMUL_FAST_ACCUMULATION), &fast, 1),
        "cublasLtMatmulDescSetAttribute")
    }
    // The library counts column by column: what is stored row by row is the transpose to it.
    let (n, k, m) = (UInt64(outputs), UInt64(inputs), UInt64(rows))
    try check(
      blas.cublasLtMatrixLayoutCreate(&weights, operands.type, k, n, Int64(inputs)), "cublasLtMatrixLayoutCreate")
    try check(
      blas.cublasLtMatrixLayoutCreate(&tokens, operands.type, k, m, Int64(inputs)), "cublasLtMatrixLayoutCreate")
    try check(
      blas.cublasLtMatrixLayoutCreate(&results, Int32(SPW_TYPE_BFLOAT16), n, m, Int64(outputs)),
      "cublasLtMatrixLayoutCreate")
    var preference: cublasLtMatmulPreference_t?
    try check(blas.cublasLtMatmulPreferenceCreate(&preference), "cublasLtMatmulPreferenceCreate")
    defer { _ = blas.cublasLtMatmulPreferenceDestroy(preference) }
    var limit = UInt64(workspaceLimit)
    try check(
      blas.cublasLtMatmulPreferenceSetAttribute(preference, Int32(SPW_PREFERENCE_WORKSPACE_BYTES), &limit, 8),
      "cublasLtMatmulPreferenceSetAttribute")
    var answer = cublasLtMatmulHeuristicResult_t()
    var found: Int32 = 0
    try check(
      blas.cublasLtMatmulAlgoGetHeuristic(
        library.handle, product, weights, tokens, results, results, preference, 1, &answer, &found),
      "cublasLtMatmulAlgoGetHeuristic")
    try check(found > 0 ? answer.state : Int32(SPW_CUBLAS_NOT_SUPPORTED), "cublasLtMatmulAlgoGetHeuristic")
    algorithm = answer.algo
    workspaceBytes = answer.workspaceSize
  }

  deinit {
    let blas = library.functions
    if let product { _ = blas.cublasLtMatmulDescDestroy(product) }
    for layout in [weights, tokens, results] where layout != nil { _ = blas.cublasLtMatrixLayoutDestroy(layout) }
  }

  /// Queues the product.
  ///
  /// - Parameters:
  ///   - weights: outputs x inputs numbers; like the other addresses a multiple of 256.
  ///   - tokens: rows x inputs numbers.
  ///   - results: rows x outputs bf16 numbers.
  ///   - workspace: at least ``workspaceBytes``.
  public func queue(
    on stream: Stream, weights: CUdeviceptr, tokens: CUdeviceptr, results: CUdeviceptr, workspace: DeviceMemory
  ) throws(CUDAError) {
    try library.device.activate()
    var one: Float = 1
    var zero: Float = 0
    try check(
      library.functions.cublasLtMatmul(
        library.handle, product, &one, weights, self.weights, tokens, self.tokens, &zero, results, self.results,
        results, self.results, &algorithm, workspace.address, workspace.bytes, stream.handle),
      "cublasLtMatmul")
  }

  private func check(_ status: cublasStatus_t, _ call: String) throws(CUDAError) {
    try CuBLASLt.check(
      library.functions, status, call,
      "m \(rows), n \(outputs), k \(inputs), \(operands.rawValue), GPU \(library.device.ordinal)")
  }
}
