import Foundation
import Models
import Testing

@testable import StepTime

/// The measured tables: what was measured comes back, what was not is close, damage is named.
@Suite struct MeasuredTableTests {
  /// The profile's own rows, read independently of the reader under test: section header and fields.
  static func rows(_ profile: String, _ section: String) -> (columns: [Double], rows: [[Substring]]) {
    let text = try! String(contentsOf: dataFile(profile), encoding: .utf8)
    var columns: [Double] = []
    var rows: [[Substring]] = []
    var inside = false
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      if line.hasPrefix("@") {
        inside = line.hasPrefix("@\(section),bfloat16")
        if inside { columns = fields.compactMap { Double($0) } }
      } else if inside {
        rows.append(fields)
      }
    }
    return (columns, rows)
  }

  private static func dataFile(_ profile: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Sources/CCatalogue/Data/profiles/\(profile).csv")
  }

  @Test("a token read again costs what the second-level cache's rate says, by the decode tables")
  func rereads() throws {
    let shares = try TestGPU.all.map { try bind($0, "llama-3.1-8b").cost.rereads }
    let parts = Double(RereadCost.parts)
    for (reread, range) in zip(shares, [0.8...0.95, 0.5...0.6, 0.6...0.72]) {
      #expect(range.contains(Double(reread.share) / parts), "\(Double(reread.share) / parts)")
    }
    // 50 MB of 4,096 bytes a token; a quarter of the heads on each of four GPUs.
    #expect(shares[1].cachedTokens == 12_207)
    #expect(try bind(TestGPU.h100, "llama-3.1-8b", tensorParallel: 4).cost.rereads.cachedTokens == 48_828)
    let half = RereadCost(share: 512, cachedTokens: 1000)
    #expect(half.spared(300, together: 100) == 150 && half.spared(3000, together: 2000) == 750)
    #expect(RereadCost.full.spared(300, together: 100) == 0)
  }

  @Test(arguments: ["a100-sxm-80gb", "h100-sxm-80gb", "h200-sxm-141gb"])
  func measuredProductsComeBackExactly(name: String) throws {
    let table = try #require(try ProfileLibrary.profile(named: name).matrices[.bfloat16])
    let (columns, rows) = Self.rows(name, "gemm")
    #expect(rows.count > 180)
    for row in rows {
      let (curve, basis) = table.curve(n: Int(row[0])!, k: Int(row[1])!)
      #expect(basis == .measured)
      for (m, field) in zip(columns, row.dropFirst(2)) {
        guard let microseconds = Double(field) else { continue }
        #expect(abs(curve.proportional(at: m) * 1e6 - microseconds) < 1e-9 * microseconds)
      }
    }
  }

  @Test(arguments: ["a100-sxm-80gb", "h100-sxm-80gb", "h200-sxm-141gb"])
  func measuredDecodeAttentionComesBack(name: String) throws {
    let profile = try ProfileLibrary.profile(named: name)
    let (columns, rows) = Self.rows(name, "decode")
    var points = 0
    var moved = 0
    for row in rows {
      let surface = profile.decode.surface(
        heads: Int(row[0])!, keyValueHeads: Int(row[1])!, spreadsPairs: false)
      #expect(surface.basis == .measured)
      let sequences = Double(row[2])!
      for (length, field) in zip(columns, row.dropFirst(3)) {
        guard let microseconds = Double(field) else { continue }
        points += 1
        let time = surface.seconds(sequences: sequences, contextTokens: sequences * length) * 1e6
        // Rows are made non-decreasing in context, which moves a dip onto its neighbours' mean.
        if abs(time - microseconds) > 1e-6 * microseconds { moved += 1 }
        #expect(abs(time / microseconds - 1) < 0.2, "\(row[0])/\(row[1]) heads, \(sequences) x \(length)")
      }
    }
    #expect(points > 3500)
    #expect(Double(moved) < 0.45 * Double(points), "\(moved) of \(points) moved")
  }

  /// Each measured shape predicted from the others. The bounds are what the tables themselves allow: neighbouring
  /// shapes of one size differ by several per cent, because kernels come in tiles.
  @Test(arguments: [("a100-sxm-80gb", 0.045, 0.15), ("h100-sxm-80gb", 0.035, 0.11), ("h200-sxm-141gb", 0.045, 0.12)])
  func productsLeftOutArePredictedByTheirNeighbours(name: String, median: Double, ninetieth: Double) throws {
    let table = try #require(try ProfileLibrary.profile(named: name).matrices[.bfloat16])
    var errors: [Double] = []
    for (n, k) in table.measuredShapes where min(n, k) >= 1024 {
      let (known, _) = table.curve(n: n, k: k)
      let (guess, basis) = table.neighbourCurve(n: n, k: k)
      #expect(basis != .measured)
      for m in known.x { errors.append(abs(guess.proportional(at: m) / known.proportional(at: m) - 1)) }
    }
    errors.sort()
    let half = errors[errors.count / 2]
    let high = errors[errors.count * 9 / 10]
    print("\(name): \(errors.count) products left out, median error \(half), 90th percentile \(high)")
    #expect(half < median)
    #expect(high < ninetieth)
  }

  @Test func aDamagedProfileIsNamedWithItsLine() {
    let good = "@device,x,1e14,0,1e12\n@gemm,bfloat16,n,k,1,2\n512,512,3,4\n"
    #expect(throws: ProfileError(file: "x.csv", line: 3, message: "wants a positive time in microseconds, found 'abc'"))
    {
      try StepTimeProfile(text: good.replacing("512,512,3,4", with: "512,512,abc,4"), file: "x.csv")
    }
    #expect(throws: ProfileError(file: "x.csv", line: 3, message: "wants 4 fields like the section's header, found 3"))
    {
      try StepTimeProfile(text: good.replacing("512,512,3,4", with: "512,512,3"), file: "x.csv")
    }
    #expect(throws: ProfileError(file: "x.csv", line: nil, message: "no section '@prefill,bfloat16'")) {
      try StepTimeProfile(text: good, file: "x.csv")
    }
    // Bytes a second that no iteration would end with.
    for device in ["@device,x,1e14,0,1e-308", "@device,x,1,0,1e12", "@device,x,1e14,5,1e12"] {
      let error = #expect(throws: ProfileError.self) {
        try StepTimeProfile(text: good.replacing("@device,x,1e14,0,1e12", with: device), file: "x.csv")
      }
      #expect(error?.description.contains("rates from 1e9 to below 1e20") == true, "\(device)")
    }
    #expect(throws: ProfileError(file: "x.csv", line: 1, message: "a row before the first section")) {
      try StepTimeProfile(text: "1,2\n", file: "x.csv")
    }
  }

  @Test("a profile cut short, or edited by hand, is refused with its line")
  func incompleteTables() throws {
    let start = """
      @device,x,1e14,0,1e12
      @gemm,bfloat16,n,k,1,2
      512,512,3,4
      @prefill,bfloat16,heads,kv_heads,1,2,4,8,16
      4,1,1,2,3,4,5
      @decode,bfloat16,heads,kv_heads,sequences,128,256

      """
    func says(_ rows: String, _ line: Int, _ message: String) {
      #expect(throws: ProfileError(file: "x.csv", line: line, message: message)) {
        try StepTimeProfile(text: start + rows, file: "x.csv")
      }
    }
    let few = "'@decode' wants times for two numbers of sequences at least of each configuration; "
    says("4,4,1,4,5\n", 7, few + "4 heads with 4 kv_heads have one")
    says("4,4,1,4,5\n4,4,2,5,6\n8,4,1,5,6\n", 9, few + "8 heads with 4 kv_heads have one")
    says("4,4,2,4,5\n4,4,2,5,6\n", 8, "'sequences' must rise from row to row, found 2")
    says(
      "4,4,1,4,5\n4,4,2,5,6\n8,4,1,5,6\n8,4,2,5,6\n4,4,4,7,8\n", 11,
      "'@decode' wants the rows of a configuration of heads one after another")
    #expect(
      throws: ProfileError(
        file: "x.csv", line: 6, message: "'@decode' wants the keys heads, kv_heads, sequences, found 'heads'")
    ) { try StepTimeProfile(text: start.replacing("kv_heads,sequences,128", with: "128") + "4,1,2\n", file: "x.csv") }
    _ = try StepTimeProfile(text: start + "4,4,1,4,5\n4,4,2,5,6\n", file: "x.csv")
  }

  @Test func aGPUFindsTheProfileOfItsKind() throws {
    #expect(try ProfileLibrary.profile(forGPU: "a100-sxm-40gb")?.name == "a100-sxm-80gb")
    #expect(try ProfileLibrary.profile(forGPU: "h200-sxm-141gb")?.name == "h200-sxm-141gb")
    #expect(try ProfileLibrary.profile(forGPU: "l40s") == nil)
    #expect(throws: ProfileError.self) { try ProfileLibrary.profile(named: "b300") }
  }

  @Test func poolingViolatorsKeepsTheMean() {
    #expect(nonDecreasing([1, 3, 2, 4]) == [1, 2.5, 2.5, 4])
    #expect(nonDecreasing([3, 2, 1]) == [2, 2, 2])
    #expect(nonDecreasing([]) == [])
  }
}
