import Catalogue
import TextIO

extension StepTimeProfile {
  /// Operations or bytes per second that a device can be said to have: slower ones would take longer for an iteration
  /// than a clock of picoseconds can count.
  private static let rates = 1e9..<1e20

  /// Reads the kernel times of a profile: sections `@kind,type,keys...,columns...` with rows of microseconds, empty
  /// where nothing was measured, as `Scripts/derive-profiles.py` and `spillway calibrate` write them; and the engines
  /// of its section `@engine`. Other sections are left to their readers.
  ///
  /// - Throws: ``ProfileError`` with file and line.
  public init(text: String, file: String) throws(ProfileError) {
    let document: ProfileDocument
    do throws(ProfileTextError) {
      document = try ProfileDocument(text: text, file: file)
    } catch {
      throw ProfileError(error)
    }
    try self.init(document)
  }

  /// The same of a profile that was read before.
  public init(_ document: ProfileDocument) throws(ProfileError) {
    let file = document.file
    var sections: [ProfileSection] = []
    for section in document.sections where Self.kinds.contains(section.name) {
      sections.append(try ProfileSection(section, file: file))
    }
    guard let device = document.sections(named: "device").first?.header, device.count == 4,
      let bf16 = DecimalText.double(device[1]), let fp8 = DecimalText.double(device[2]),
      let bandwidth = DecimalText.double(device[3]),
      fp8 == 0 || Self.rates.contains(fp8), Self.rates.contains(bf16), Self.rates.contains(bandwidth)
    else {
      throw ProfileError(
        file: file, line: nil,
        message: "wants a line '@device,NAME,BF16-FLOPS,FP8-FLOPS,BYTES-PER-SECOND', rates from 1e9 to below 1e20, "
          + "and 0 for FP8 where there is none")
    }
    func optional(_ kind: String, _ type: String = "bfloat16") -> ProfileSection? {
      sections.first { $0.kind == kind && $0.type == type && !$0.rows.isEmpty }
    }
    func section(_ kind: String) throws(ProfileError) -> ProfileSection {
      if let section = optional(kind) { return section }
      throw ProfileError(file: file, line: nil, message: "no section '@\(kind),bfloat16'")
    }
    let rates = GPURates(name: device[0], bf16: bf16, fp8: fp8 > 0 ? fp8 : nil, memoryBandwidth: bandwidth)
    let large = MatrixTimes(try section("gemm"), type: .bfloat16, rates: rates, singles: optional("gemm_single"))
    var matrices = [MatrixType.bfloat16: large]
    if let small = optional("gemm", "fp8") { matrices[.fp8] = MatrixTimes(small, type: .fp8, rates: rates) }
    let prefill = PrefillTimes(try section("prefill"))
    if prefill.isEmpty {
      throw ProfileError(file: file, line: nil, message: "'@prefill,bfloat16' wants a row of at least five prompts")
    }
    let engines: [EngineCosts]
    do throws(ProfileTextError) {
      engines = try EngineCosts.engines(in: document)
    } catch {
      throw ProfileError(error)
    }
    self.init(
      name: device[0], rates: rates, source: document.source, matrices: matrices, prefill: prefill,
      decode: try DecodeTimes(try section("decode"), file: file, memoryBandwidth: bandwidth),
      experts: optional("experts").map(ExpertTimes.init),
      expertsIn8Bits: optional("experts", "fp8").map(ExpertTimes.init),
      collectives: CollectiveTimes(optional("allreduce")), engines: engines)
  }

  /// The sections of kernel times.
  private static var kinds: Dictionary<String, [String]>.Keys { ProfileSection.keys.keys }
}

extension ProfileError {
  init(_ error: ProfileTextError) { self.init(file: error.file, line: error.line, message: error.message) }
}

/// The rows of one section: whole-number keys, then times in seconds against the columns' abscissae.
struct ProfileSection {
  struct Row {
    let library: String?
    let keys: [Int]
    /// Counted from 1.
    let line: Int
    /// Measured points: abscissa and seconds, increasing in abscissa.
    let points: [(x: Double, seconds: Double)]
  }

  /// What the rows of each kind of section are known by.
  static let keys = [
    "gemm": ["n", "k"], "gemm_single": ["n", "k"],
    "prefill": ["heads", "kv_heads"], "decode": ["heads", "kv_heads", "sequences"],
    "experts": ["hidden", "intermediate", "experts", "per_token"], "allreduce": ["library", "gpus"],
  ]

  /// Bytes, tokens and sizes beyond it are mistakes.
  private static let largest = 1e12

  let kind: String
  let type: String
  let keyNames: [String]
  let abscissae: [Double]
  var rows: [Row] = []

  init(_ section: ProfileDocument.Section, file: String) throws(ProfileError) {
    let fields = section.header
    let line = section.line
    guard fields.count > 2 else {
      throw ProfileError(file: file, line: line, message: "wants '@kind,type,keys...,columns...'")
    }
    kind = section.name
    type = fields[0]
    keyNames = Array(fields[1...].prefix { Double($0) == nil })
    if let wanted = Self.keys[kind], keyNames != wanted {
      throw ProfileError(
        file: file, line: line,
        message: "'@\(kind)' wants the keys \(wanted.joined(separator: ", ")), found \(Printable.list(keyNames))")
    }
    var numbers: [Double] = []
    for field in fields[(1 + keyNames.count)...] {
      guard let number = DecimalText.double(field), number > numbers.last ?? 0, number <= Self.largest else {
        throw ProfileError(
          file: file, line: line,
          message: "columns must be increasing positive numbers up to a million million, "
            + "found '\(Printable.excerpt(field))'")
      }
      numbers.append(number)
    }
    guard !numbers.isEmpty else {
      throw ProfileError(file: file, line: line, message: "a section needs keys and columns")
    }
    abscissae = numbers
    for row in section.rows { try append(row.fields, file: file, line: row.line) }
  }

  private mutating func append(_ fields: [String], file: String, line: Int) throws(ProfileError) {
    guard fields.count == keyNames.count + abscissae.count else {
      throw ProfileError(
        file: file, line: line,
        message: "wants \(keyNames.count + abscissae.count) fields like the section's header, found \(fields.count)")
    }
    var keys: [Int] = []
    keys.reserveCapacity(keyNames.count)
    var library: String?
    for (name, field) in zip(keyNames, fields) {
      if name == "library" {
        library = field
        continue
      }
      guard let key = Int(field), key > 0, Double(key) <= Self.largest else {
        throw ProfileError(
          file: file, line: line,
          message: "'\(name)' wants a positive whole number, found '\(Printable.excerpt(field))'")
      }
      keys.append(key)
    }
    var points: [(x: Double, seconds: Double)] = []
    points.reserveCapacity(abscissae.count)
    for (x, field) in zip(abscissae, fields.dropFirst(keyNames.count)) where !field.isEmpty {
      // A minute: no kernel is longer, and sums over a run stay within the clock's range.
      guard let time = DecimalText.double(field), time > 0, time <= 6e7 else {
        throw ProfileError(
          file: file, line: line,
          message: "wants a positive time in microseconds, found '\(Printable.excerpt(field))'")
      }
      points.append((x, time * 1e-6))
    }
    guard !points.isEmpty else { throw ProfileError(file: file, line: line, message: "a row without times") }
    rows.append(Row(library: library, keys: keys, line: line, points: points))
  }
}
