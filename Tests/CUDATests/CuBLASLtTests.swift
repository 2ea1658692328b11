import CUDA
import FakeCUDA
import Testing

@Suite struct CuBLASLtTests {
  private let cuda = FakeCUDA(.large)

  /// A product of 3 rows on a GPU with contents.
  private func product(
    _ blas: FakeCuBLASLt, _ driver: Driver, operands: MatrixOperands = .bfloat16
  ) throws -> (MatrixProduct, Device) {
    let device = try driver.device(0)
    let library = try CuBLASLt(device, blas.functions(), path: "fake")
    return (
      try MatrixProduct(library, rows: 3, outputs: 16, inputs: 32, operands: operands, workspaceLimit: 1 << 20), device
    )
  }

  @Test func productsAreRowsTimesWeightsTransposed() throws {
    let contents = FakeContents(cuda)
    let driver = try contents.driver()
    let (product, device) = try product(FakeCuBLASLt(cuda, contents: contents), driver)
    #expect(product.workspaceBytes == 1024)
    let (weights, tokens) = (try DeviceMemory(device, bytes: 16 * 32 * 2), try DeviceMemory(device, bytes: 3 * 32 * 2))
    let (results, workspace) = (try DeviceMemory(device, bytes: 3 * 16 * 2), try DeviceMemory(device, bytes: 1024))
    // Weights: 1 in column 5 of the last output; tokens: 2 in column 5 of the last row.
    contents.memory(weights.address, as: UInt16.self)[15 * 32 + 5] = 0x3f80
    contents.memory(tokens.address, as: UInt16.self)[2 * 32 + 5] = 0x4000
    let stream = try CUDA.Stream(device)
    try product.queue(
      on: stream, weights: weights.address, tokens: tokens.address, results: results.address, workspace: workspace)
    let numbers = Array(contents.memory(results.address, as: UInt16.self))
    #expect(numbers[2 * 16 + 15] == 0x4000)
    #expect(numbers.filter { $0 != 0 }.count == 1)
  }

  @Test func everythingMadeIsDestroyed() throws {
    let driver = try cuda.driver()
    do { _ = try product(FakeCuBLASLt(cuda), driver, operands: .fp8) }
    for kind in ["cuBLASLt", "product", "layout", "preference"] { #expect(cuda.open[kind] == 0, "\(kind)") }
  }

  @Test(arguments: [
    "cublasLtCreate", "cublasLtMatmulDescCreate", "cublasLtMatmulDescSetAttribute", "cublasLtMatrixLayoutCreate",
    "cublasLtMatmulPreferenceCreate", "cublasLtMatmulPreferenceSetAttribute", "cublasLtMatmulAlgoGetHeuristic",
  ])
  func aFailedCallIsNamedWithItsSizes(call: String) throws {
    cuda.failures[call] = .init(code: 3)
    let driver = try cuda.driver()
    let error = #expect(throws: CUDAError.self) { try product(FakeCuBLASLt(cuda), driver) }
    #expect(error?.call == call && error?.code == 3 && error?.name == "CUBLAS_STATUS_ALLOC_FAILED")
    if call != "cublasLtCreate" { #expect(error?.detail == "m 3, n 16, k 32, bfloat16, GPU 0") }
    for kind in ["cuBLASLt", "product", "layout", "preference"] { #expect(cuda.open[kind, default: 0] == 0, "\(kind)") }
  }

  @Test func anErrorOfAProductThatRunsIsNamed() throws {
    let driver = try cuda.driver()
    let (product, device) = try product(FakeCuBLASLt(cuda), driver)
    let memory = try DeviceMemory(device, bytes: 4096)
    let stream = try CUDA.Stream(device)
    cuda.failures["cublasLtMatmul"] = .init(code: 13)
    let error = #expect(throws: CUDAError.self) {
      try product.queue(
        on: stream, weights: memory.address, tokens: memory.address, results: memory.address, workspace: memory)
    }
    #expect(error?.description.contains("cublasLtMatmul (m 3, n 16, k 32") == true)
    #expect(error?.name == "CUBLAS_STATUS_EXECUTION_FAILED")
  }

  @Test func productsThatTheChipDoesNotHaveAreNotSupported() throws {
    let driver = try cuda.driver()
    let blas = FakeCuBLASLt(cuda)
    blas.types = []
    #expect(throws: CUDAError.self) { try product(blas, driver) }
    let empty = FakeCuBLASLt(cuda)
    empty.findsNothing = true
    let error = #expect(throws: CUDAError.self) { try product(empty, driver) }
    #expect(error?.name == "CUBLAS_STATUS_NOT_SUPPORTED")
  }

  @Test func errorsWithoutANameAreStillErrors() throws {
    cuda.failures["cublasLtCreate"] = .init(code: 99)
    let driver = try cuda.driver()
    let error = #expect(throws: CUDAError.self) { try product(FakeCuBLASLt(cuda), driver) }
    #expect(error?.code == 99 && error?.name == "an error without a name")
  }

  @Test func theVersionIsTheLibrarysNumber() throws {
    let library = try CuBLASLt(try cuda.driver().device(0), FakeCuBLASLt(cuda).functions(), path: "fake")
    #expect(library.version == "13.0.2")
  }

  @Test func theLibraryIsLookedForInEveryVersion() {
    let name = LibraryName.cuBLASLt(driverVersion: 12040)
    #expect(name.files == ["libcublasLt.so.12", "libcublasLt.so.13"])
    let error = #expect(throws: LibraryNotFound.self) { try DynamicLibrary(name, system: .nowhere) }
    #expect(error?.description.contains("libcublasLt.so.13") == true)
  }
}

extension FakeCUDA.Machine {
  /// Room for the matrices of large models; none of it is taken from the host.
  static var large: FakeCUDA.Machine {
    var machine = FakeCUDA.Machine()
    machine.memory = 32 << 30
    return machine
  }
}
