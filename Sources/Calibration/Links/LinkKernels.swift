import CUDA

/// How the kernels of `links.cu` are launched: those that copy, gather, scatter, read, multiply and wait.
enum LinkKernels {
  /// Threads of a block of every kernel here.
  static let threads = 256
  /// Blocks for each multiprocessor: enough loads in flight to fill memory and links.
  static let blocksPerMultiprocessor = 8

  static func function(_ name: String, _ bench: Bench, _ device: Device) throws -> KernelFunction {
    try bench.function(name, of: .links, on: device)
  }

  static func grid(_ device: Device) -> Extent { Extent(device.multiprocessors * blocksPerMultiprocessor) }
}
