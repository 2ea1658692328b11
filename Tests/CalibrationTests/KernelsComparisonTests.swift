import Catalogue
import StepTime
import Testing

@testable import Calibration

@Suite struct KernelsComparisonTests {
  private let h200: StepTimeProfile

  init() throws { h200 = try ProfileLibrary.profile(named: "h200-sxm-141gb") }

  private func times(_ name: String, _ header: [String], _ rows: [[String]]) -> ProfileDocument.Section {
    .init(name, header: header, rows: rows.map { .init($0) })
  }

  @Test func aProfileComparedWithItselfIsTheSame() throws {
    let columns = [1, 256, 8192]
    let cells = try columns.map { m -> String in
      let known = try #require(h200.matrixSeconds(n: 28672, k: 4096, m: m, type: .bfloat16))
      return ProfileNumber.text(known.seconds * 1e6)
    }
    let section = times("gemm", ["bfloat16", "n", "k"] + columns.map(String.init), [["28672", "4096"] + cells])
    let comparison = KernelComparison([section], against: h200)
    #expect(comparison.points.map(\.size) == columns)
    #expect(comparison.points.allSatisfy { abs($0.ratio - 1) < 1e-3 })
  }

  @Test func ratiosAreMeasuredOverTheOthersAndTheWorstIsNamed() throws {
    let known = try #require(h200.matrixSeconds(n: 4096, k: 4096, m: 64, type: .bfloat16)).seconds * 1e6
    let far = try #require(h200.matrixSeconds(n: 4096, k: 4096, m: 1024, type: .bfloat16)).seconds * 1e6
    let section = times(
      "gemm", ["bfloat16", "n", "k", "64", "1024"], [["4096", "4096", "\(known * 1.1)", "\(far / 2)"]])
    let comparison = KernelComparison([section], against: h200)
    let row = try #require(comparison.section.rows.first)
    #expect(row.fields[0] == "gemm bfloat16" && row.fields[1] == "4096x4096")
    #expect(row.fields[3] == "2" && row.fields[7] == "1024")
    #expect(abs((Double(row.fields[8]) ?? 0) - 0.5) < 1e-3)
    #expect(comparison.summary.contains { $0.contains("m 17 to 128") && $0.contains("p50 1.1") })
  }

  @Test func everyKindOfKernelIsLookedUp() {
    let sections = [
      times("decode", ["bfloat16", "heads", "kv_heads", "sequences", "512"], [["32", "8", "16", "40"]]),
      times("prefill", ["bfloat16", "heads", "kv_heads", "1024"], [["32", "8", "50"]]),
      times("allreduce", ["bfloat16", "library", "gpus", "65536"], [["nccl", "8", "20"], ["nccl", "16", "20"]]),
      times("gemm", ["fp8", "n", "k", "64"], [["4096", "4096", ""]]),
      times("launch", ["what", "nodes"], [["kernel", "1"]]),
    ]
    let comparison = KernelComparison(sections, against: h200)
    // No time was measured for the fp8 product, and sixteen GPUs are not in the table.
    #expect(comparison.points.map(\.kernel) == ["decode", "prefill", "allreduce"])
    #expect(comparison.points.allSatisfy { $0.ratio > 0.1 && $0.ratio < 10 })
  }

  @Test func comparisonsWithNothingSayNothing() {
    let comparison = KernelComparison([], against: h200)
    #expect(comparison.points.isEmpty && comparison.summary.isEmpty && comparison.section.rows.isEmpty)
  }
}
