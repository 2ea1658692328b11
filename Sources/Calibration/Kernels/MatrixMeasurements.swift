import CUDA

/// Matrix products with cuBLASLt.
final class MatrixMeasurements {
  private let shared: KernelBench
  private let library: CuBLASLt
  private var checked: [MatrixOperands: WrongResult?] = [:]

  private static let workspaceLimit = 32 << 20

  init(_ shared: KernelBench, _ library: CuBLASLt) {
    self.shared = shared
    self.library = library
  }

  private var plan: KernelPlan { shared.plan }

  func measurements() -> [Measurement] {
    let types = MatrixOperands.allCases.filter { $0 == .bfloat16 || hasFP8 }
    var list: [Measurement] = []
    for type in types {
      for shape in plan.shapes {
        let counts = plan.rows(of: shape, type)
        if counts.isEmpty { continue }
        let name = "\(type.rawValue) product of n \(shape.outputs), k \(shape.inputs)"
        list.append(
          Measurement(.gemm, name, expectedSeconds: Double(counts.count) * 0.011) { [self] _, findings in
            try row(shape, type, counts, into: findings)
          })
      }
    }
    for (shape, rows) in plan.sustained {
      for type in types {
        let name = "\(type.rawValue) product of \(rows) rows, n \(shape.outputs), k \(shape.inputs), without rest"
        list.append(
          Measurement(.gemm, name, expectedSeconds: plan.sustainedSeconds * 1.2 + 0.3) { [self] _, findings in
            try sustained(shape, rows: rows, type, into: findings)
          })
      }
    }
    return list
  }

  /// fp8 tensor cores came with compute capability 8.9.
  private var hasFP8: Bool { (shared.device.capability.major, shared.device.capability.minor) >= (8, 9) }

  /// A product and the memory it runs on; repetitions walk through the weights, as layers of a model follow each other
  /// and find theirs in memory, not in the cache, but find the tokens where the layer before has just left them.
  private struct Prepared {
    let product: MatrixProduct
    let weights: DeviceMemory
    let tokens: DeviceMemory
    let results: DeviceMemory
    let workspace: DeviceMemory
    let weightBytes: Int

    func queue(_ index: Int, on stream: Stream) throws(CUDAError) {
      let step = (weightBytes + 255) / 256 * 256
      let places = max(1, (weights.bytes - weightBytes) / step + 1)
      try product.queue(
        on: stream, weights: weights.address + UInt64(index % places * step), tokens: tokens.address,
        results: results.address, workspace: workspace)
    }
  }

  private func prepare(_ shape: MatrixShape, rows: Int, _ type: MatrixOperands) throws -> Prepared {
    let most = plan.shapes + plan.sustained.map(\.shape)
    let mostRows = (plan.rows[type] ?? []).reduce(plan.sustained.map(\.rows).max() ?? 1) { max($0, $1) }
    func largest(_ size: (MatrixShape) -> Int) -> Int { most.map(size).max() ?? 1 }
    let weightBytes = shape.outputs * shape.inputs * type.bytes
    // Sized for all shapes at once, so that it is filled once.
    let weights = max(largest { $0.outputs * $0.inputs * type.bytes }, 8 * shared.device.l2Bytes)
    let product = try MatrixProduct(
      library, rows: rows, outputs: shape.outputs, inputs: shape.inputs, operands: type,
      workspaceLimit: Self.workspaceLimit)
    return Prepared(
      product: product, weights: try shared.random("weights", bytes: weights, type),
      tokens: try shared.random("tokens", bytes: mostRows * largest(\.inputs) * type.bytes, type),
      results: try shared.memory("results", bytes: mostRows * largest(\.outputs) * 2),
      workspace: try shared.memory("workspace", bytes: Self.workspaceLimit), weightBytes: weightBytes)
  }

  private func burst(_ shape: MatrixShape, rows: Int, _ type: MatrixOperands) throws -> Timing {
    let prepared = try prepare(shape, rows: rows, type)
    let stream = try shared.stream()
    // A burst reads three times what the cache holds.
    let atLeast = (3 * shared.device.l2Bytes + prepared.weightBytes - 1) / prepared.weightBytes
    return try shared.burst().time(atLeast: atLeast, resting: rows < 512 ? 0.25 : 1) { (index: Int) throws(CUDAError) in
      try prepared.queue(index, on: stream)
    }
  }

