import Fitting
import Foundation
import Models
import SimCore
import StepTime
import TestSupport

let h200 = GPURates(name: "h200-sxm-141gb", bf16: 989e12, fp8: 1979e12, memoryBandwidth: 4.8e12)

/// Numbers that look random and are the same every time, uniform in -1 ..< 1.
struct Scatter {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(state >> 11) * 0x1p-52 - 1
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int((next() + 1) / 2 * Double(range.count)) % range.count
  }
}

/// A run of an engine with known costs: blocks of equal decode batches, with prompts now and then.
///
/// - Parameter host: the host's time over its usual one, by step; nothing is logged of the host when `nil`.
func synthetic(
  _ engine: EngineCosts, model name: String = "llama-3.1-8b", steps count: Int, seed: UInt64 = 1, noise: Double = 0.01,
  prefills: Bool = true, host: ((Int) -> Double)? = nil
) throws -> StepLog {
  let model = try ModelCatalogue.model(named: name)
  let cost = try StepCostBinder.bind(
    StepCostRequest(gpu: h200, model: model, maxBatchedTokens: 9000, maxSequences: 256, engine: engine)
  ).cost
  var scatter = Scatter(seed)
  var steps: [LoggedStep] = []
  var decodes = 1
  var length = 100
  for index in 0..<count {
    if index % 20 == 0 {
      decodes = scatter.number(1...200)
      length = scatter.number(50...4000)
    }
    var step = LoggedStep(duration: 0, decodes: decodes, decodeContext: Int64(decodes * length))
    if prefills, index % 3 == 0 {
      step.chunks = (0..<scatter.number(1...3)).map { _ in
        .init(tokens: scatter.number(16...2048), cached: scatter.number(0...1) * scatter.number(0...4000))
      }
      if index % 9 == 0 {
        step.decodes = 0
        step.decodeContext = 0
      }
    }
    let kernels = cost.iteration(
      decodes: step.decodes, context: step.decodeContext, chunks: step.chunks.map { ($0.tokens, $0.cached) })!
    step.duration = kernels.seconds * (1 + noise * scatter.next())
    if let host {
      // Half the time per step and all of that per sequence is the host's.
      let speed = host(index)
      step.duration += (speed - 1) * (engine.perStep / 2 + engine.perSequence * Double(step.sequences))
      step.hostTime = speed * (80e-6 + 9e-6 * Double(step.sequences)) * (1 + noise * scatter.next())
    }
    steps.append(step)
  }
  return StepLog(
    name: "synthetic", model: model, gpu: h200, captureSizes: engine.captureSizes,
    capturesMixedIterations: engine.capturesMixedIterations, steps: steps)
}

/// An engine unlike the fitted ones.
func someEngine() -> EngineCosts {
  EngineCosts(
    name: "some", perStep: 1.2e-3, perLayer: 20e-6, perSequence: 12e-6, prefillPerLayer: 30e-6, eagerLaunchPerLayer: 0,
    captureSizes: EngineCosts.vllmV1.captureSizes, capturesMixedIterations: true, matrixStretch: 1.2, fullClock: 10e-3,
    decodeAttentionStretch: 1.1, mixedDecodeStretch: 1.3, prefillAttentionStretch: 0.9, elementwiseEfficiency: 0.7,
    provenance: [])
}

/// The recorded steps beside the repository, `nil` where they are not.
enum Recorded {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/vllm_h200")

  static func logs(_ letter: String) throws -> [StepLog]? {
    let file = folder.appending(path: "llama3-8b-\(letter).json.gz").path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", file]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0,
      let root = try JSONSerialization.jsonObject(with: data) as? [String: Any],
      let experiments = root["experiments"] as? [String: [String: Any]]
    else { return nil }
    let model = try ModelCatalogue.model(named: "llama-3.1-8b")
    return experiments.keys.sorted().map { name in
      let rows = experiments[name]?["steps"] as? [[Any]] ?? []
      let steps = rows.indices.map { index in
        let row = rows[index]
        func number(_ column: Int) -> Double { (row[column] as? NSNumber)?.doubleValue ?? 0 }
        // To the next step's start, where it follows at once.
        let next = index + 1 < rows.count ? (rows[index + 1][0] as? NSNumber)?.doubleValue : nil
        let gap = (next ?? 0) - number(0) - number(1)
        let chunks = (row[14] as? [[NSNumber]] ?? []).map {
          LoggedStep.Chunk(tokens: $0[0].intValue, cached: $0[1].intValue)
        }
        return LoggedStep(
          duration: number(1) + (gap > 0 && gap < 150e-6 ? gap : 0), chunks: chunks, decodes: Int(number(7)),
          decodeContext: Int64(number(8)), hostTime: number(2) + number(4))
      }
      return StepLog(
        name: name, model: model, gpu: h200, captureSizes: EngineCosts.vllmV1.captureSizes,
        contextsDiffer: experiments[name]?["segments"] == nil,
        steps: steps.filter { $0.sequences > 0 })
    }
  }
}
