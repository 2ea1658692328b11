import CUDA
import Catalogue
import FakeCUDA
import Models
import StepTime

@testable import Calibration

/// A fake machine whose kernels do what ours do, plainly, where a measurement checks their results.
final class KernelsMachine {
  let cuda: FakeCUDA
  let contents: FakeContents
  let blas: FakeCuBLASLt
  let nccl: FakeNCCL
  let compiler = FakeCompiler()
  let findings = Findings()
  var plan: KernelPlan

  init(gpus: Int = 1) {
    var machine = FakeCUDA.Machine(gpus: gpus)
    machine.memory = 6 << 30
    cuda = FakeCUDA(machine)
    contents = FakeContents(cuda)
    blas = FakeCuBLASLt(cuda, contents: contents)
    nccl = FakeNCCL(cuda, contents: contents)
    plan = .quick(["llama-3.1-8b"].compactMap { try? ModelCatalogue.model(named: $0) })
    // A corner of the plan: small enough to be run with checks in a test.
    plan.shapes = [
      MatrixShape(outputs: 4096, inputs: 4096), MatrixShape(outputs: 28672, inputs: 4096),
      MatrixShape(outputs: 128256, inputs: 4096),
    ]
    plan.rows = [.bfloat16: [1, 256, 8192], .fp8: [1, 256]]
    plan.sustained = [(MatrixShape(outputs: 4096, inputs: 4096), 4096)]
    plan.heads = [HeadCounts(heads: 8, keyValueHeads: 2)]
    plan.sequences = [1, 4]
    plan.contexts = [128, 1024]
    plan.prompts = [128, 256, 512, 1024, 4096]
    plan.chunks = [(128, 256)]
    plan.chunkHeads = plan.heads
    plan.graphNodes = [1, 10, 100, 1000]
    plan.collectiveBytes = [2048, 1 << 20]
    plan.burstSeconds = 1e-4
    plan.sustainedSeconds = 0.05
    plan.rest = { _ in }
    contents.kernels = [
      "fill_bfloat16": Self.fill, "fill_fp8": Self.fill, "decode_attention": Self.decode,
      "prefill_attention": Self.prefill,
    ]
  }

  func bench() throws -> Bench {
    let driver = try contents.driver()
    return Bench(
      driver: driver, devices: try (0..<cuda.machine.gpus).map { try driver.device($0) },
      compiler: try compiler.compiler(), management: nil, isQuick: true, system: .nowhere, clock: cuda.clock)
  }

  /// Every measurement of the plan, run.
  func run(reference: StepTimeProfile? = nil) throws {
    let bench = try bench()
    let shared = KernelBench(bench, plan)
    var list = LaunchMeasurements(shared).measurements()
    list += KernelMeasurements.matrices(shared, blas.functions(), path: "fake")
    list += AttentionMeasurements(shared).measurements()
    if cuda.machine.gpus > 1 {
      list += KernelMeasurements.collectives(bench, plan, try NCCL(nccl.functions(), path: "fake"))
    }
    if let reference { list.append(KernelMeasurements.comparison(with: reference)) }
    try MeasurementPlan(list).run(on: bench, into: findings)
  }

  func rows(_ section: String) -> [[String]] {
    findings.sections.filter { $0.name == section }.flatMap { $0.rows.map(\.fields) }
  }

  // MARK: Kernels

  /// Finite numbers of any type: bytes below 0x78 in magnitude. The first 2 MB stand for all.
  private static func fill(_ arguments: FakeContents.Arguments) {
    var generator = Shuffling(state: UInt64(truncatingIfNeeded: arguments.long(2)))
    let memory = arguments.memory(0, as: UInt32.self)
    for index in 0..<min(memory.count, arguments.long(1), 1 << 19) {
      memory[index] = UInt32(truncatingIfNeeded: generator.next()) & 0xbfbf_bfbf
    }
  }

  private static let smallest = 1 << 20

  private static func decode(_ a: FakeContents.Arguments) {
    let (heads, keyValueHeads, each) = (a.int(7), a.int(8), a.int(9))
    let sequences = a.grid.z
    let pool = a.memory(1, as: UInt16.self)
    if pool.count > smallest { return }
    let (keys, values) = (Array(pool), Array(a.memory(2, as: UInt16.self)))
    let queries = Array(a.memory(0, as: UInt16.self))
    let pages = Array(a.memory(3, as: Int32.self))
    let output = a.memory(5, as: UInt16.self)
    for sequence in 0..<sequences {
      for head in 0..<heads {
        let at = (sequence * heads + head) * 128
        let result = AttentionReference.attention(
          query: queries[at..<at + 128], keys: keys, values: values, pages: pages[(sequence * each)...],
          count: Int(a.memory(4, as: Int32.self)[sequence]), head: head / (heads / keyValueHeads),
          keyValueHeads: keyValueHeads)
        for i in 0..<128 { output[at + i] = FakeCuBLASLt.rounded(Float(result[i])) }
      }
    }
  }

  private static func prefill(_ a: FakeContents.Arguments) {
    let (heads, keyValueHeads, chunk, context) = (a.int(5), a.int(6), a.int(7), a.int(8))
    let pool = a.memory(1, as: UInt16.self)
    if pool.count > smallest { return }
    let (keys, values) = (Array(pool), Array(a.memory(2, as: UInt16.self)))
    let queries = Array(a.memory(0, as: UInt16.self))
    let pages = Array(a.memory(3, as: Int32.self))
    let output = a.memory(4, as: UInt16.self)
    // The tokens and heads that the measurement looks at.
    for token in 0..<chunk where token % 7 == 0 || token == chunk - 1 {
      for head in [0, heads - 1] {
        let at = (token * heads + head) * 128
        let result = AttentionReference.attention(
          query: queries[at..<at + 128], keys: keys, values: values, pages: pages[...], count: context + token + 1,
          head: head / (heads / keyValueHeads), keyValueHeads: keyValueHeads)
        for i in 0..<128 { output[at + i] = FakeCuBLASLt.rounded(Float(result[i])) }
      }
    }
  }
}