  private func row(_ shape: MatrixShape, _ type: MatrixOperands, _ counts: [Int], into findings: Findings) throws {
    try check(type)
    var cells: [String] = []
    for count in counts {
      do {
        cells.append(ProfileNumber.text(try burst(shape, rows: count, type).median * 1e6, digits: 4))
      } catch let error as CUDAError where error.name == "CUBLAS_STATUS_NOT_SUPPORTED" {
        cells.append("")
      }
    }
    let columns = plan.rows[type] ?? counts
    guard cells.contains(where: { !$0.isEmpty }) else {
      findings.note("cuBLASLt has no \(type.rawValue) product of n \(shape.outputs), k \(shape.inputs) here")
      return
    }
    findings.add(
      "gemm", header: [type.rawValue, "n", "k"] + columns.map(String.init),
      row: ["\(shape.outputs)", "\(shape.inputs)"] + cells + [String](repeating: "", count: columns.count - cells.count)
    )
  }

  private func sustained(_ shape: MatrixShape, rows: Int, _ type: MatrixOperands, into findings: Findings) throws {
    try check(type)
    let alone = try burst(shape, rows: rows, type).median
    let prepared = try prepare(shape, rows: rows, type)
    let stream = try shared.stream()
    func clock() -> Int? { shared.bench.management?.state(busID: shared.device.busID).clock }
    let run = try shared.burst().sustained(
      for: plan.sustainedSeconds, expecting: alone,
      { (index: Int) throws(CUDAError) in try prepared.queue(index, on: stream) }, watch: clock)
    let lasting = Timing(Array(run.times[(run.times.count / 2)...])).median
    findings.add(
      "sustained",
      header: ["type", "n", "k", "m", "burst_us", "sustained_us", "ratio", "tflops_sustained", "sm_clock_mhz"],
      row: [
        type.rawValue, "\(shape.outputs)", "\(shape.inputs)", "\(rows)", ProfileNumber.text(alone * 1e6),
        ProfileNumber.text(lasting * 1e6), ProfileNumber.text(lasting / alone, digits: 4),
        ProfileNumber.text(2e-12 * Double(rows) * Double(shape.outputs) * Double(shape.inputs) / lasting, digits: 4),
        run.seen.map(String.init) ?? "",
      ])
    plan.rest(0.3)
  }

  /// Holds a small product against plain arithmetic, once for each type.
  private func check(_ type: MatrixOperands) throws {
    if let known = checked[type] {
      if let known { throw known }
      return
    }
    let (rows, shape) = (16, MatrixShape(outputs: 128, inputs: 256))
    let prepared = try prepare(shape, rows: rows, type)
    let stream = try shared.stream()
    try prepared.queue(0, on: stream)
    try stream.synchronise()
    let weights = try numbers(type, count: shape.outputs * shape.inputs, from: prepared.weights)
    let tokens = try numbers(type, count: rows * shape.inputs, from: prepared.tokens)
    let results = try numbers(.bfloat16, count: rows * shape.outputs, from: prepared.results)
    var reference = [Double](repeating: 0, count: rows * shape.outputs)
    for row in 0..<rows {
      for column in 0..<shape.outputs {
        for i in 0..<shape.inputs {
          reference[row * shape.outputs + column] +=
            Double(tokens[row * shape.inputs + i]) * Double(weights[column * shape.inputs + i])
        }
      }
    }
    let error = AttentionReference.relativeError(results, reference)
    do throws(WrongResult) {
      try WrongResult.check("cuBLASLt's \(type.rawValue) product", error)
      checked[type] = .some(nil)
    } catch {
      checked[type] = error
      throw error
    }
  }

  private func numbers(_ type: MatrixOperands, count: Int, from memory: DeviceMemory) throws(CUDAError) -> [Float] {
    switch type {
    case .bfloat16: try shared.download(UInt16.self, count: count, from: memory).map(AttentionReference.number)
    case .fp8: try shared.download(UInt8.self, count: count, from: memory).map(Self.number)
    }
  }

  /// The number that an e4m3 pattern stands for (OCP 8-bit floating point, exponent bias 7).
  static func number(_ bits: UInt8) -> Float {
    let exponent = Int(bits >> 3 & 15)
    let fraction = Float(bits & 7) / 8
    if exponent == 15 && bits & 7 == 7 { return .nan }
    let size =
      exponent == 0 ? fraction / 64 : (1 + fraction) * Float(sign: .plus, exponent: exponent - 7, significand: 1)
    return bits & 128 != 0 ? -size : size
  }
}
