import CCUDA
import CUDA

/// Gives a fake's kernels something to do: its memory has contents, and a kernel that a test provides runs when it is
/// launched outside a capture.
public final class FakeContents {
  /// What a kernel was launched with.
  public struct Arguments {
    public let contents: FakeContents
    public let grid: (x: Int, y: Int, z: Int)
    /// Threads of a block.
    public let threads: Int
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
  private var captures = 0

  public init(_ cuda: FakeCUDA) {
    self.cuda = cuda
    cuda.machine.movesBytes = true
  }

  public var isCapturing: Bool { captures > 0 }

  /// The memory at an address, to the end of what it was allocated with.
  public func memory<Value>(_ address: UInt64, as type: Value.Type) -> UnsafeMutableBufferPointer<Value> {
    let count = cuda.room(at: address) / MemoryLayout<Value>.stride
    let pointer = UnsafeMutableRawPointer(bitPattern: UInt(address))
    return UnsafeMutableBufferPointer(
      start: count > 0 ? pointer?.assumingMemoryBound(to: type) : nil, count: count)
  }

  public func driver() throws(CUDAError) -> Driver { try Driver(functions(), path: "fake") }

  /// The fake's functions, with kernels.
  public func functions() -> DriverFunctions {
    let base = cuda.driverFunctions()
    var table = base
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
        kernel(Arguments(contents: self, grid: (Int(x), Int(y), Int(z)), threads: Int(blockX), parameters: parameters))
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
