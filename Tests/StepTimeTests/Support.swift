import Foundation
import Models
import SimCore
import StepTime
import TestSupport

/// GPUs at their data sheets' rates.
enum TestGPU {
  static let a100 = GPURates(name: "a100-sxm-80gb", bf16: 312e12, memoryBandwidth: 2.039e12)
  static let a100Small = GPURates(name: "a100-sxm-40gb", bf16: 312e12, memoryBandwidth: 1.555e12)
  static let h100 = GPURates(name: "h100-sxm-80gb", bf16: 989e12, fp8: 1979e12, memoryBandwidth: 3.35e12)
  static let h200 = GPURates(name: "h200-sxm-141gb", bf16: 989e12, fp8: 1979e12, memoryBandwidth: 4.8e12)
  static let all = [a100, h100, h200]
}

func bind(
  _ gpu: GPURates, _ model: String, tensorParallel: Int = 1, maxBatchedTokens: Int = 8192, maxSequences: Int = 256,
  engine: EngineCosts? = nil
) throws -> BoundStep {
  let profile = try ProfileLibrary.profile(forGPU: gpu.name)
  return try StepCostBinder.bind(
    StepCostRequest(
      gpu: gpu, model: try ModelCatalogue.model(named: model), tensorParallel: tensorParallel,
      maxBatchedTokens: maxBatchedTokens, maxSequences: maxSequences, engine: engine ?? .vllm(on: profile)),
    profile: profile)
}

extension BoundStepCost {
  /// Milliseconds of a decode iteration.
  func decodeMilliseconds(sequences n: Int, contextTokens: Int64) -> Double {
    let attention = decodeAttention(sequences: n, contextTokens: contextTokens).cost(contextTokens: contextTokens)
    return (linear(tokens: n, graph: true) + sequences(n) + attention).milliseconds
  }

  /// Milliseconds of an iteration of chunks (new tokens, cached tokens) alone.
  func prefillMilliseconds(_ chunks: [(Int, Int)]) -> Double {
    var time = linear(tokens: chunks.reduce(0) { $0 + $1.0 }, graph: false) + sequences(chunks.count)
    for (tokens, context) in chunks { time += prefillAttention(chunk: tokens, context: context) }
    return time.milliseconds
  }
}

/// The measured tables beside the repository, `nil` where they are not.
enum SharedData {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data")

  static func path(_ name: String) -> String? {
    // Not resolved through symbolic links: the tests may be compiled from elsewhere.
    let file = folder.appending(path: name).path(percentEncoded: false)
    return FileManager.default.fileExists(atPath: file) ? file : nil
  }

  /// The text of a gzip file, unpacked by the system's `gzip`.
  static func unpacked(_ name: String) throws -> Data? {
    guard let path = path(name) else { return nil }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? data : nil
  }
}
