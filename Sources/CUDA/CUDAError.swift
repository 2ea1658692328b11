/// A call into one of NVIDIA's libraries that did not succeed.
public struct CUDAError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The function's name, for example `cuMemAlloc`.
  public var call: String
  /// The library's number for the error.
  public var code: Int32
  /// The library's name for the error, for example `CUDA_ERROR_OUT_OF_MEMORY`.
  public var name: String
  /// The sizes and devices of the call, for example `8589934592 bytes on GPU 0`; may be empty.
  public var detail: String

  public init(call: String, code: Int32, name: String, detail: String = "") {
    self.call = call
    self.code = code
    self.name = name
    self.detail = detail
  }

  public var description: String {
    "\(call)\(detail.isEmpty ? "" : " (\(detail))") failed: \(name) (\(code))"
  }

  /// Whether the device or the host had too little memory left.
  public var isOutOfMemory: Bool { name == "CUDA_ERROR_OUT_OF_MEMORY" }
}
