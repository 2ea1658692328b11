extension StepTimeProfile {
  /// Reads a profile as `Scripts/derive-profiles.py` writes it: sections that begin with a line `@kind,...` naming
  /// their columns, and rows of numbers in microseconds, empty where nothing was measured.
  ///
  /// - Throws: ``ProfileError`` with file and line.
  public init(text: String, file: String) throws(ProfileError) {
    var sections: [ProfileSection] = []
    var device: [Substring]?
    var source = ""
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let number = index + 1
      if line.hasPrefix("# source: ") { source = String(line.dropFirst("# source: ".count)) }
      if line.isEmpty || line.hasPrefix("#") { continue }
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      if fields[0] == "@device" {
        device = Array(fields.dropFirst())
      } else if line.hasPrefix("@") {
        sections.append(try ProfileSection(fields: fields, file: file, line: number))
      } else if sections.isEmpty {
        throw ProfileError(file: file, line: number, message: "a row before the first section")
      } else {
        try sections[sections.count - 1].append(fields, file: file, line: number)
      }
    }
    guard let device, device.count == 4, let bf16 = Double(device[1]), let fp8 = Double(device[2]),
      let bandwidth = Double(device[3]), bf16 > 0, fp8 >= 0, bandwidth > 0
    else {
      throw ProfileError(
        file: file, line: nil, message: "wants a line '@device,NAME,BF16-FLOPS,FP8-FLOPS,BYTES-PER-SECOND'")
    }
    func section(_ kind: String, _ type: String = "bfloat16") throws(ProfileError) -> ProfileSection {
      for section in sections where section.kind == kind && section.type == type { return section }
      throw ProfileError(file: file, line: nil, message: "no section '@\(kind),\(type)'")
    }
    let rates = GPURates(name: String(device[0]), bf16: bf16, fp8: fp8 > 0 ? fp8 : nil, memoryBandwidth: bandwidth)
    var matrices = [MatrixType.bfloat16: MatrixTimes(try section("gemm"), type: .bfloat16, rates: rates)]
    if let small = try? section("gemm", "fp8") {
      matrices[.fp8] = MatrixTimes(small, type: .fp8, rates: rates)
    }
    self.init(
      name: String(device[0]), rates: rates, source: source, matrices: matrices,
      prefill: PrefillTimes(try section("prefill")),
      decode: DecodeTimes(try section("decode"), memoryBandwidth: bandwidth),
      experts: ExpertTimes(try section("experts")),
      expertsIn8Bits: (try? section("experts", "fp8")).map(ExpertTimes.init),
      collectives: CollectiveTimes(try section("allreduce")))
  }
}

/// The rows of one section: whole-number keys, then times in seconds against the columns' abscissae.
struct ProfileSection {
  struct Row {
    let library: Substring?
    let keys: [Int]
    /// Measured points: abscissa and seconds, increasing in abscissa.
    let points: [(x: Double, seconds: Double)]
  }

  let kind: String
  let type: String
  let keyNames: [Substring]
  let abscissae: [Double]
  var rows: [Row] = []

  init(fields: [Substring], file: String, line: Int) throws(ProfileError) {
    guard fields.count > 3 else {
      throw ProfileError(file: file, line: line, message: "wants '@kind,type,keys...,columns...'")
    }
    kind = String(fields[0].dropFirst())
    type = String(fields[1])
    keyNames = Array(fields[2...].prefix { Double($0) == nil })
    var numbers: [Double] = []
    for field in fields[(2 + keyNames.count)...] {
      guard let number = Double(field), number > numbers.last ?? 0 else {
        throw ProfileError(
          file: file, line: line, message: "columns must be increasing positive numbers, found '\(field)'")
      }
      numbers.append(number)
    }
    guard !numbers.isEmpty, !keyNames.isEmpty else {
      throw ProfileError(file: file, line: line, message: "a section needs keys and columns")
    }
    abscissae = numbers
  }

  mutating func append(_ fields: [Substring], file: String, line: Int) throws(ProfileError) {
    guard fields.count == keyNames.count + abscissae.count else {
      throw ProfileError(
        file: file, line: line,
        message: "wants \(keyNames.count + abscissae.count) fields like the section's header, found \(fields.count)")
    }
    var keys: [Int] = []
    var library: Substring?
    for (name, field) in zip(keyNames, fields) {
      if name == "library" {
        library = field
        continue
      }
      guard let key = Int(field), key > 0 else {
        throw ProfileError(file: file, line: line, message: "'\(name)' wants a positive whole number, found '\(field)'")
      }
      keys.append(key)
    }
    var points: [(x: Double, seconds: Double)] = []
    for (x, field) in zip(abscissae, fields.dropFirst(keyNames.count)) where !field.isEmpty {
      guard let time = Double(field), time > 0, time.isFinite else {
        throw ProfileError(file: file, line: line, message: "wants a positive time in microseconds, found '\(field)'")
      }
      points.append((x, time * 1e-6))
    }
    guard !points.isEmpty else { throw ProfileError(file: file, line: line, message: "a row without times") }
    rows.append(Row(library: library, keys: keys, points: points))
  }
}
