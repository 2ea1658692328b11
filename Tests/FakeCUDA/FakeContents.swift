import CCUDA
import CUDA
import Glibc

/// Gives a fake's device memory contents, and its kernels something to do: copies copy, and a kernel that a test
/// provides runs when it is launched outside a capture.
public final class FakeContents {
  /// What a kernel was launched with.
  public struct Arguments {
    public let contents: FakeContents
    public let grid: (x: Int, y: Int, z: Int)
    let parameters: UnsafeMutablePointer<UnsafeMutableRawPointer?>?

    public func int(_ index: Int) -> Int { Int(parameters?[index]?.load(as: Int32.self) ?? 0) }
    public func long(_ index: Int) -> Int { parameters?[index]?.load(as: Int.self) ?? 0 }

    /// The memory that a pointer parameter points to, from there to the end of its block.
    public func memory<Value>(_ index: Int, as type: Value.Type) -> UnsafeMutableBufferPointer<Value> {
      contents.memory(parameters?[index]?.load(as: UInt64.self) ?? 0, as: type)
    }
  }

  public let cuda: FakeCUDA
  /// Kernels by name.
  public var kernels: [String: (Arguments) -> Void] = [:]
  private var blocks: [UInt64: (bytes: Int, pointer: UnsafeMutableRawPointer)] = [:]
  private var captures = 0

  public init(_ cuda: FakeCUDA) { self.cuda = cuda }

  deinit { for block in blocks.values { free(block.pointer) } }

  public var isCapturing: Bool { captures > 0 }

  /// The memory at an address, to the end of its block.
  public func memory<Value>(_ address: UInt64, as type: Value.Type) -> UnsafeMutableBufferPointer<Value> {
    for (start, block) in blocks where address >= start && address < start + UInt64(block.bytes) {
      let pointer = block.pointer + Int(address - start)
      let count = (block.bytes - Int(address - start)) / MemoryLayout<Value>.stride
      return UnsafeMutableBufferPointer(start: pointer.assumingMemoryBound(to: type), count: count)
    }
    return UnsafeMutableBufferPointer(start: nil, count: 0)
  }

  private func pointer(_ address: UInt64, bytes: Int) -> UnsafeMutableRawPointer? {
    let device = memory(address, as: UInt8.self)
    if device.count >= bytes, let base = device.baseAddress { return UnsafeMutableRawPointer(base) }
    return cuda.owner(address, bytes: bytes) == -1 ? UnsafeMutableRawPointer(bitPattern: UInt(address)) : nil
  }

  public func driver() throws(CUDAError) -> Driver { try Driver(functions(), path: "fake") }

  /// The fake's functions, with contents.
  public func functions() -> DriverFunctions {
    let base = cuda.driverFunctions()
    var table = base
    table.cuMemAlloc = { out, bytes in
      let result = base.cuMemAlloc(out, bytes)
      // Zero pages that are never touched cost nothing.
      if result == 0, let address = out?.pointee, let pointer = calloc(1, bytes) {
        self.blocks[address] = (bytes, pointer)
      }
      return result
    }
    table.cuMemFree = { address in
      if let block = self.blocks.removeValue(forKey: address) { free(block.pointer) }
      return base.cuMemFree(address)
    }
    table.cuMemcpyAsync = { target, source, bytes, stream in
      if !self.isCapturing, let to = self.pointer(target, bytes: bytes), let from = self.pointer(source, bytes: bytes) {
        memcpy(to, from, bytes)
      }
      return base.cuMemcpyAsync(target, source, bytes, stream)
    }
    table.cuMemsetD32Async = { target, word, words, stream in
      if !self.isCapturing {
        let memory = self.memory(target, as: UInt32.self)
        for index in 0..<min(words, memory.count) { memory[index] = word }
      }
      return base.cuMemsetD32Async(target, word, words, stream)
    }
    table.cuLaunchKernel = { function, x, y, z, blockX, blockY, blockZ, shared, stream, parameters, extra in
      let result = base.cuLaunchKernel(
        function, x, y, z, blockX, blockY, blockZ, shared, stream, parameters, extra)
      if result == 0, !self.isCapturing, let name = self.cuda.launches.last, let kernel = self.kernels[name] {
        kernel(Arguments(contents: self, grid: (Int(x), Int(y), Int(z)), parameters: parameters))
      }
      return result
    }
    table.cuStreamBeginCapture = { stream, mode in
      let result = base.cuStreamBeginCapture(stream, mode)
      if result == 0 { self.captures += 1 }
      return result
    }
    table.cuStreamEndCapture = { stream, out in
      self.captures = max(0, self.captures - 1)
      return base.cuStreamEndCapture(stream, out)
    }
    return table
  }
}
