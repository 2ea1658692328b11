import CUDA
import Catalogue
import FakeCUDA
import StepTime
import Testing

@testable import Calibration

@Suite struct KernelsMeasurementTests {
  @Test func whatIsMeasuredIsReadByTheSimulator() throws {
    let machine = KernelsMachine(gpus: 2)
    try machine.run(reference: try ProfileLibrary.profile(named: "h200-sxm-141gb"))
    #expect(machine.findings.failures.map(\.fields) == [])
    let device = ProfileDocument.Section("device", header: ["h200-sxm-141gb", "9.89e14", "1.979e15", "4.8e12"])
    let document = ProfileDocument(file: "x.csv", sections: [device] + machine.findings.sections)
    let profile = try StepTimeProfile(text: document.description, file: "x.csv")
    // Products come back as the fake machine takes them: at its rate when large, at its bandwidth when small.
    let large = try #require(profile.matrixSeconds(n: 28672, k: 4096, m: 8192, type: .bfloat16))
    #expect(large.basis == .measured)
    let operations = 2 * 8192.0 * 28672 * 4096
    #expect(abs(large.seconds / (2e-6 + operations / 700e12) - 1) < 0.02)
    let small = try #require(profile.matrixSeconds(n: 28672, k: 4096, m: 1, type: .bfloat16))
    #expect(abs(small.seconds / (2e-6 + 2 * 28672 * 4096 / 4e12) - 1) < 0.02)
    let fp8 = try #require(profile.matrixSeconds(n: 28672, k: 4096, m: 1, type: .fp8))
    #expect(fp8.seconds < 0.6 * small.seconds)
    // Output heads are not measured with 8192 rows; the others' rows are not shortened by that.
    let heads = machine.rows("gemm").filter { $0[0] == "128256" }
    #expect(heads.count == 1 && heads[0].count == 5 && heads[0][4] == "" && heads[0][3] != "")
    // Every kernel of the fake machine takes 10 us: decode with its merging kernel twice that.
    let decode = profile.decodeSeconds(heads: 8, keyValueHeads: 2, sequences: 1, context: 128)
    #expect(decode.basis == .measured && (decode.seconds > 9e-6 && decode.seconds < 22e-6))
    #expect(abs(profile.prefillSeconds(heads: 8, keyValueHeads: 2, length: 512).seconds - 10e-6) < 1e-6)
    // NCCL's times stand in where there are no others.
    let reduce = try #require(profile.allReduceSeconds(gpus: 2, bytes: 1_048_576))
    #expect(abs(reduce.seconds / (10e-6 + 1_048_576 / 200e9) - 1) < 0.05)
    // The comparison covers every kind and every point that was measured.
    #expect(
      Set(machine.rows("comparison").map { $0[0] }) == ["gemm bfloat16", "gemm fp8", "decode", "prefill", "allreduce"])
  }

  @Test func everythingMadeIsGivenBack() throws {
    let machine = KernelsMachine(gpus: 2)
    try machine.run()
    #expect(machine.cuda.used == [0, 0])
    for kind in ["stream", "event", "graph", "executable", "module", "communicator", "layout", "product", "cuBLASLt"] {
      #expect(machine.cuda.open[kind, default: 0] == 0, "\(kind)")
    }
  }

  @Test func notesSayWhatRanAndWhatItReached() throws {
    let machine = KernelsMachine(gpus: 2)
    try machine.run()
    let notes = machine.findings.notes.joined(separator: "\n")
    for part in ["cuBLASLt 13.0.2", "NCCL 2.27.3", "prefill attention: own kernel", "a graph of n kernels"] {
      #expect(notes.contains(part), "\(part)")
    }
  }

  @Test func launchesAndGraphsAreTimedByTheHostAndTheGPU() throws {
    let machine = KernelsMachine()
    try machine.run()
    let rows = machine.rows("launch")
    #expect(rows.map { $0[1] } == ["1", "1", "10", "100", "1000"])
    // The fake machine's kernels take 10 us each, so a graph of 1000 takes 10 ms.
    #expect(abs((Double(rows[4][3]) ?? 0) - 10_000) < 20)
    #expect((Double(rows[4][4]) ?? 0) >= 10_000)
  }

  @Test func sustainedLoadIsComparedWithBursts() throws {
    let machine = KernelsMachine()
    try machine.run()
    let rows = machine.rows("sustained")
    #expect(rows.map { $0[0] } == ["bfloat16", "fp8"])
    // Nothing throttles in the fake machine.
    for row in rows { #expect(abs((Double(row[6]) ?? 0) - 1) < 0.01) }
  }

  @Test func aWrongKernelIsNotTimed() throws {
    let machine = KernelsMachine()
    machine.contents.kernels["decode_attention"] = { _ in }
    try machine.run()
    #expect(machine.rows("decode").isEmpty)
    #expect(!machine.rows("prefill").isEmpty)
    let failure = try #require(machine.findings.failures.first?.fields)
    #expect(failure[1].hasPrefix("decode attention") && failure[3].contains("wrong results"))
  }

  @Test func onHopperTheGeneralKernelStandsInForAWrongOne() throws {
    let machine = KernelsMachine()
    let right = try #require(machine.contents.kernels["prefill_attention"])
    machine.contents.kernels["prefill_attention"] = { if $0.threads == 128 { right($0) } }
    try machine.run()
    #expect(machine.findings.failures.isEmpty && !machine.rows("prefill").isEmpty && !machine.rows("chunked").isEmpty)
    let notes = machine.findings.notes
    #expect(notes.count { $0.hasPrefix("prefill attention (wgmma)") && $0.contains("wrong results") } == 1)
    #expect(notes.contains { $0.hasPrefix("prefill attention: own kernel (mma.sync)") })
    let other = KernelsMachine()
    other.contents.kernels["prefill_attention"] = { _ in }
    try other.run()
    #expect(other.rows("prefill").isEmpty && other.rows("chunked").isEmpty)
  }

  @Test func aWrongProductIsNotTimed() throws {
    let machine = KernelsMachine()
    machine.blas.mistake = 100
    try machine.run()
    #expect(machine.rows("gemm").isEmpty && machine.rows("sustained").isEmpty)
    #expect(!machine.rows("decode").isEmpty)
    #expect(machine.findings.failures.allSatisfy { $0.fields[3].contains("wrong results") })
  }

  @Test func aWrongSumIsNotTimed() throws {
    let machine = KernelsMachine(gpus: 2)
    machine.nccl.mistake = 1
    try machine.run()
    #expect(machine.rows("allreduce").isEmpty)
    #expect(machine.findings.failures.contains { $0.fields[3].contains("NCCL's all-reduce gave wrong results") })
  }

  @Test func typesWithoutAlgorithmsLeaveCellsEmpty() throws {
    let machine = KernelsMachine()
    machine.blas.types = [14]
    machine.plan.sustained = []
    try machine.run()
    #expect(machine.findings.sections.filter { $0.name == "gemm" }.map { $0.header[0] } == ["bfloat16"])
    #expect(machine.rows("gemm").count == 3)
  }

  /// Each call fails once in the middle: what needed it is listed with its name and sizes, and the rest is measured.
  @Test(arguments: [
    ("cublasLtMatmul", Int32(13), 40), ("cublasLtMatmulAlgoGetHeuristic", 3, 2), ("cuGraphLaunch", 1, 30),
    ("cuStreamEndCapture", 1, 6), ("cuLaunchKernel", 1, 3000), ("cuEventElapsedTime", 1, 60), ("cuMemAlloc", 2, 5),
    ("cuStreamBeginCapture", 1, 8), ("cuGraphInstantiateWithFlags", 2, 9), ("cuMemHostAlloc", 2, 4),
    ("cuMemcpyAsync", 1, 6), ("cuEventCreate", 1, 20), ("ncclAllReduce", 1, 5), ("ncclGroupEnd", 1, 9),
    ("ncclCommInitAll", 2, 0), ("cuStreamSynchronize", 700, 500),
  ])
  func oneFailedCallStopsOneMeasurement(call: String, code: Int32, after: Int) throws {
    let machine = KernelsMachine(gpus: 2)
    machine.cuda.failures[call] = .init(code: code, after: after, times: 1)
    try machine.run()
    let failures = machine.findings.failures.map(\.fields)
    #expect(failures.count == 1, "\(failures)")
    #expect(failures.first?[2] == call)
    #expect(failures.first?[4] == "\(code)")
    #expect(!machine.rows("gemm").isEmpty)
    #expect(machine.cuda.used == [0, 0])
  }

  @Test func withoutACompilerWhatNeedsNoneIsMeasured() throws {
    let machine = KernelsMachine(gpus: 2)
    machine.compiler.failures["nvrtcCompileProgram"] = 6
    machine.compiler.log = "kernels.cu(3): error: what"
    try machine.run()
    #expect(machine.rows("gemm").isEmpty && machine.rows("launch").isEmpty)
    #expect(!machine.rows("allreduce").isEmpty)
    #expect(
      machine.findings.failures.allSatisfy {
        $0.fields[2] == "nvrtcCompileProgram" && $0.fields[5].contains("kernels.cu(3)")
      })
  }

  @Test func missingLibrariesAreOneFailureEachWithWhereTheyWereLookedFor() throws {
    let machine = KernelsMachine(gpus: 2)
    let bench = try machine.bench()
    let list = KernelMeasurements.all(bench, plan: machine.plan)
    try MeasurementPlan(list).run(on: bench, into: machine.findings)
    let failures = machine.findings.failures.map(\.fields)
    #expect(failures.map { $0[1] } == ["matrix products", "collectives"])
    #expect(failures[0][3].contains("libcublasLt.so.13") && failures[1][3].contains("libnccl.so.2"))
    #expect(!machine.rows("decode").isEmpty)
  }

  @Test func oneGPUHasNoCollectives() throws {
    let bench = try KernelsMachine().bench()
    #expect(KernelMeasurements.all(bench).allSatisfy { $0.group != .collectives })
  }

  @Test func aFullPlanIsExpectedToFitItsTime() throws {
    let machine = KernelsMachine(gpus: 8)
    let bench = try machine.bench()
    func expected(_ quick: Bool) throws -> Double {
      machine.plan = KernelMeasurements.standardPlan(quick: quick)
      let shared = KernelBench(bench, machine.plan)
      let list =
        LaunchMeasurements(shared).measurements()
        + KernelMeasurements.matrices(shared, machine.blas.functions(), path: "")
        + AttentionMeasurements(shared).measurements()
        + KernelMeasurements.collectives(bench, machine.plan, try NCCL(machine.nccl.functions(), path: ""))
      return MeasurementPlan(list).expectedSeconds
    }
    #expect(try expected(false) < 240)
    #expect(try expected(true) < 60)
  }
}
