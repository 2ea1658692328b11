import CCUDA
import CUDA

/// A run-time compiler that takes any source.
public final class FakeCompiler {
  /// Calls that fail with this code.
  public var failures: [String: Int32] = [:]
  public var log = ""
  /// The options of the latest compilation.
  public private(set) var options: [String] = []
  /// The headers of the latest program: names and texts.
  public private(set) var headers: [[String]] = []
  public private(set) var destroyed = 0

  public init() {}

  public func compiler() throws(CUDAError) -> KernelCompiler {
    let library = try? DynamicLibrary(LibraryName(title: "nothing", files: ["fake"]), system: .everywhere)
    guard let library, var table = try? CompilerFunctions(library) else { preconditionFailure("no table") }
    table.nvrtcGetErrorString = { code in
      let texts: [Int32: StaticString] = [6: "NVRTC_ERROR_COMPILATION", 1: "NVRTC_ERROR_OUT_OF_MEMORY"]
      return texts[code].map { UnsafeRawPointer($0.utf8Start).assumingMemoryBound(to: CChar.self) }
    }
    table.nvrtcVersion = { major, minor in
      major?.pointee = 13
      minor?.pointee = 0
      return self.failures["nvrtcVersion"] ?? 0
    }
    table.nvrtcCreateProgram = { out, _, _, count, texts, names in
      self.headers = (0..<Int(count)).map { index in
        [names, texts].map { $0?[index].map { String(cString: $0) } ?? "" }
      }
      out?.pointee = OpaquePointer(bitPattern: 8)
      return self.failures["nvrtcCreateProgram"] ?? 0
    }
    table.nvrtcDestroyProgram = { _ in
      self.destroyed += 1
      return 0
    }
    table.nvrtcCompileProgram = { _, count, options in
      self.options = (0..<Int(count)).compactMap { options?[$0].map { String(cString: $0) } }
      return self.failures["nvrtcCompileProgram"] ?? 0
    }
    table.nvrtcGetCUBINSize = { _, out in
      out?.pointee = 4
      return self.failures["nvrtcGetCUBINSize"] ?? 0
    }
    table.nvrtcGetCUBIN = { _, out in
      for index in 0..<4 { out?[index] = CChar(index) }
      return self.failures["nvrtcGetCUBIN"] ?? 0
    }
    table.nvrtcGetProgramLogSize = { _, out in
      out?.pointee = self.log.utf8.count + 1
      return 0
    }
    table.nvrtcGetProgramLog = { _, out in
      for (index, byte) in self.log.utf8.enumerated() { out?[index] = CChar(bitPattern: byte) }
      return 0
    }
    return try KernelCompiler(table, path: "fake")
  }
}
