import CCUDA
import CUDA

/// NCCL on fake GPUs: collectives take a time and all-reduces of small vectors are computed when the group ends.
public final class FakeNCCL {
  public let cuda: FakeCUDA
  public let contents: FakeContents?
  /// Seconds of every collective, and bytes per second.
  public var latency = 10e-6
  public var bandwidth = 200e9
  /// Added to every sum.
  public var mistake: Float = 0
  /// Groups begun and not ended.
  public private(set) var openGroups = 0
  private var waiting: [(from: UInt64, to: UInt64, count: Int, stream: OpaquePointer?)] = []

  public init(_ cuda: FakeCUDA, contents: FakeContents? = nil) {
    self.cuda = cuda
    self.contents = contents
  }

  public func functions() -> NCCLFunctions {
    let library = try? DynamicLibrary(LibraryName(title: "nothing", files: ["fake"]), system: .everywhere)
    guard let library, var table = try? NCCLFunctions(library) else { preconditionFailure("no table") }
    table.ncclGetErrorString = { code in
      let texts: [Int32: StaticString] = [1: "unhandled cuda error", 2: "unhandled system error"]
      return texts[code].map { UnsafeRawPointer($0.utf8Start).assumingMemoryBound(to: CChar.self) }
    }
    table.ncclGetVersion = { out in
      out?.pointee = 22703
      return self.cuda.begin("ncclGetVersion")
    }
    table.ncclCommInitAll = { out, count, _ in
      let code = self.cuda.begin("ncclCommInitAll")
      if code != 0 { return code }
      for index in 0..<Int(count) { out?[index] = self.cuda.made("communicator") }
      return 0
    }
    table.ncclCommDestroy = { _ in
      self.cuda.gone("communicator")
      return 0
    }
    table.ncclGroupStart = {
      let code = self.cuda.begin("ncclGroupStart")
      if code == 0 { self.openGroups += 1 }
      return code
    }
    table.ncclGroupEnd = {
      self.openGroups -= 1
      self.finish()
      return self.cuda.begin("ncclGroupEnd")
    }
    table.ncclAllReduce = { from, to, count, _, _, _, stream in
      let code = self.cuda.begin("ncclAllReduce")
      if code != 0 { return code }
      self.waiting.append((from, to, count, stream))
      return self.take(2 * count, stream)
    }
    table.ncclReduceScatter = { _, _, count, _, _, _, stream in
      let code = self.cuda.begin("ncclReduceScatter")
      return code != 0 ? code : self.take(2 * count * self.cuda.machine.gpus, stream)
    }
    table.ncclAllGather = { _, _, count, _, _, stream in
      let code = self.cuda.begin("ncclAllGather")
      return code != 0 ? code : self.take(2 * count * self.cuda.machine.gpus, stream)
    }
    return table
  }

  private func take(_ bytes: Int, _ stream: OpaquePointer?) -> Int32 {
    cuda.queue(latency + Double(bytes) / bandwidth, on: stream) ? 0 : 1
  }

  private func finish() {
    defer { waiting = [] }
    guard let contents, !contents.isCapturing, let count = waiting.first?.count, count <= 1 << 12 else { return }
    let sources = waiting.map { contents.memory($0.from, as: UInt16.self) }
    let targets = waiting.map { contents.memory($0.to, as: UInt16.self) }
    for index in 0..<count {
      var sum: Float = 0
      for source in sources { sum += FakeCuBLASLt.bfloat16(source[index]) }
      let bits = FakeCuBLASLt.rounded(sum + mistake)
      for target in targets { target[index] = bits }
    }
  }
}
