import CCUDA
import CUDA

/// cuBLASLt on a fake GPU: products take the time that an H200's rates give them, and small ones are computed.
public final class FakeCuBLASLt {
  public let cuda: FakeCUDA
  /// Where operands and results are; `nil` for products that only take time.
  public let contents: FakeContents?
  /// Operations and bytes per second, and seconds that every product costs.
  public var rate = 700e12
  public var bandwidth = 4e12
  public var launch = 2e-6
  /// Which types the heuristic knows an algorithm for, by the library's numbers.
  public var types: Set<Int32> = [Int32(SPW_TYPE_BFLOAT16), Int32(SPW_TYPE_FP8_E4M3)]
  /// Whether the heuristic says that it succeeded and finds nothing.
  public var findsNothing = false
  /// Added to every number computed.
  public var mistake: Float = 0
  private var layouts: [Int: (type: Int32, rows: Int, columns: Int)] = [:]

  public init(_ cuda: FakeCUDA, contents: FakeContents? = nil) {
    self.cuda = cuda
    self.contents = contents
  }

  public func functions() -> CuBLASLtFunctions {
    let library = try? DynamicLibrary(LibraryName(title: "nothing", files: ["fake"]), system: .everywhere)
    guard let library, var table = try? CuBLASLtFunctions(library) else { preconditionFailure("no table") }
    table.cublasLtGetStatusName = { status in
      let names: [Int32: StaticString] = [
        3: "CUBLAS_STATUS_ALLOC_FAILED", 7: "CUBLAS_STATUS_INVALID_VALUE", 13: "CUBLAS_STATUS_EXECUTION_FAILED",
        15: "CUBLAS_STATUS_NOT_SUPPORTED",
      ]
      return names[status].map { UnsafeRawPointer($0.utf8Start).assumingMemoryBound(to: CChar.self) }
    }
    table.cublasLtGetVersion = { 130002 }
    func make(_ name: String, _ kind: String) -> (UnsafeMutablePointer<OpaquePointer?>?) -> Int32 {
      { out in
        let code = self.cuda.begin(name)
        if code == 0 { out?.pointee = self.cuda.made(kind) }
        return code
      }
    }
    func destroy(_ kind: String) -> (OpaquePointer?) -> Int32 {
      { _ in
        self.cuda.gone(kind)
        return 0
      }
    }
    table.cublasLtCreate = make("cublasLtCreate", "cuBLASLt")
    table.cublasLtDestroy = destroy("cuBLASLt")
    let product = make("cublasLtMatmulDescCreate", "product")
    table.cublasLtMatmulDescCreate = { out, _, _ in product(out) }
    table.cublasLtMatmulDescDestroy = destroy("product")
    table.cublasLtMatmulDescSetAttribute = { _, _, _, _ in self.cuda.begin("cublasLtMatmulDescSetAttribute") }
    table.cublasLtMatrixLayoutCreate = { out, type, rows, columns, _ in
      let code = self.cuda.begin("cublasLtMatrixLayoutCreate")
      if code != 0 { return code }
      out?.pointee = self.cuda.made("layout")
      self.layouts[Int(bitPattern: out?.pointee)] = (type, Int(rows), Int(columns))
      return 0
    }
    table.cublasLtMatrixLayoutDestroy = destroy("layout")
    table.cublasLtMatmulPreferenceCreate = make("cublasLtMatmulPreferenceCreate", "preference")
    table.cublasLtMatmulPreferenceDestroy = destroy("preference")
    table.cublasLtMatmulPreferenceSetAttribute = { _, _, _, _ in
      self.cuda.begin("cublasLtMatmulPreferenceSetAttribute")
    }
    table.cublasLtMatmulAlgoGetHeuristic = { _, _, a, _, _, _, _, _, answer, found in
      let code = self.cuda.begin("cublasLtMatmulAlgoGetHeuristic")
      if code != 0 { return code }
      guard let type = self.layouts[Int(bitPattern: a)]?.type, self.types.contains(type) else { return 15 }
      found?.pointee = self.findsNothing ? 0 : 1
      answer?.pointee.state = 0
      answer?.pointee.workspaceSize = 1024
      return 0
    }
    table.cublasLtMatmul = { _, _, _, a, aLayout, b, bLayout, _, _, _, d, _, _, _, _, stream in
      let code = self.cuda.begin("cublasLtMatmul")
      if code != 0 { return code }
      return self.multiply(a, aLayout, b, bLayout, d, stream) ? 0 : 13
    }
    return table
  }

  private func multiply(
    _ a: UInt64, _ aLayout: OpaquePointer?, _ b: UInt64, _ bLayout: OpaquePointer?, _ d: UInt64,
    _ stream: OpaquePointer?
  ) -> Bool {
    guard let weights = layouts[Int(bitPattern: aLayout)], let tokens = layouts[Int(bitPattern: bLayout)] else {
      return false
    }
    let (k, n, m) = (weights.rows, weights.columns, tokens.columns)
    let bytes = weights.type == SPW_TYPE_FP8_E4M3 ? 1 : 2
    // The addresses must lie in the GPU's memory, to the last number.
    guard cuda.owner(a, bytes: k * n * bytes) != nil, cuda.owner(b, bytes: k * m * bytes) != nil,
      cuda.owner(d, bytes: m * n * 2) != nil
    else { return false }
    let operations = 2 * Double(m) * Double(n) * Double(k)
    let moved = Double(bytes * (k * n + k * m) + 2 * m * n)
    if let contents, !contents.isCapturing, operations < 4e6 {
      compute(contents, a, b, d, m: m, n: n, k: k, isSmall: bytes == 1)
    }
    return cuda.queue(launch + max(operations / (rate * Double(3 - bytes)), moved / bandwidth), on: stream)
  }

  private func compute(
    _ contents: FakeContents, _ a: UInt64, _ b: UInt64, _ d: UInt64, m: Int, n: Int, k: Int, isSmall: Bool
  ) {
    let wide = (contents.memory(a, as: UInt16.self), contents.memory(b, as: UInt16.self))
    let small = (contents.memory(a, as: UInt8.self), contents.memory(b, as: UInt8.self))
    let results = contents.memory(d, as: UInt16.self)
    for row in 0..<m {
      for column in 0..<n {
        var sum: Float = 0
        for i in 0..<k {
          sum +=
            isSmall
            ? Self.e4m3(small.0[column * k + i]) * Self.e4m3(small.1[row * k + i])
            : Self.bfloat16(wide.0[column * k + i]) * Self.bfloat16(wide.1[row * k + i])
        }
        results[row * n + column] = Self.rounded(sum + mistake)
      }
    }
  }

  public static func bfloat16(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// The nearest bf16 number, halves upwards.
  public static func rounded(_ value: Float) -> UInt16 { UInt16((value.bitPattern &+ 0x8000) >> 16) }

  /// By the format's table of powers rather than by its formula, to be told apart from what it checks.
  private static func e4m3(_ bits: UInt8) -> Float {
    let powers: [Float] = [
      0.015625, 0.015625, 0.03125, 0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256,
    ]
    let exponent = Int(bits >> 3 & 15)
    let size = powers[exponent] * ((exponent == 0 ? 0 : 8) + Float(bits & 7)) / 8
    return bits & 128 == 0 ? size : -size
  }
}
