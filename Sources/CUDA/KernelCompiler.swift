import CCUDA

/// The functions of the run-time compiler, as closures so that a test can put its own in.
public struct CompilerFunctions {
  public typealias Out<Value> = UnsafeMutablePointer<Value>?
  public typealias Texts = UnsafePointer<UnsafePointer<CChar>?>?

  public var nvrtcGetErrorString: (nvrtcResult) -> UnsafePointer<CChar>?
  public var nvrtcVersion: (Out<Int32>, Out<Int32>) -> nvrtcResult
  public var nvrtcCreateProgram:
    (Out<nvrtcProgram?>, UnsafePointer<CChar>?, UnsafePointer<CChar>?, Int32, Texts, Texts) -> nvrtcResult
  public var nvrtcDestroyProgram: (Out<nvrtcProgram?>) -> nvrtcResult
  public var nvrtcCompileProgram: (nvrtcProgram?, Int32, Texts) -> nvrtcResult
  public var nvrtcGetCUBINSize: (nvrtcProgram?, Out<Int>) -> nvrtcResult
  public var nvrtcGetCUBIN: (nvrtcProgram?, Out<CChar>) -> nvrtcResult
  public var nvrtcGetProgramLogSize: (nvrtcProgram?, Out<Int>) -> nvrtcResult
  public var nvrtcGetProgramLog: (nvrtcProgram?, Out<CChar>) -> nvrtcResult

  /// - Throws: ``SymbolNotFound`` for a compiler older than CUDA 11.1.
  public init(_ library: DynamicLibrary) throws(SymbolNotFound) {
    nvrtcGetErrorString = try library.function("nvrtcGetErrorString", as: nvrtcGetErrorString_t.self)
    nvrtcVersion = try library.function("nvrtcVersion", as: nvrtcVersion_t.self)
    nvrtcCreateProgram = try library.function("nvrtcCreateProgram", as: nvrtcCreateProgram_t.self)
    nvrtcDestroyProgram = try library.function("nvrtcDestroyProgram", as: nvrtcDestroyProgram_t.self)
    nvrtcCompileProgram = try library.function("nvrtcCompileProgram", as: nvrtcCompileProgram_t.self)
    nvrtcGetCUBINSize = try library.function("nvrtcGetCUBINSize", as: nvrtcGetCUBINSize_t.self)
    nvrtcGetCUBIN = try library.function("nvrtcGetCUBIN", as: nvrtcGetCUBIN_t.self)
    nvrtcGetProgramLogSize = try library.function("nvrtcGetProgramLogSize", as: nvrtcGetProgramLogSize_t.self)
    nvrtcGetProgramLog = try library.function("nvrtcGetProgramLog", as: nvrtcGetProgramLog_t.self)
  }
}

/// Compiles CUDA C++ to machine code; needs no GPU.
public final class KernelCompiler {
  public let functions: CompilerFunctions
  public let path: String
  /// For example `13.0`.
  public let version: String

  public init(_ functions: CompilerFunctions, path: String) throws(CUDAError) {
    self.functions = functions
    self.path = path
    var major: Int32 = 0
    var minor: Int32 = 0
    let result = functions.nvrtcVersion(&major, &minor)
    if result != 0 { throw Self.error(functions, result, "nvrtcVersion", "") }
    version = "\(major).\(minor)"
  }

  /// Finds and opens the compiler's library.
  ///
  /// - Throws: ``LibraryNotFound``, ``SymbolNotFound``, ``CUDAError``.
  public convenience init(driverVersion: Int, system: LibrarySystem = .process) throws {
    let library = try DynamicLibrary(.compiler(driverVersion: driverVersion), system: system)
    // The compiler opens its built-in functions by bare name; it finds them in its own folder only when they are open.
    if let slash = library.path.lastIndex(of: "/") {
      for builtins in system.matches(library.path[..<slash] + "/libnvrtc-builtins.so*") { _ = system.open(builtins) }
    }
    try self.init(CompilerFunctions(library), path: library.path)
  }

  /// Machine code for one architecture.
  ///
  /// - Parameters:
  ///   - name: what messages call the source.
  ///   - architecture: for example `sm_90a`; see `Device.architecture`.
  ///   - headers: what the source includes, by the names that it includes it by.
  ///   - options: further options, for example `-DWIDTH=128`.
  /// - Throws: ``CUDAError`` with the compiler's log in its detail.
  public func compile(
    _ source: String, name: String, architecture: String, headers: [(name: String, text: String)] = [],
    options: [String] = []
  ) throws(CUDAError) -> [UInt8] {
    var program: nvrtcProgram?
    let created = Self.withTexts(headers.map(\.text)) { texts in
      Self.withTexts(headers.map(\.name)) { names in
        functions.nvrtcCreateProgram(&program, source, name, Int32(headers.count), texts, names)
      }
    }
    try check(created, "nvrtcCreateProgram", name)
    defer { _ = functions.nvrtcDestroyProgram(&program) }
    let all = ["-arch=\(architecture)", "--std=c++17"] + options
    let result = Self.withTexts(all) { functions.nvrtcCompileProgram(program, Int32(all.count), $0) }
    try check(result, "nvrtcCompileProgram", "\(name) for \(architecture)\(result == 0 ? "" : log(of: program))")
    var size = 0
    try check(functions.nvrtcGetCUBINSize(program, &size), "nvrtcGetCUBINSize", name)
    var image = [CChar](repeating: 0, count: size)
    let read = image.withUnsafeMutableBufferPointer { functions.nvrtcGetCUBIN(program, $0.baseAddress) }
    try check(read, "nvrtcGetCUBIN", name)
    return image.map { UInt8(bitPattern: $0) }
  }

  /// Calls with a list of C strings, which live as long as the call.
  private static func withTexts<Answer>(_ texts: [String], _ call: (CompilerFunctions.Texts) -> Answer) -> Answer {
    // One buffer of all of them, each ended by a zero.
    var bytes: [CChar] = []
    var starts: [Int] = []
    for text in texts {
      starts.append(bytes.count)
      bytes += text.utf8CString
    }
    return bytes.withUnsafeBufferPointer { bytes in
      let pointers = starts.map { bytes.baseAddress! + $0 as UnsafePointer<CChar>? }
      return pointers.withUnsafeBufferPointer { call($0.baseAddress) }
    }
  }

  private func log(of program: nvrtcProgram?) -> String {
    var size = 0
    guard functions.nvrtcGetProgramLogSize(program, &size) == 0, size > 1 else { return "" }
    var text = [CChar](repeating: 0, count: size)
    let result = text.withUnsafeMutableBufferPointer { functions.nvrtcGetProgramLog(program, $0.baseAddress) }
    if result != 0 { return "" }
    return ": " + String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func check(_ result: nvrtcResult, _ call: String, _ detail: String) throws(CUDAError) {
    if result != 0 { throw Self.error(functions, result, call, detail) }
  }

  private static func error(
    _ functions: CompilerFunctions, _ result: nvrtcResult, _ call: String, _ detail: String
  ) -> CUDAError {
    let name = functions.nvrtcGetErrorString(result).map { String(cString: $0) }
    return CUDAError(call: call, code: result, name: name ?? "an error without a name", detail: detail)
  }
}
